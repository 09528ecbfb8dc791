"""What people do about references: why a post was taken in, what was said once, sources that are gone"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("caught_by", sa.String(20), nullable=True))
        post.add_column(sa.Column("alt_asked", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("mascot") as mascot:
        mascot.add_column(sa.Column("views_asked", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("reference") as reference:
        reference.add_column(sa.Column("source_gone_at", sa.DateTime(timezone=True), nullable=True))
