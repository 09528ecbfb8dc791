"""The database: connections, tables, migrations, and the queries that several features share."""

from bot.db.engine import DatabaseAway, DatabaseInUse, DatabaseUnusable, Store

__all__ = ["DatabaseAway", "DatabaseInUse", "DatabaseUnusable", "Store", "open_store"]


async def open_store(url: str) -> Store:
    """Open and migrate `sqlite:///path` or `postgresql://…`.  Raises DatabaseInUse, DatabaseUnusable or, of
    these, DatabaseAway."""
    if url.startswith("sqlite:"):
        from bot.db.sqlite import SqliteStore

        return await SqliteStore.open(url)
    from bot.db.postgres import PostgresStore

    return await PostgresStore.open(url)
