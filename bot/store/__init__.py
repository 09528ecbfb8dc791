"""What is written down: tables, queries, migrations."""

from bot.store.database import Store
from bot.store.errors import DatabaseInUse, DatabaseUnusable, StoreError

__all__ = ["DatabaseInUse", "DatabaseUnusable", "Store", "StoreError"]
