"""Messages, rooms, bans, relations and reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this schema from an empty database."""
    _create_messages()
    op.create_table(
        "rooms",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of the room"),
        sa.PrimaryKeyConstraint("id", name="pk_rooms"),
    )
    op.create_table(
        "bans",
        sa.Column("room", sa.String(), nullable=False, comment="empty for the whole server"),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of the ban"),
        sa.PrimaryKeyConstraint("room", "folded_name", name="pk_bans"),
    )
    op.create_table(
        "relations",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON: ignores, blocks, turned away, invited"),
        sa.PrimaryKeyConstraint("user_id", name="pk_relations"),
    )
    op.create_table(
        "reports",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of the report"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_at_ms", "reports", ["at_ms"])


def downgrade() -> None:
    """Go back to an empty database; everything stored is lost."""
    for table in ("reports", "relations", "bans", "rooms", "messages"):
        op.drop_table(table)


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("room", sa.String(), comment="with channel: where it was said; null for direct messages"),
        sa.Column("channel", sa.String()),
        sa.Column("thread", sa.String(), comment="key of the pair of users; null for messages of channels"),
        sa.Column("from_user", sa.String(), comment="author of a direct message"),
        sa.Column("to_user", sa.String(), comment="addressee of a direct message"),
        sa.Column("sent_ms", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "rest",
            sa.Text(),
            nullable=False,
            comment="JSON: author, addressee, edits, reply, attachments, reactions",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    _index("ix_messages_room_channel_id", ["room", "channel", "id"], "room IS NOT NULL")
    _index("ix_messages_thread_id", ["thread", "id"], "thread IS NOT NULL")
    _index("ix_messages_from_user", ["from_user"], "from_user IS NOT NULL")
    _index("ix_messages_to_user", ["to_user"], "to_user IS NOT NULL")
    _index("ix_messages_sent_ms", ["sent_ms"], "room IS NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "messages", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
