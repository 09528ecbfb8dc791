"""Who may change mascots and settings, and who invited the bot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("channel") as channel:
        channel.add_column(
            sa.Column("guests_change", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        channel.add_column(sa.Column("setters", sa.JSON(), nullable=True))
        channel.add_column(sa.Column("invited_by", sa.Text(), nullable=True))
