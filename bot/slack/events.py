"""Events as values: posts with their images, deletions, times.  Pure; no JSON of any shape makes it raise.

Taken: files attached to a post or to one that it forwards; links that end like a picture's, `image` blocks,
and attachments that show a picture and nothing else.  The picture of an unfurled page was posted by nobody.

- `message` with subtype `file_share` carries the files (docs.slack.dev: file_share message), in a channel
  without `event.team` (slackapi/slack-api-specs #62).
- `message_deleted` names `deleted_ts`.  The root of a thread with replies becomes a tombstone instead, by
  `message_changed` (42wim/matterbridge #600).  `file_deleted` tells the file's id alone.
- `user_team`, `source_team`: workspaces of poster and message in channels that several workspaces share
  (docs.slack.dev: Supporting and developing apps in Enterprise Grid).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from bot.slack.post_images import (
    ImageSource,
    PostImage,
    beside_links,
    from_file_info,
    from_link,
    from_slack_link,
    is_public,
    is_slacks,
    name_of_file,
    picture_links,
)
from bot.slack.text import mapping, mappings, text_of

ChannelType = Literal["channel", "group", "im", "mpim", ""]

_SUBTYPES = {None, "file_share", "thread_broadcast", "me_message"}
_CHANNEL_TYPES: dict[str, ChannelType] = {kind: kind for kind in get_args(ChannelType)}

LATEST_EVENT = 25 * 3600.0
"""Seconds: an event may come a day late (docs.slack.dev: Events API, "Delayed events"), and clocks differ."""

_GONE_MODES = {"tombstone", "hidden_by_limit", "file_access"}  # nothing left that could be named


@dataclass(frozen=True, slots=True)
class Post:
    """A person's post, and the images in it.

    An image is known everywhere by (`team`, `channel`, `ts`, `PostImage.key`): a `message`, the `app_mention`
    beside it, and a second delivery give the same four.

    Attributes:
        team: the workspace that the bot is installed in.
        thread_ts: the root's ts for a reply, else None.
        user_team: the poster's workspace, where Slack tells it.
        images: in the order of the post, each key once.
        other_files: names of attached files that are no images.
        from_outside: the poster belongs to another organisation (Slack Connect).
        in_passing: its images are only links among words: where nothing comes of them, nobody has to
            hear of it.
        among_strangers: other workspaces here belong to other organisations, not to our own Enterprise Grid.
    """

    team: str
    channel: str
    channel_type: ChannelType
    ts: str
    thread_ts: str | None
    user: str
    user_team: str | None
    text: str
    images: tuple[PostImage, ...]
    other_files: tuple[str, ...]
    mentions_bot: bool
    from_outside: bool
    among_strangers: bool
    in_passing: bool = False

    @property
    def root_ts(self) -> str:
        """The ts of the thread that this post is in, or would start."""
        return self.thread_ts or self.ts

    @property
    def is_direct(self) -> bool:
        """True in a person's conversation with the bot alone; a group DM is among people."""
        return self.channel_type == "im"


def read_post(
    body: Mapping[str, Any], *, team: str, bot_user_id: str | None = None, own_origin: str | None = None
) -> Post | None:
    """Read the body of an `event_callback`.

    Returns the post, also without images (a mention or a DM deserves an answer); None for what is no person's
    new post: other events, edits, deletions, posts of bots, bad shapes.

    Args:
        team: the workspace that the bot is installed in, and answers as.
        own_origin: the Web API's address: links to it are followed although its host may not be public.
    """
    event = _as_posted(mapping(mapping(body).get("event")))
    channel, ts, user = text_of(event, "channel"), text_of(event, "ts"), text_of(event, "user")
    if not (channel and ts and user) or not _is_new_post_of_a_person(event, bot_user_id):
        return None
    files = tuple(_attached_files(event))
    linked = [*_linked(picture_links(text_of(event, "text")), own_origin)]
    shown = [*_linked(_shown(event), own_origin)]
    mentions_bot = _mentions_bot(event, bot_user_id)
    user_team = _team_of_poster(event)
    return Post(
        team=team,
        channel=channel,
        channel_type=_channel_type(event),
        ts=ts,
        thread_ts=_thread_ts(event),
        user=user,
        user_team=user_team,
        text=text_of(event, "text"),
        images=_images(files, [*linked, *shown]),
        other_files=_other_files(files),
        mentions_bot=mentions_bot,
        from_outside=_is_outside(mapping(body), team, user_team),
        among_strangers=_is_outside(mapping(body), team, "any other workspace"),
        in_passing=not (files or shown or mentions_bot) and _are_in_passing(linked, text_of(event, "text")),
    )


