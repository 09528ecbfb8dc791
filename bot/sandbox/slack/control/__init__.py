"""The control API of the sandbox's page: everything a person can do, as JSON on the same origin.

One module for each topic. A topic is a class whose `routes()` name its calls; whoever puts the sandbox
together may add topics of their own:

    app = application(slack, topics=[Faults(slack, masko)])

All calls stand behind the checks of `guard`.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.sandbox.slack.control.guard import (
    HEADER,
    ControlError,
    Route,
    Topic,
    add_topics,
    loopback_only,
    under_a_policy,
)
from bot.sandbox.slack.control.looking import Looking
from bot.sandbox.slack.control.posting import Posting
from bot.sandbox.slack.control.pressing import Pressing
from bot.sandbox.slack.local import LocalSlack

__all__ = ["HEADER", "ControlError", "Route", "Topic", "add_control", "given_in"]


def add_control(app: web.Application, slack: LocalSlack, topics: Iterable[Topic] = ()) -> None:
    """Add the page and `/_control/*` to an application.

    Args:
        topics: more calls, besides those about what people do in the workspace.
    """
    own = (Looking(slack), Posting(slack), Pressing(slack))
    app.on_response_prepare.append(under_a_policy)
    app.middlewares.append(loopback_only(slack.workspace.origin))
    add_topics(app, (*own, *topics))
