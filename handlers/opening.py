"""Somebody pressed a button in a thread: forms that open for them, and what only they are told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from slack_sdk.models.views import View

from bot.messages import Line
from bot.slack.workspace import SlackError
from bot.views.modals import without
from handlers.services import Services

Body = dict[str, Any]
Form = Callable[[bool], View]
"""With pictures or without → modal."""

log = logging.getLogger(__name__)

REFUSED_PICTURES = frozenset({"invalid_arguments", "invalid_blocks"})
TOO_LATE = "Slack did not open the form in time. Please press the button again."


async def open_form(services: Services, body: Body, form: Form) -> None:
    """Open a form; without the pictures that Slack does not take, or without any where it does not tell
    which those are."""
    refused = await _refused(services, body, form(True))
    if refused is not None and refused.blocks:
        refused = await _refused(services, body, without(form(True), refused.blocks))
    if refused is not None and refused.code in REFUSED_PICTURES:
        refused = await _refused(services, body, form(False))
    if refused is not None:
        log.warning("a form did not open: %s", refused)
        await tell(services, body, Line(TOO_LATE))


async def tell(services: Services, body: Body, line: Line) -> None:
    """Tell whoever pressed, for their eyes only, in the thread where they did."""
    channel, thread_ts = spot_of(body)
    try:
        await services.workspace.whisper(channel, thread_ts, body["user"]["id"], line)
    except SlackError as error:
        log.warning("%s could not be told: %s", body["user"]["id"], error)


def spot_of(body: Body) -> tuple[str, str]:
    """The channel, and the root of the thread, in which somebody pressed."""
    container = body["container"]
    return container["channel_id"], container.get("thread_ts") or container["message_ts"]


async def _refused(services: Services, body: Body, view: View) -> SlackError | None:
    """Open it; why not, where Slack refused."""
    try:
        await services.workspace.open_modal(body["trigger_id"], view)
    except SlackError as error:
        return error
    return None
