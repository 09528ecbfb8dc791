"""Many machines: jobs that say whether they were begun, work carried by procrastinate, holds"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("begun", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("intake") as intake:
        intake.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("create_intent") as intent:
        intent.add_column(sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("promised_for", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        _procrastinate()


def _procrastinate() -> None:
    """Its tables as they are in the version that this program is pinned to, and ours that refers to them."""
    from procrastinate.schema import SchemaManager

    # Straight to the driver: SQLAlchemy would take the colons of its casts for parameters.
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())
    op.execute(
        "CREATE TABLE hold ("
        "name text PRIMARY KEY, "
        "worker_id bigint NOT NULL REFERENCES procrastinate_workers(id) ON DELETE CASCADE)"
    )
    op.execute("CREATE INDEX ix_hold_worker_id ON hold (worker_id)")
