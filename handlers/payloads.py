"""Read Slack's payloads into values.

Who acts, and where, is Slack's word.  A button's value, a form's state and its `private_metadata` come from a
client and only name things: check the permissions for what they name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_sdk.models.views import View

from bot.channels import view as settings
from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor, Denied
from bot.errors import BotError
from bot.home.view import MOST_WORDS, OWN, Looking
from bot.slack.blocks import Message, Sentence
from bot.slack.errors import SlackError
from bot.slack.forms import Unreadable, identifier, members, number, read, reading
from bot.slack.request import CardPlace, Request
from handlers.services import Services

Body = dict[str, Any]

MOST = 2000  # characters (docs.slack.dev: button element, value)
_LEAVING = frozenset({"member_left_channel", "channel_leave", "group_leave"})  # types and subtypes of events


def actor_of(body: Body, context: AsyncBoltContext) -> Actor:
    """Return who acts, in the installing team (docs.slack.dev: view_submission, `app_installed_team_id`)."""
    user = body["user_id"] if "command" in body else body["user"]["id"]
    return Actor(context.team_id or "", user)


def request_of(body: Body, context: AsyncBoltContext) -> Request:
    """Return who typed a command or pressed a message's button, and where to answer."""
    actor = actor_of(body, context)
    channel = body["channel_id"] if "command" in body else body["channel"]["id"]
    return Request(actor.team, channel, actor.user, response_url=body["response_url"])


@reading()
def value_of(body: Body) -> str:
    """Return the value of a button, or of a menu's choice."""
    action = body["actions"][0]
    return words((action.get("selected_option") or action)["value"])


@reading()
def words(told: object) -> str:
    if not isinstance(told, str) or len(told) > MOST:
        raise ValueError("no text")
    return told


def pair_of(body: Body) -> tuple[str, str]:
    """Split a value at its first space; the second part may be empty."""
    first, _, rest = value_of(body).partition(" ")
    return first, rest


def id_of(body: Body) -> str:
    """Return the Slack or Masko id in a button's value."""
    return identifier(value_of(body))


def witnessed(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the person and the conversation that they act in, by Slack's word; None if they leave it."""
    event = body.get("event") or {}
    if _LEAVING & {event.get("type"), event.get("subtype")}:
        return None
    match body:
        case {"event": {"user": str(user), "item": {"channel": str(channel)}}}:
            return user, channel
        case {"event": {"user": str(user), "channel": str(channel)}} if event:
            return user, channel
        case {"user_id": str(user), "channel_id": str(channel)}:
            return user, channel
        case {"user": {"id": str(user)}, "container": {"channel_id": str(channel)}}:
            return user, channel
        case {"user": {"id": str(user)}, "channel": {"id": str(channel)}}:
            return user, channel
    return None


Listener = Callable[[Body, AsyncBoltContext], Awaitable[None]]

log = logging.getLogger(__name__)

TOO_LATE = "Slack didn't open that in time. Please try again."


async def acknowledge(ack: AsyncAck) -> None:
    await ack()


def later(services: Services, listener: Listener) -> dict[str, Any]:
    """Acknowledge at once, and then run a listener: Slack may take its time to open a modal."""
    return {"ack": acknowledge, "lazy": [telling(services, listener)]}


def answering(
    services: Services, listener: Callable[[Body, AsyncBoltContext], Awaitable[str | Sentence]]
) -> dict[str, Any]:
    """Run a listener, acknowledge, and put the words that it returned in the place of the message."""

    async def first(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        context["words"] = await listener(body, context)
        await ack()

    async def then(body: Body, context: AsyncBoltContext) -> None:
        if words := context.get("words"):  # else it could not be written down, and Slack shows that
            await services.messenger.respond(body["response_url"], Message.of(words), replace=True)

    return {"ack": first, "lazy": [then]}


def telling(services: Services, listener: Listener) -> Listener:
    """Return a lazy listener whose errors are told privately; Bolt's error handler does not get them."""

    async def told(body: Body, context: AsyncBoltContext) -> None:
        try:
            await listener(body, context)
        except BotError as error:
            log.info("a press came to nothing: %s", error)
            if (body.get("view") or {}).get("type") == "home":
                notice = TOO_LATE if isinstance(error, SlackError) else error.words
                await services.home.show(actor_of(body, context), looking_at(body), notice=notice)
            else:
                await tell(services, body, Message.of(error.words))

    return told


async def open_form(services: Services, body: Body, form: View) -> None:
    """Open a form, or tell whoever asked for it that Slack did not."""
    try:
        await services.messenger.open_modal(body["trigger_id"], form)
    except SlackError as error:
        log.warning("a form did not open: %s", error)
        await tell(services, body, Message.of(TOO_LATE))


async def tell(services: Services, body: Body, line: Message) -> None:
    """Reply privately to a press, in its thread or by the `response_url`."""
    try:
        container = body.get("container") or {}
        if container.get("channel_id") and not container.get("is_ephemeral"):  # which has no thread
            channel, thread_ts = spot_of(body)
            await services.messenger.post_ephemeral(channel, thread_ts, body["user"]["id"], line)
        elif body.get("response_url"):
            await services.messenger.respond(body["response_url"], line)
    except (SlackError, Unreadable) as error:
        log.warning("somebody could not be told: %s", error)


def looking_at(body: Body) -> Looking:
    """Return what somebody looks at in their Home, or its beginning if that is unreadable."""
    try:
        return looking_of(body["view"].get("private_metadata"))
    except Unreadable:
        return OWN


@reading()
def looking_of(metadata: object) -> Looking:
    """Read `Looking.as_metadata`, also of another version of this program.  Raises Unreadable."""
    told = members(metadata)
    return Looking(words(told["words"])[:MOST_WORDS], number(told["start"]))


def spot_of(body: Body) -> tuple[str, str]:
    """Return the channel and the root ts of the thread of a press."""
    container = body["container"]
    return container["channel_id"], container.get("thread_ts") or container["message_ts"]


def press_of(body: Body, context: AsyncBoltContext) -> Request:
    """Return who pressed, and in which thread."""
    actor, (channel, thread_ts) = actor_of(body, context), spot_of(body)
    return Request(actor.team, channel, actor.user, thread_ts)


async def require_place(services: Services, actor: Actor, place: CardPlace) -> None:
    """Raise Denied unless the thread shows the mascot: a form only claims where it belongs."""
    if not await services.mascots.is_shown_in(actor.team, place.channel, place.thread_ts, place.mascot_id):
        raise Denied(NOT_KNOWN)


async def placed(
    services: Services, body: Body, context: AsyncBoltContext, told: object
) -> tuple[Request, str]:
    """Return who sent a form, from which thread, and its mascot.

    Raises Unreadable; Denied if the mascot is not shown there.
    """
    actor, place = actor_of(body, context), read(CardPlace, told)
    await require_place(services, actor, place)
    return Request(actor.team, place.channel, actor.user, place.thread_ts), place.mascot_id


async def settings_form(services: Services, actor: Actor, channel: str, looking: str | None = None) -> View:
    """Return a channel's settings form; `looking` is the Home's metadata.  Raises Denied, CannotTell."""
    now, names, groups = await asyncio.gather(
        services.channels.settings(actor, channel),
        services.library.choices(actor),
        services.permissions.groups(),
    )
    return settings.settings(channel, now, names, groups, home=looking)
