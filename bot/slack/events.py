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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

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

Payload = Mapping[str, Any]

_SUBTYPES = (None, "file_share", "thread_broadcast", "me_message")

LATEST_EVENT = 25 * 3600.0
"""Seconds: an event may come a day late (docs.slack.dev: Events API, "Delayed events"), and clocks differ."""

_GONE_MODES = {"tombstone", "hidden_by_limit", "file_access"}  # nothing left that could be named


@dataclass(frozen=True, slots=True)
class Post:
    """A person's post, and the images in it.

    An image is known everywhere by (`team`, `channel`, `ts`, `PostImage.key`): a `message`, the `app_mention`
    beside it, and a second delivery give the same four.
    """

    team: str  # the workspace that the bot is installed in
    channel: str
    ts: str
    user: str
    thread_ts: str | None = None  # the root's for a reply
    text: str = ""
    images: tuple[PostImage, ...] = ()  # in the order of the post, each key once
    other_files: tuple[str, ...] = ()  # names of attached files that are no images
    is_direct: bool = False  # in a person's conversation with the bot alone; a group DM is among people
    mentions_bot: bool = False
    from_outside: bool = False  # the poster belongs to another organisation (Slack Connect)
    among_strangers: bool = False  # other workspaces here are no part of our own Enterprise Grid
    in_passing: bool = False  # has only links among words: where nothing comes of them, nobody has to know

    @property
    def root_ts(self) -> str:
        """The ts of the thread that this post is in, or would start."""
        return self.thread_ts or self.ts


def read_post(
    body: Payload, *, team: str, bot_user_id: str | None = None, own_origin: str | None = None
) -> Post | None:
    """Read the body of an `event_callback`.

    Returns the post, also without images (a mention or a DM deserves an answer); None for what is no person's
    new post: other events, edits, deletions, posts of bots, bad shapes.

    Args:
        team: the workspace that the bot is installed in, and answers as.
        own_origin: the Web API's address: links to it are followed although its host may not be public.
    """
    body = mapping(body)
    event = _as_posted(mapping(body.get("event")))
    channel, ts, user = text_of(event, "channel"), text_of(event, "ts"), text_of(event, "user")
    if not (channel and ts and user) or not _is_new_post_of_a_person(event, bot_user_id):
        return None
    text, files = text_of(event, "text"), tuple(_attached_files(event))
    linked = [*_linked(picture_links(text), own_origin)]
    shown = [*_linked(_shown(event), own_origin)]
    mentioned = beside_links(text) or all(image.source is ImageSource.STUB for image in linked)
    mentions_bot = _mentions_bot(event, bot_user_id)
    where = team, channel, ts, user, _thread_ts(event)
    return Post(
        *where,
        text,
        _images(files, [*linked, *shown]),
        _other_files(files),
        is_direct=channel.startswith("D"),
        mentions_bot=mentions_bot,
        from_outside=_is_outside(body, team, _team_of_poster(event)),
        among_strangers=_is_outside(body, team, "any other workspace"),
        in_passing=bool(linked and mentioned) and not (files or shown or mentions_bot),
    )


def read_shortcut(body: Payload, *, team: str, own_origin: str | None = None) -> Post | None:
    """Read the body of a `message_action` (docs.slack.dev: Shortcuts interaction payloads) like `read_post`.

    Returns the message with its images, as if whoever used the shortcut had posted it (only people of the
    workspace are offered shortcuts); None for bad shapes.
    """
    body = mapping(body)
    message = mapping(body.get("message"))
    channel, user = text_of(mapping(body.get("channel")), "id"), text_of(mapping(body.get("user")), "id")
    ts = text_of(message, "ts") or text_of(body, "message_ts")
    if not (channel and ts and user):
        return None
    text, files = text_of(message, "text"), tuple(_attached_files(message))
    linked = _linked((*picture_links(text), *_shown(message)), own_origin)
    images = _images(files, (image for image in linked if image.source is not ImageSource.STUB))
    return Post(team, channel, ts, user, _thread_ts(message), text, images, _other_files(files))


def _as_posted(event: Payload) -> Payload:
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
    kept = {name: event[name] for name in ("channel", "channel_type") if name in event}
    kept |= {"type": "message", "files": added, "text": "", "blocks": [], "attachments": []}
    return {**message, **kept}


def read_thread(
    messages: Iterable[Payload], *, team: str, channel: str, bot_user_id: str | None, own_origin: str | None
) -> list[Post]:
    """Return the posts with images by people in a thread (docs.slack.dev: conversations.replies).

    Slack does not tell there whether a channel is shared, so every other workspace counts as outside.
    """
    bodies = ({"event": {**mapping(message), "channel": channel}} for message in messages)
    posts = (read_post(each, team=team, bot_user_id=bot_user_id, own_origin=own_origin) for each in bodies)
    return [post for post in posts if post and post.images]


