"""How often work was begun and never ended; what was there before Masko was sent to links"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("job", "intake"):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("unended", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("intake") as intake:
        intake.add_column(sa.Column("before", sa.JSON(), nullable=True))
    with op.batch_alter_table("create_intent") as intent:
        intent.add_column(sa.Column("links", sa.JSON(), nullable=True))
        intent.add_column(sa.Column("before", sa.JSON(), nullable=True))
