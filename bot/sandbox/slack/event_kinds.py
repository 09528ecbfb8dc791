"""The kinds of events that the sandbox sends, and when the app gets to hear of one.

docs.slack.dev: reference/events; each event's page names the scopes that it needs. An event is sent when
the manifest subscribes to it, its scope is granted and the bot is where it happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.directory import App, Channel


@dataclass(frozen=True)
class EventKind:
    """One event of a manifest's `bot_events`.

    Attributes:
        name: as the manifest writes it.
        scopes: one of these must be granted; none is needed when empty.
        sent: when it is sent.
        gaps: what Slack does besides.
    """

    name: str
    scopes: tuple[str, ...]
    sent: str
    gaps: str = ""


_MESSAGES = "posts, files, thread broadcasts, forwards, edits, unfurls, deletions, joins"
_SEEN_IN_CHANNEL = ("channels:read", "groups:read")
_OF_PUBLIC, _OF_PRIVATE = ("channels:read",), ("groups:read",)

KINDS: Mapping[str, EventKind] = {
    kind.name: kind
    for kind in (
        EventKind("app_home_opened", (), "a person opens Home or Messages"),
        EventKind("app_mention", ("app_mentions:read",), "the bot is named in a channel it is in"),
        EventKind("app_uninstalled", (), "the app is uninstalled"),
        EventKind("channel_archive", _OF_PUBLIC, "a public channel is archived"),
        EventKind("channel_deleted", _OF_PUBLIC, "a public channel is deleted"),
        EventKind(
            "channel_id_changed", _SEEN_IN_CHANNEL, "a private channel is shared with another organisation"
        ),
        EventKind("channel_left", _OF_PUBLIC, "the bot is removed from a public channel"),
        EventKind("channel_unarchive", _OF_PUBLIC, "a public channel is taken up again"),
        EventKind("file_deleted", ("files:read",), "a file that the bot could see is deleted"),
        EventKind("group_archive", _OF_PRIVATE, "a private channel that the bot is in is archived"),
        EventKind("group_deleted", _OF_PRIVATE, "a private channel that the bot is in is deleted"),
        EventKind("group_left", _OF_PRIVATE, "the bot is removed from a private channel"),
        EventKind("group_unarchive", _OF_PRIVATE, "a private channel that the bot is in is taken up again"),
        EventKind("link_shared", ("links:read",), "a post holds a link to one of `unfurl_domains`"),
        EventKind("member_joined_channel", _SEEN_IN_CHANNEL, "somebody, or the bot, joins a channel"),
        EventKind(
            "member_left_channel",
            _SEEN_IN_CHANNEL,
            "somebody else leaves or is removed from a channel; the bot hears channel_left or group_left "
            "of itself",
        ),
        *(
            EventKind(f"message.{family}", (f"{family}:history",), _MESSAGES)
            for family in ("channels", "groups", "im", "mpim")
        ),
        EventKind("reaction_added", ("reactions:read",), "an emoji is put to a message", "files: never"),
        EventKind("reaction_removed", ("reactions:read",), "an emoji is taken away", "files: never"),
        EventKind("tokens_revoked", (), "its tokens are revoked, or the app is uninstalled", "user tokens"),
    )
}


def subscribed(event: Mapping[str, Any], app: App, channel: Channel | None) -> bool:
    """Whether Slack sends this event to this app.

    Args:
        channel: where it happened; None for what happens in no channel.
    """
    if not app.installed or (channel is not None and app.bot_user_id not in channel.members):
        return False
    name = str(event["type"])
    if name == "message" and channel is not None:
        name = f"message.{channel.scope_family}"
    kind = KINDS.get(name)
    if kind is None or name not in app.events:
        return False
    needed = kind.scopes
    if event["type"] in ("member_joined_channel", "member_left_channel") and channel is not None:
        needed = (f"{channel.scope_family}:read",)
    return not needed or bool(app.scopes.intersection(needed))
