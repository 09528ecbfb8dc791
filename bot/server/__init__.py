"""The running process: it receives what Slack delivers, reports its health, and stops when told to."""

from bot.errors import Refusal


class NotListening(Refusal):
    """Slack's deliveries cannot be received: the app-level token is refused, or a port is taken."""
