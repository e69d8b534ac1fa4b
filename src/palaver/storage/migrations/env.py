"""What Alembic runs: upgrades on the connection that `migrate` hands over."""

from __future__ import annotations

from alembic import context

from palaver.storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    # SQLite cannot alter a table; Alembic copies it instead.
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
