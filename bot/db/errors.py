"""Why a database cannot be used."""

from __future__ import annotations

from pathlib import Path

from bot.errors import BotError


class StoreError(BotError):
    """The database cannot be used."""


class DatabaseInUse(StoreError):
    """Another process works on the same SQLite file."""

    def __init__(self, path: Path, pid: str) -> None:
        super().__init__(f"{path} is used by process {pid}")
        self.path = path
        self.pid = pid

    @property
    def words(self) -> str:
        return (
            f"Another masko-slack (process {self.pid}) already works on {self.path}. "
            "Stop it first, or give this one its own DATABASE_URL."
        )


class DatabaseUnusable(StoreError):
    """It cannot be opened, reached or written.

    Attributes:
        place: the file, or the server's address without its password.
        reason: the database's own words.
    """

    def __init__(self, place: object, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = str(place)
        self.reason = reason

    @property
    def words(self) -> str:
        return f"The database {self.place} cannot be used: {self.reason}. Check DATABASE_URL."
