"""The kinds of interactions that the sandbox sends, and what it does with their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

InteractionType = Literal[
    "block_actions",
    "view_submission",
    "view_closed",
    "block_suggestion",
    "shortcut",
    "message_action",
    "slash_commands",
]


@dataclass(frozen=True)
class InteractionKind:
    """One kind of payload (docs.slack.dev: interaction payloads; implementing slash commands).

    Attributes:
        sent: when it is sent.
        checked: what is done with, and held against, the bot's answer.
        gaps: what Slack does besides.
    """

    sent: str
    checked: str
    gaps: str = ""


KINDS: Mapping[InteractionType, InteractionKind] = {
    "block_actions": InteractionKind(
        "an element in a message, a modal or Home is used",
        "acknowledged in time; trigger_id and response_url",
        "legacy attachments with buttons; workflow buttons",
    ),
    "view_submission": InteractionKind(
        "a modal is submitted, once the client's own checks pass",
        "acknowledged in time; errors, update, push and clear, each checked as views are",
        "response_urls of selects with response_url_enabled",
    ),
    "view_closed": InteractionKind("a modal with notify_on_close is closed", "acknowledged in time"),
    "block_suggestion": InteractionKind(
        "somebody types into an external select, from min_query_length characters on",
        "acknowledged in time with at most 100 options or groups, each checked",
    ),
    "shortcut": InteractionKind(
        "a global shortcut of the manifest is used", "acknowledged in time; trigger_id"
    ),
    "message_action": InteractionKind(
        "a message shortcut of the manifest is used, also where the bot is not a member",
        "acknowledged in time; trigger_id and response_url",
    ),
    "slash_commands": InteractionKind(
        "a command of the manifest is typed outside a thread",
        "acknowledged in time; words or a message in the acknowledgement, checked as messages are",
        "the person's own words are not shown beside an answer in_channel",
    ),
}
