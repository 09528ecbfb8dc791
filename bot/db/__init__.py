"""What is written down: tables, queries, migrations."""

from bot.db.database import Store
from bot.db.errors import DatabaseInUse, DatabaseUnusable, StoreError

__all__ = ["DatabaseInUse", "DatabaseUnusable", "Store", "StoreError"]
