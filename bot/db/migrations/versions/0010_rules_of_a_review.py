"""What it takes, in each channel, to approve a mascot"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("channel") as channel:
        channel.add_column(sa.Column("approvals_needed", sa.Integer(), server_default="1", nullable=False))
        channel.add_column(
            sa.Column("poster_may_approve", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        channel.add_column(sa.Column("may_review", sa.String(20), server_default="everyone", nullable=False))
        channel.add_column(sa.Column("reviewers", sa.JSON(), nullable=True))
        channel.add_column(sa.Column("review_group_id", sa.Text(), nullable=True))
