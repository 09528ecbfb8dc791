"""The Web API methods that the sandbox answers."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.methods import (
    chat,
    conversations,
    files,
    identity,
    oauth,
    reactions,
    scheduling,
    unfurling,
    usergroups,
    views,
)
from bot.sandbox.slack.methods.declared import Call, Method, refuse_without_scope

METHODS: Mapping[str, Method] = {
    method.name: method
    for family in (
        chat,
        scheduling,
        unfurling,
        conversations,
        files,
        identity,
        oauth,
        reactions,
        usergroups,
        views,
    )
    for method in family.METHODS
}

NOT_IMITATED: Mapping[str, str] = {}
"""Methods that a bot like this one may call and that answer `unknown_method`, and why."""

__all__ = ["METHODS", "NOT_IMITATED", "Call", "Method", "refuse_without_scope"]
