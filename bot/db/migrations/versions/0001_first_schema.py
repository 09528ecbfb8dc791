"""The first schema.

Until the first release `python -m tests.db.first_schema` writes the part between the marks anew from
`bot.db.tables`, and the dumps in tests/db that later migrations are tested from.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# tables: begin
def create_edition() -> None:
    op.create_table(
        "edition",
        sa.Column("mascot_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mascot_id", "digest"),
    )


def create_greeted() -> None:
    op.create_table(
        "greeted",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team", "user"),
    )


def create_installation() -> None:
    op.create_table(
        "installation",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )


def create_installing() -> None:
    op.create_table(
        "installing",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state"),
    )


def create_interaction() -> None:
    op.create_table(
        "interaction",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def create_job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lock", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_job_lock"), "job", ["lock"], unique=False)


def create_mascot() -> None:
    op.create_table(
        "mascot",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("reference_ids", sa.JSON(), nullable=False),
        sa.Column("describe_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_mascot_team"), "mascot", ["team"], unique=False)


def create_offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread_ts", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("images", sa.JSON(), nullable=False),
        sa.Column("response_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_offer_created_at"), "offer", ["created_at"], unique=False)


def create_person() -> None:
    op.create_table(
        "person",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("ignored", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user"),
    )


def create_post() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("thread_ts", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("from_outside", sa.Boolean(), nullable=False),
        sa.Column("among_strangers", sa.Boolean(), nullable=False),
        sa.Column("reply_ts", sa.Text(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("promised_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wants_new", sa.Boolean(), nullable=False),
        sa.Column("wants_mascot", sa.Text(), nullable=True),
        sa.Column("wants_name", sa.Text(), nullable=True),
        sa.Column("held_back", sa.Boolean(), nullable=False),
        sa.Column("caught_by", sa.String(20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("team", "channel", "ts"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_post_user"), "post", ["user"], unique=False)


def create_rate_limit() -> None:
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("timestamps", sa.JSON(), nullable=False),
        sa.Column("closed_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def create_review() -> None:
    op.create_table(
        "review",
        sa.Column("mascot_id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.JSON(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mascot_id"),
    )
    op.create_index(op.f("ix_review_team"), "review", ["team"], unique=False)


def create_setting_change() -> None:
    op.create_table(
        "setting_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_setting_change_channel"), "setting_change", ["channel"], unique=False)


def create_vote() -> None:
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("mascot_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("did", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.Column("reviewers", sa.JSON(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needed", sa.Integer(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread_ts", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("told_ts", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_vote_mascot_id"), "vote", ["mascot_id"], unique=False)
    op.create_index(op.f("ix_vote_team"), "vote", ["team"], unique=False)
    op.create_index(op.f("ix_vote_user"), "vote", ["user"], unique=False)


def create_workspace() -> None:
    op.create_table(
        "workspace",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=True),
        sa.Column("masko_key", sa.Text(), nullable=True),
        sa.Column("project_id", sa.Text(), nullable=True),
        sa.Column("connected_by", sa.Text(), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team"),
        sa.UniqueConstraint("project_id"),
    )
    op.create_index(op.f("ix_workspace_enterprise"), "workspace", ["enterprise"], unique=False)


def create_channel() -> None:
    op.create_table(
        "channel",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("mascot_id", sa.Text(), nullable=True),
        sa.Column("takes_outsiders", sa.Boolean(), nullable=False),
        sa.Column("may_add", sa.String(20), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("review_approvals", sa.Integer(), nullable=False),
        sa.Column("review_poster_may", sa.Boolean(), nullable=False),
        sa.Column("review_who", sa.String(20), nullable=False),
        sa.Column("review_people", sa.JSON(), nullable=False),
        sa.Column("review_group_id", sa.Text(), nullable=True),
        sa.Column("guests_change", sa.Boolean(), nullable=False),
        sa.Column("setters", sa.JSON(), nullable=False),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mascot_id"],
            ["mascot.id"],
        ),
        sa.PrimaryKeyConstraint("team", "channel"),
    )


def create_create_intent() -> None:
    op.create_table(
        "create_intent",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("asset_ids", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.PrimaryKeyConstraint("post_id"),
    )


def create_intake() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("alt", sa.Text(), nullable=True),
        sa.Column("showable", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("unended", sa.Integer(), nullable=False),
        sa.Column("source_gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("post_id", "image_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_intake_post_id"), "intake", ["post_id"], unique=False)
    op.create_index(op.f("ix_intake_taken_at"), "intake", ["taken_at"], unique=False)


def create_thread() -> None:
    op.create_table(
        "thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread_ts", sa.Text(), nullable=False),
        sa.Column("mascot_id", sa.Text(), nullable=True),
        sa.Column("card_ts", sa.Text(), nullable=True),
        sa.Column("card_post_id", sa.Integer(), nullable=True),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("channel_gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("team", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_post_id"],
            ["post.id"],
        ),
        sa.ForeignKeyConstraint(
            ["mascot_id"],
            ["mascot.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("team", "channel", "thread_ts"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_thread_card_post_id"), "thread", ["card_post_id"], unique=False)
    op.create_index(op.f("ix_thread_mascot_id"), "thread", ["mascot_id"], unique=False)


def create_reference() -> None:
    op.create_table(
        "reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mascot_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("intake_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("showable", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("source_gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("question_ts", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["intake_id"],
            ["intake.id"],
        ),
        sa.ForeignKeyConstraint(
            ["mascot_id"],
            ["mascot.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("mascot_id", "asset_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reference_added_by"), "reference", ["added_by"], unique=False)
    op.create_index(op.f("ix_reference_intake_id"), "reference", ["intake_id"], unique=False)
    op.create_index(op.f("ix_reference_mascot_id"), "reference", ["mascot_id"], unique=False)


TABLES = (
    create_edition,
    create_greeted,
    create_installation,
    create_installing,
    create_interaction,
    create_job,
    create_mascot,
    create_offer,
    create_person,
    create_post,
    create_rate_limit,
    create_review,
    create_setting_change,
    create_vote,
    create_workspace,
    create_channel,
    create_create_intent,
    create_intake,
    create_thread,
    create_reference,
)
# tables: end


def upgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    for create in TABLES:
        if create is not create_job or not on_postgres:
            create()
    if on_postgres:
        _procrastinate()


def _procrastinate() -> None:
    """Create procrastinate's tables, for jobs, as they are in the version that this program is pinned to."""
    from procrastinate.schema import SchemaManager

    # Through the driver: SQLAlchemy would take the colons of its casts for parameters.
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())
