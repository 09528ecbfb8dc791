"""The Web API methods that the sandbox answers."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.methods import (
    chat,
    conversations,
    files,
    identity,
    reactions,
    scheduling,
    unfurling,
    views,
)
from bot.sandbox.slack.methods.declared import Call, Method, refuse_without_scope

METHODS: Mapping[str, Method] = {
    method.name: method
    for family in (chat, scheduling, unfurling, conversations, files, identity, reactions, views)
    for method in family.METHODS
}

__all__ = ["METHODS", "Call", "Method", "refuse_without_scope"]
