"""The lists that a site keeps of whom each of its users is not to meet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema from the one before."""
    op.create_table(
        "blocklists",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False, comment="when the site last set it"),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON: names that the user is not to meet"),
        sa.PrimaryKeyConstraint("user_id", name="pk_blocklists"),
    )


def downgrade() -> None:
    """Go back to the schema before; the lists are lost until the site sets them again."""
    op.drop_table("blocklists")
