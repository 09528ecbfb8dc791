"""Read Slack's payloads into values.

Who acts, and where, is Slack's word.  A button's value, a form's state and its `private_metadata` come from a
client and only name things: check the permissions for what they name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from slack_bolt.async_app import AsyncBoltContext

from bot.channels.permissions import Actor
from bot.errors import BotError
from bot.slack.form_state import identifier
from bot.slack.request import Request

Body = dict[str, Any]

MOST = 2000  # characters (docs.slack.dev: button element, value)
MOST_NUMBER = 2**31 - 1  # of PostgreSQL's integers, which ids of rows are
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,10}")
_LEAVING = frozenset({"member_left_channel", "channel_leave", "group_leave"})  # types and subtypes of events


class Unreadable(BotError):
    """A press or a form does not hold what this program put there."""

    @property
    def words(self) -> str:
        return "That doesn't work any more, and nothing was done. Please use the newest card, or /masko."


@contextmanager
def reading() -> Iterator[None]:
    """Raise Unreadable for a part that is missing, or of another type or length."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error


def actor_of(body: Body, context: AsyncBoltContext) -> Actor:
    """Return who acts, in the installing team (docs.slack.dev: view_submission, `app_installed_team_id`)."""
    user = body["user_id"] if "command" in body else body["user"]["id"]
    return Actor(context.team_id or "", user)


def request_of(body: Body, context: AsyncBoltContext) -> Request:
    """Return who typed a command or pressed a message's button, and where to answer."""
    actor = actor_of(body, context)
    channel = body["channel_id"] if "command" in body else body["channel"]["id"]
    return Request(actor.team, channel, actor.user, response_url=body["response_url"])


def value_of(body: Body) -> str:
    """Return the value of a button, or of a menu's choice."""
    with reading():
        action = body["actions"][0]
        value = (action.get("selected_option") or action)["value"]
        if not isinstance(value, str) or len(value) > MOST:
            raise ValueError("no value")
        return value


def words(told: object) -> str:
    """Return text from a value."""
    with reading():
        if not isinstance(told, str):
            raise ValueError("no text")
        return told


def pair_of(body: Body) -> tuple[str, str]:
    """Split a value at its first space; the second part may be empty."""
    first, _, rest = value_of(body).partition(" ")
    return first, rest


def id_of(body: Body) -> str:
    """Return the Slack or Masko id in a button's value."""
    with reading():
        return identifier(value_of(body))


def number(text: object) -> int:
    """Return a number of this program's own, such as a row's id."""
    with reading():
        if not _NUMBER.fullmatch(str(text)) or int(str(text)) > MOST_NUMBER:
            raise ValueError("no number")
        return int(str(text))


def digest(text: object) -> str:
    """Return the digest of an edition."""
    with reading():
        if not isinstance(text, str) or not _DIGEST.fullmatch(text):
            raise ValueError("no digest")
        return text


def values(text: object) -> Mapping[str, Any]:
    """Return the JSON object in a button's value."""
    with reading():
        found = json.loads(text if isinstance(text, str) else "")
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found


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
