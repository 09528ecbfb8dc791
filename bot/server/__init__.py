"""The running process: it receives what Slack delivers, reports its health, and stops when told to."""

from bot.errors import BotError


class NotListening(BotError):
    """Slack's deliveries cannot be received: the app-level token is refused, or a port is taken."""

    @property
    def words(self) -> str:
        return str(self)
