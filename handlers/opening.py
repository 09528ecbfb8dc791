"""Forms that open for the person who presses a button, and private replies to them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.models.views import View

from bot.channels import view as settings
from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor, Denied
from bot.errors import BotError
from bot.slack.blocks import Message, view_without_images
from bot.slack.errors import SlackError
from bot.slack.request import CardPlace, Request
from handlers.reading import Body, Unreadable, actor_of
from handlers.services import Services

Listener = Callable[[Body, AsyncBoltContext], Awaitable[None]]

log = logging.getLogger(__name__)

REFUSED_PICTURES = frozenset({"invalid_arguments", "invalid_blocks"})
TOO_LATE = "Slack did not open the form in time. Please press the button again."


def telling(services: Services, listener: Listener) -> Listener:
    """Return a lazy listener whose errors are told privately; Bolt's error handler does not get them."""

    async def told(body: Body, context: AsyncBoltContext) -> None:
        try:
            await listener(body, context)
        except BotError as error:
            log.info("a press came to nothing: %s", error)
            await tell(services, body, Message.of(error.words))

    return told


async def open_form(services: Services, body: Body, form: View) -> None:
    """Open a form; without the pictures that Slack refuses, or without any if it does not say which."""
    refused = await _refused(services, body, form)
    if refused and refused.blocks:
        refused = await _refused(services, body, view_without_images(form, refused.blocks))
    if refused and refused.code in REFUSED_PICTURES:
        refused = await _refused(services, body, view_without_images(form))
    if refused:
        log.warning("a form did not open: %s", refused)
        await tell(services, body, Message.of(TOO_LATE))


async def tell(services: Services, body: Body, line: Message) -> None:
    """Reply privately to a press, in its thread or by the `response_url`."""
    try:
        if "container" in body and body["container"].get("channel_id"):
            channel, thread_ts = spot_of(body)
            await services.messenger.post_ephemeral(channel, thread_ts, body["user"]["id"], line)
        elif body.get("response_url"):
            await services.messenger.respond(body["response_url"], line)
    except (SlackError, Unreadable) as error:
        log.warning("somebody could not be told: %s", error)


def spot_of(body: Body) -> tuple[str, str]:
    """Return the channel and the root ts of the thread of a press."""
    container = body["container"]
    return container["channel_id"], container.get("thread_ts") or container["message_ts"]


def request_of(body: Body, context: AsyncBoltContext) -> Request:
    """Return who pressed, and in which thread."""
    actor, (channel, thread_ts) = actor_of(body, context), spot_of(body)
    return Request(actor.team, channel, actor.user, thread_ts)


async def require_place(services: Services, actor: Actor, place: CardPlace) -> None:
    """Raise Denied unless the thread shows the mascot: a form only claims where it belongs."""
    if not await services.mascots.is_shown_in(actor.team, place.channel, place.thread_ts, place.mascot_id):
        raise Denied(NOT_KNOWN)


async def _refused(services: Services, body: Body, view: View) -> SlackError | None:
    try:
        await services.messenger.open_modal(body["trigger_id"], view)
    except SlackError as error:
        return error
    return None


async def settings_form(services: Services, actor: Actor, channel: str, looking: str | None = None) -> View:
    """Return a channel's settings form; `looking` is the Home's metadata.  Raises Denied, CannotTell."""
    now, names, groups = await asyncio.gather(
        services.channels.settings(actor, channel),
        services.library.names(actor),
        services.permissions.groups(),
    )
    return settings.settings(channel, now, names, groups, home=looking)