def read_shortcut(body: Mapping[str, Any], *, team: str, own_origin: str | None = None) -> Post | None:
    """Read the body of a `message_action` (docs.slack.dev: Shortcuts interaction payloads); see
    `read_post`.

    Returns the message with its images, as if whoever used the shortcut had posted it (only people of the
    workspace are offered shortcuts); None for bad shapes.
    """
    body = mapping(body)
    message = mapping(body.get("message"))
    channel, user = text_of(mapping(body.get("channel")), "id"), text_of(mapping(body.get("user")), "id")
    ts = text_of(message, "ts") or text_of(body, "message_ts")
    if not (channel and ts and user):
        return None
    files = tuple(_attached_files(message))
    links = (*picture_links(text_of(message, "text")), *_shown(message))
    linked = [image for image in _linked(links, own_origin) if image.source is not ImageSource.STUB]
    return Post(
        team=team,
        channel=channel,
        channel_type="",
        ts=ts,
        thread_ts=_thread_ts(message),
        user=user,
        user_team=team,
        text=text_of(message, "text"),
        images=_images(files, linked),
        other_files=_other_files(files),
        mentions_bot=False,
        from_outside=False,
        among_strangers=False,
    )


def _as_posted(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an edit's added files as if they had been posted then; any other event as it is.

    Edits also come for unfurled links and the bot's own changes: those add no files.
    """
    if event.get("subtype") != "message_changed":
        return event
    before = {text_of(file, "id") for file in mappings(mapping(event.get("previous_message")).get("files"))}
    message = mapping(event.get("message"))
    added = [file for file in mappings(message.get("files")) if text_of(file, "id") not in before]
    if not added or "previous_message" not in event:
        return {}
    where = {name: event[name] for name in ("channel", "channel_type") if name in event}
    return {
        **message,
        **where,
        "type": "message",
        "files": added,
        "text": "",
        "blocks": [],
        "attachments": [],
    }


def read_thread(
    messages: Iterable[Mapping[str, Any]],
    *,
    team: str,
    channel: str,
    bot_user_id: str | None,
    own_origin: str | None,
) -> list[Post]:
    """Return the posts with images by people among a thread's messages (docs.slack.dev:
    conversations.replies).

    Slack does not tell there whether a channel is shared, so every other workspace counts as outside.
    """
    found: list[Post] = []
    for message in messages:
        body = {"event": {**mapping(message), "channel": channel}}
        post = read_post(body, team=team, bot_user_id=bot_user_id, own_origin=own_origin)
        if post is not None and post.images:
            found.append(post)
    return found


def _is_new_post_of_a_person(event: Mapping[str, Any], bot_user_id: str | None) -> bool:
    subtype = event.get("subtype")
    return (
        event.get("type") in ("message", "app_mention")
        and (subtype is None or (isinstance(subtype, str) and subtype in _SUBTYPES))
        and not (event.get("hidden") or event.get("bot_id") or event.get("bot_profile"))
        and event.get("user") not in ("USLACKBOT", bot_user_id)
    )


def _thread_ts(message: Mapping[str, Any]) -> str | None:
    thread_ts = text_of(message, "thread_ts")
    return thread_ts if thread_ts and thread_ts != message.get("ts") else None


def _attached_files(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from mappings(event.get("files"))
    for attachment in mappings(event.get("attachments")):
        if attachment.get("is_share") or attachment.get("is_msg_unfurl"):
            yield from mappings(attachment.get("files"))


def _channel_type(event: Mapping[str, Any]) -> ChannelType:
    """Some deliveries lack it, but the id of a direct message tells (docs.slack.dev: conversation object)."""
    told = _CHANNEL_TYPES.get(text_of(event, "channel_type"), "")
    return told or ("im" if text_of(event, "channel").startswith("D") else "")


def _linked(links: Iterable[str], own_origin: str | None) -> Iterator[PostImage]:
    """The images behind addresses: files of Slack's, and what is public."""
    for link in links:
        if is_slacks(link):
            if image := from_slack_link(link):
                yield image
        elif is_public(link, own_origin):
            yield from_link(link)


def _are_in_passing(linked: Sequence[PostImage], text: str) -> bool:
    if not linked:
        return False
    return bool(beside_links(text)) or all(image.source is ImageSource.STUB for image in linked)


