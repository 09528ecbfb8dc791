"""Why Slack cannot be heard."""

from __future__ import annotations

from bot.errors import BotError


class NotListening(BotError):
    """Slack cannot be heard, and waiting would not help: the app-level token is refused, a port is taken."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self._words = words

    @property
    def words(self) -> str:
        return self._words
