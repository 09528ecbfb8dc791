"""Slack listeners, one module for each kind of thing that happens.

Each module has `register(app, services)`.  A listener reads the payload into a typed value, calls one
service and returns: the app runs with `process_before_response`, so Slack hears that a listener is
done only when what it wanted is written down, and three seconds are all it has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncApp

from handlers import (
    cards,
    channels,
    commands,
    faults,
    home,
    outdated,
    posts,
    questions,
    references,
    retries,
    reviews,
    shortcuts,
    threads,
)
from handlers.reading import Body, witnessed
from handlers.services import Services

__all__ = ["Services", "register"]


def register(app: AsyncApp, services: Services) -> None:
    """Let every listener hear of what happens in Slack."""

    async def witness(body: Body, next: Callable[[], Awaitable[None]]) -> None:
        """Whom Slack tells of acting in a conversation, sees it."""
        if (seen := witnessed(body)) is not None:
            services.permissions.witness(*seen)
        await next()

    app.use(witness)
    about_cards = (cards, reviews, references)
    asked = (commands, home, shortcuts, channels)
    for module in (threads, posts, questions, *about_cards, *asked, retries, outdated, faults):
        module.register(app, services)
