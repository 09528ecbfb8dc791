"""Reviews: what people said of which pictures; and ids of jobs that are never used again"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "edition",
        sa.Column("mascot_id", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("created_at", time, nullable=False),
    )
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("team", sa.Text(), nullable=False, index=True),
        sa.Column("mascot_id", sa.Text(), nullable=False, index=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("did", sa.String(20), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("user", sa.Text(), nullable=False, index=True),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.Column("reviewers", sa.JSON(), nullable=False),
        sa.Column("due", time, nullable=True),
        sa.Column("needed", sa.Integer(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread_ts", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
    )
    op.create_table(
        "review",
        sa.Column("mascot_id", sa.Text(), primary_key=True),
        sa.Column("team", sa.Text(), nullable=False, index=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.JSON(), nullable=False),
        sa.Column("due", time, nullable=True),
        sa.Column("updated_at", time, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL's sequences never go back
        numbered = {"sqlite_autoincrement": True}
        with op.batch_alter_table("job", recreate="always", table_kwargs=numbered):
            pass
