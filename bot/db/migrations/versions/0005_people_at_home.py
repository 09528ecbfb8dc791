"""What the bot knows of a person: that it greeted them, and where they have set something"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "greeted",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team", "user"),
    )
    op.create_table(
        "channel_set_by",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "user"),
    )
    op.create_index("ix_post_user", "post", ["user"])
    op.create_index("ix_reference_added_by", "reference", ["added_by"])
