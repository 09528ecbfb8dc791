"""Block Kit: pure functions from what is to be said to what Slack takes."""

from __future__ import annotations

from bot.messages import Card, Line, Message, Rendered, Working
from bot.views import card as _card
from bot.views import lines as _lines

__all__ = ["render"]


def render(message: Message, *, pictures: bool = True) -> Rendered:
    """Any message of the bot's as fallback text and blocks; without images where `pictures` is False."""
    match message:
        case Working():
            return _lines.working(message)
        case Card():
            return _card.card(message, pictures=pictures)
        case Line():
            return _lines.line(message)