def _shown(event: Mapping[str, Any]) -> Iterator[str]:
    """Where the pictures are that a post shows from elsewhere."""
    yield from _of_blocks(event.get("blocks"))
    for attachment in mappings(event.get("attachments")):
        if attachment.get("is_share") or attachment.get("is_msg_unfurl"):
            yield from _of_blocks(attachment.get("blocks"))
            for quoted in mappings(attachment.get("message_blocks")):
                yield from _of_blocks(mapping(quoted.get("message")).get("blocks"))
    for attachment in mappings(event.get("attachments")):
        if not any(attachment.get(part) for part in ("title", "text", "service_name", "author_name")):
            yield text_of(attachment, "image_url")


def _of_blocks(blocks: object) -> Iterator[str]:
    return (text_of(block, "image_url") for block in mappings(blocks) if block.get("type") == "image")


def _images(files: tuple[Mapping[str, Any], ...], linked: Iterable[PostImage]) -> tuple[PostImage, ...]:
    images: dict[str, PostImage] = {}
    for image in (*map(from_file_info, files), *linked):
        if image is not None:
            images.setdefault(image.key, image)
    return tuple(images.values())


def _other_files(files: tuple[Mapping[str, Any], ...]) -> tuple[str, ...]:
    return tuple(
        name_of_file(file, fallback="file")
        for file in files
        if text_of(file, "id") and text_of(file, "mode") not in _GONE_MODES and from_file_info(file) is None
    )


def _mentions_bot(event: Mapping[str, Any], bot_user_id: str | None) -> bool:
    if event.get("type") == "app_mention":
        return True
    text = text_of(event, "text")
    return bool(bot_user_id) and (f"<@{bot_user_id}>" in text or f"<@{bot_user_id}|" in text)


def _team_of_poster(event: Mapping[str, Any]) -> str | None:
    told = (text_of(event, "user_team"), text_of(event, "source_team"), text_of(event, "team"))
    own_files = (file for file in mappings(event.get("files")) if file.get("user") == event.get("user"))
    return next(filter(None, (*told, *(text_of(file, "user_team") for file in own_files))), None)


def _is_outside(body: Mapping[str, Any], team: str, user_team: str | None) -> bool:
    """Return whether the poster is of another organisation; an unknown workspace counts as ours.

    In a channel that is not shared with another organisation, a foreign workspace is of our own
    Enterprise Grid.
    """
    enterprise = _enterprise(body, team)
    if user_team is None or user_team in (team, enterprise):
        return False
    return body.get("is_ext_shared_channel") is True or enterprise is None


def _enterprise(body: Mapping[str, Any], team: str) -> str | None:
    """Our organisation's id; an authorization may speak of the other side's installation."""
    ours = (a for a in mappings(body.get("authorizations")) if a.get("team_id") in (team, None))
    return next(filter(None, (text_of(authorization, "enterprise_id") for authorization in ours)), None)


@dataclass(frozen=True)
class DeletedMessage:
    """A message that is no more, in a channel."""

    team: str
    channel: str
    ts: str


@dataclass(frozen=True)
class DeletedFile:
    """A file that is no more, wherever it was shown."""

    team: str
    file_id: str


Deletion = DeletedMessage | DeletedFile


def read_deletion(body: Mapping[str, Any], *, team: str) -> Deletion | None:
    """Read the body of an `event_callback`; None for what deletes nothing."""
    event = mapping(mapping(body).get("event"))
    if event.get("type") == "file_deleted":
        file_id = text_of(event, "file_id")
        return DeletedFile(team, file_id) if file_id else None
    channel, ts = text_of(event, "channel"), _deleted_ts(event)
    return DeletedMessage(team, channel, ts) if channel and ts else None


def _deleted_ts(event: Mapping[str, Any]) -> str:
    if event.get("subtype") == "message_deleted":
        return text_of(event, "deleted_ts")
    message = mapping(event.get("message"))
    if event.get("subtype") == "message_changed" and message.get("subtype") == "tombstone":
        return text_of(message, "ts")
    return ""


def event_time(ts: object, now: float) -> float:
    """Return the seconds since 1970 of a ts such as `1732633833.123456`; `now` for one that cannot be."""
    try:
        told = float(str(ts))
    except ValueError:
        return now
    return told if math.isfinite(told) and abs(now - told) <= LATEST_EVENT else now
