"""Alembic's entry: always over the connection that bot.store.migrate hands in."""

from alembic import context

from bot.store import broadcast_tables, channel_tables, console_tables, followup_tables  # noqa: F401  their tables belong to the metadata
from bot.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
# the caller's transaction is the migration's: no begin of its own
context.run_migrations()
