"""Slack listeners, one module for each kind of payload, each with `register(app, services)`.

A listener parses the payload, calls one service and returns within three seconds: the app runs with
`process_before_response`, so Slack gets the acknowledgement only once the request is stored.
"""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from handlers import cards, commands, events, home, middleware, references, reviews
from handlers.services import Services

__all__ = ["Services", "register"]


def register(app: AsyncApp, services: Services) -> None:
    """Register all listeners; last of all those for what no other listener knows."""
    middleware.register(app, services)
    for module in (events, cards, reviews, references, commands, home):
        module.register(app, services)
    middleware.register_fallback(app, services)
