"""The ways from one schema to the next, and walking them; what the schema is now stands in `schema`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from palaver.storage.database import StorageProblem

# Any number, as long as every node asks for the same.
_LOCK = 0x50414C41564552


async def migrate(engine: AsyncEngine) -> None:
    """Bring a database to the schema of today, all or nothing; one that is there already is left alone.

    Several nodes may start at once: one does the work and the others wait for it. Raises StorageProblem when the
    database was made by a newer version.
    """
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Upgrade within the transaction that a connection is in."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    try:
        command.upgrade(configuration(connection), revision)
    except CommandError as problem:
        raise StorageProblem(f"The database cannot be brought up to date: {problem}") from None


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, which needs no file of the working directory."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
