"""What the command line refuses by itself."""

from __future__ import annotations

from bot.errors import BotError


class WrongOption(BotError):
    """An option that cannot be used."""

    @property
    def words(self) -> str:
        return str(self)
