"""Block Kit: pure functions from what is to be said to what Slack takes."""

from __future__ import annotations

from bot.cards import view as _card
from bot.channels import welcome_view as _welcome
from bot.commands import help_view as _help
from bot.commands import view as _answers
from bot.intake import questions_view as _questions
from bot.review import waiting_view as _waiting
from bot.slack import lines as _lines
from bot.slack.messages import (
    Announcement,
    Card,
    Choice,
    Forgetting,
    HowTo,
    Introduction,
    Line,
    Listing,
    Menu,
    Message,
    Note,
    Question,
    Rendered,
    Shown,
    Status,
    Waits,
    Working,
)
from bot.slack.text import shorten_markup

__all__ = ["render"]


MOST_TEXT = 3000
"""Characters of a message's fallback text (Choice): chat.update refuses more than 4,000 (docs.slack.dev)."""


def render(message: Message, *, pictures: bool = True) -> Rendered:
    """Any message of the bot's as fallback text and blocks; without images where `pictures` is False."""
    rendered = _rendered(message, pictures)
    return Rendered(shorten_markup(rendered.text, MOST_TEXT), rendered.blocks)


def _rendered(message: Message, pictures: bool) -> Rendered:
    match message:
        case Forgetting():
            return _answers.forgetting(message)
        case Waits():
            return _waiting.waits(message)
        case Question():
            return _questions.question(message)
        case Announcement():
            return _lines.announcement(message)
        case Working():
            return _lines.working(message)
        case Card():
            return _card.card(message, pictures=pictures)
        case Line():
            return _lines.line(message, pictures=pictures)
        case Note():
            return _lines.note(message, pictures=pictures)
        case Listing():
            return _answers.listing(message, pictures=pictures)
        case Choice():
            return _answers.choice(message)
        case Shown():
            return _answers.shown(message, pictures=pictures)
        case Status():
            return _answers.status(message)
        case HowTo():
            return _help.how_to(message)
        case Menu():
            return _help.menu()
        case Introduction():
            return _welcome.introduction(message)
