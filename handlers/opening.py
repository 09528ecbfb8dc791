"""Forms that open for whoever presses a button, and what they alone are told."""

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
from bot.slack.place import CardPlace
from bot.slack.request import Request
from handlers.reading import Body, Unreadable, actor_of
from handlers.services import Services

Listener = Callable[[Body, AsyncBoltContext], Awaitable[None]]

log = logging.getLogger(__name__)

REFUSED_PICTURES = frozenset({"invalid_arguments", "invalid_blocks"})
TOO_LATE = "Slack did not open the form in time. Please press the button again."


def telling(services: Services, listener: Listener) -> Listener:
    """A lazy listener whose errors are told to whoever pressed; Bolt tells no error handler about them."""

    async def told(body: Body, context: AsyncBoltContext) -> None:
        try:
            await listener(body, context)
        except BotError as error:
            log.info("a press came to nothing: %s", error)
            await tell(services, body, Message.of(error.words))

    return told


async def open_form(services: Services, body: Body, form: View) -> None:
    """Open a form; without the pictures that Slack refuses, or without any where it does not tell which."""
    refused = await _refused(services, body, form)
    if refused and refused.blocks:
        refused = await _refused(services, body, view_without_images(form, refused.blocks))
    if refused and refused.code in REFUSED_PICTURES:
        refused = await _refused(services, body, view_without_images(form))
    if refused:
        log.warning("a form did not open: %s", refused)
        await tell(services, body, Message.of(TOO_LATE))


async def tell(services: Services, body: Body, line: Message) -> None:
    """Tell whoever pressed, for their eyes only: in the thread where they did, or by the `response_url`."""
    try:
        if "container" in body and body["container"].get("channel_id"):
            channel, thread_ts = spot_of(body)
            await services.messenger.post_ephemeral(channel, thread_ts, body["user"]["id"], line)
        elif body.get("response_url"):
            await services.messenger.respond(body["response_url"], line)
    except (SlackError, Unreadable) as error:
        log.warning("somebody could not be told: %s", error)


def spot_of(body: Body) -> tuple[str, str]:
    """The channel, and the root of the thread, in which somebody pressed."""
    container = body["container"]
    return container["channel_id"], container.get("thread_ts") or container["message_ts"]


def request_of(body: Body, context: AsyncBoltContext) -> Request:
    """Return who pressed, and in which thread."""
    actor, (channel, thread_ts) = actor_of(body, context), spot_of(body)
    return Request(actor.team, channel, actor.user, thread_ts)


async def require_place(services: Services, actor: Actor, place: CardPlace) -> None:
    """Raise unless a thread is its mascot's: what comes of a form is said there, whoever named it.

    Raises:
        Denied: it is not, perhaps not any more.
    """
    if not await services.mascots.is_shown_in(actor.team, place.channel, place.thread_ts, place.mascot_id):
        raise Denied(NOT_KNOWN)


async def _refused(services: Services, body: Body, view: View) -> SlackError | None:
    """Open it; why not, where Slack refused."""
    try:
        await services.messenger.open_modal(body["trigger_id"], view)
    except SlackError as error:
        return error
    return None


async def settings_form(services: Services, actor: Actor, channel: str, looking: str | None = None) -> View:
    """The form with a channel's settings, for somebody who may change them.

    Args:
        looking: the metadata of the Home that it is opened from.

    Raises:
        Denied, CannotTell: they may not, as far as is known.
    """
    now, names, groups = await asyncio.gather(
        services.channels.settings(actor, channel),
        services.library.names(actor),
        services.permissions.groups(),
    )
    return settings.settings(channel, now, names, groups, home=looking)
