"""That a thread's channel is gone, or the source of an image"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    with op.batch_alter_table("thread") as thread:
        thread.add_column(sa.Column("channel_gone_at", time, nullable=True))
    with op.batch_alter_table("intake") as intake:
        intake.add_column(sa.Column("source_gone_at", time, nullable=True))
