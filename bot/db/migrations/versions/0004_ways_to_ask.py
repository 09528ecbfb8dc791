"""What people ask for beside posting: settings of channels, mascots by name, posts with a wish"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("channel") as channel:
        channel.add_column(sa.Column("mode", sa.String(20), server_default="auto", nullable=False))
        channel.add_column(
            sa.Column("takes_outsiders", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        channel.add_column(sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("mascot") as mascot:
        mascot.add_column(sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE mascot SET read_at = created_at")
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("wants_new", sa.Boolean(), server_default=sa.false(), nullable=False))
        post.add_column(sa.Column("wants_mascot", sa.Text(), nullable=True))
        post.add_column(sa.Column("wants_name", sa.Text(), nullable=True))
        post.add_column(sa.Column("held_back", sa.Boolean(), server_default=sa.false(), nullable=False))
