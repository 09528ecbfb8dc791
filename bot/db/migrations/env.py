"""Alembic's entry: run migrations on the connection that `bot.db.engine.migrate` passes."""

from alembic import context

from bot.db.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
