"""Alembic's entry: migrations run on the connection that the store hands over."""

from typing import Any, Literal

from alembic import context

from bot.db.tables import Base, UTCDateTime, Words


def _plain_type(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Migrations must not depend on our own types, which may change after them."""
    if kind == "type" and isinstance(value, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return "sa.Text()" if kind == "type" and isinstance(value, Words) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_plain_type,
)
with context.begin_transaction():
    context.run_migrations()
