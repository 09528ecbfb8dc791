"""What is written down: tables, queries, migrations."""

from bot.store.database import DatabaseInUse, DatabaseUnusable, Store, StoreError

__all__ = ["DatabaseInUse", "DatabaseUnusable", "Store", "StoreError"]