def _is_new_post_of_a_person(event: Payload, bot_user_id: str | None) -> bool:
    return (
        event.get("type") in ("message", "app_mention")
        and event.get("subtype") in _SUBTYPES
        and not (event.get("hidden") or event.get("bot_id") or event.get("bot_profile"))
        and event.get("user") not in ("USLACKBOT", bot_user_id)
    )


def _thread_ts(message: Payload) -> str | None:
    thread_ts = text_of(message, "thread_ts")
    return thread_ts if thread_ts and thread_ts != message.get("ts") else None


def _attached_files(event: Payload) -> Iterator[Payload]:
    yield from mappings(event.get("files"))
    for attachment in mappings(event.get("attachments")):
        if attachment.get("is_share") or attachment.get("is_msg_unfurl"):
            yield from mappings(attachment.get("files"))


def _linked(links: Iterable[str], own_origin: str | None) -> Iterator[PostImage]:
    """The images behind addresses: files of Slack's, and what is public."""
    for link in links:
        if is_slacks(link):
            if image := from_slack_link(link):
                yield image
        elif is_public(link, own_origin):
            yield from_link(link)


def _shown(event: Payload) -> Iterator[str]:
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


def _images(files: tuple[Payload, ...], linked: Iterable[PostImage]) -> tuple[PostImage, ...]:
    images: dict[str, PostImage] = {}
    for image in (*map(from_file_info, files), *linked):
        if image is not None:
            images.setdefault(image.key, image)
    return tuple(images.values())


def _other_files(files: tuple[Payload, ...]) -> tuple[str, ...]:
    return tuple(
        name_of_file(file, fallback="file")
        for file in files
        if text_of(file, "id") and text_of(file, "mode") not in _GONE_MODES and from_file_info(file) is None
    )


def _mentions_bot(event: Payload, bot_user_id: str | None) -> bool:
    text = text_of(event, "text")
    named = bot_user_id and (f"<@{bot_user_id}>" in text or f"<@{bot_user_id}|" in text)
    return bool(named) or event.get("type") == "app_mention"


def _team_of_poster(event: Payload) -> str | None:
    told = (text_of(event, "user_team"), text_of(event, "source_team"), text_of(event, "team"))
    own_files = (file for file in mappings(event.get("files")) if file.get("user") == event.get("user"))
    return next(filter(None, (*told, *(text_of(file, "user_team") for file in own_files))), None)


def _is_outside(body: Payload, team: str, user_team: str | None) -> bool:
    """Return whether the poster is of another organisation; an unknown workspace counts as ours.

    In a channel that is not shared with another organisation, it is of our own Enterprise Grid.
    """
    enterprise = _enterprise(body, team)
    if user_team is None or user_team in (team, enterprise):
        return False
    return body.get("is_ext_shared_channel") is True or enterprise is None


def _enterprise(body: Payload, team: str) -> str | None:
    """Our organisation's id; an authorization may speak of the other side's installation."""
    ours = (a for a in mappings(body.get("authorizations")) if a.get("team_id") in (team, None))
    return next(filter(None, (text_of(authorization, "enterprise_id") for authorization in ours)), None)


class Deletion(NamedTuple):
    """A message that is no more in a channel, or a file that is no more anywhere."""

    team: str
    channel: str = ""
    ts: str = ""
    file_id: str = ""


def read_deletion(body: Payload, *, team: str) -> Deletion | None:
    """Read the body of an `event_callback`; None for what deletes nothing."""
    event = mapping(mapping(body).get("event"))
    message, channel, ts = mapping(event.get("message")), text_of(event, "channel"), ""
    match event.get("type"), event.get("subtype"), message.get("subtype"):
        case "file_deleted", _, _:
            file_id = text_of(event, "file_id")
            return Deletion(team, file_id=file_id) if file_id else None
        case _, "message_deleted", _:
            ts = text_of(event, "deleted_ts")
        case _, "message_changed", "tombstone":
            ts = text_of(message, "ts")
    return Deletion(team, channel, ts) if channel and ts else None


def event_time(ts: object, now: float) -> float:
    """Return the seconds since 1970 of a ts such as `1732633833.123456`; `now` for one that cannot be."""
    try:
        told = float(str(ts))
    except ValueError:
        return now
    return told if math.isfinite(told) and abs(now - told) <= LATEST_EVENT else now
