"""What Slack delivers, read into values.

Who acts, in which workspace and in which conversation, is Slack's word: it stands outside of what a client
fills in.  Everything in a button's value, a form's state or its `private_metadata` only names things; whoever
acts on it asks the permissions about what it names.
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
    """A press or a form that does not hold what this program has put there."""

    @property
    def words(self) -> str:
        return "That doesn't work any more, and nothing was done. Please use the newest card, or /masko."


@contextmanager
def reading() -> Iterator[None]:
    """Tell what is not as this program has made it by `Unreadable`.

    Raises:
        Unreadable: a part is missing, or of another kind or length.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error


def actor_of(body: Body, context: AsyncBoltContext) -> Actor:
    """Whoever pressed, sent a form or typed a command; a form may come from another workspace than the one
    that the app is installed in (docs.slack.dev: view_submission, `app_installed_team_id`)."""
    user = body["user_id"] if "command" in body else body["user"]["id"]
    return Actor(context.team_id or "", user)


def request_of(body: Body, context: AsyncBoltContext) -> Request:
    """Who typed a command or pressed a button of a message, and where they are answered."""
    actor = actor_of(body, context)
    channel = body["channel_id"] if "command" in body else body["channel"]["id"]
    return Request(actor.team, channel, actor.user, response_url=body["response_url"])


def value_of(body: Body) -> str:
    """What a button stands for, or the choice of a menu."""
    with reading():
        action = body["actions"][0]
        value = (action.get("selected_option") or action)["value"]
        if not isinstance(value, str) or len(value) > MOST:
            raise ValueError("no value")
        return value


def words(told: object) -> str:
    """Text that was sent along."""
    with reading():
        if not isinstance(told, str):
            raise ValueError("no text")
        return told


def pair_of(body: Body) -> tuple[str, str]:
    """A value of two parts that a space separates; the second is empty where there is one."""
    first, _, rest = value_of(body).partition(" ")
    return first, rest


def id_of(body: Body) -> str:
    """The id that a button stands for, of Slack's or of Masko's."""
    with reading():
        return identifier(value_of(body))


def number(text: object) -> int:
    """A number of this program's own, such as the id of a row."""
    with reading():
        if not _NUMBER.fullmatch(str(text)) or int(str(text)) > MOST_NUMBER:
            raise ValueError("no number")
        return int(str(text))


def digest(text: object) -> str:
    """The digest of an edition."""
    with reading():
        if not isinstance(text, str) or not _DIGEST.fullmatch(text):
            raise ValueError("no digest")
        return text


def values(text: object) -> Mapping[str, Any]:
    """The members of a JSON object that a button stands for."""
    with reading():
        found = json.loads(text if isinstance(text, str) else "")
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found


def witnessed(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """The person and the conversation that Slack tells of as one acting in the other; None for neither, and
    for somebody who leaves it."""
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
