"""The outbox: calls of the website that wait for an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema from the one before."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False, comment="1: it is not tried again"),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of the call of the website that waits"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_failed_made_ms", "outbox", ["failed", "made_ms"])


def downgrade() -> None:
    """Go back to the schema before; what waits is lost."""
    op.drop_table("outbox")
