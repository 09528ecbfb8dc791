"""Which images does an event carry?

Pure functions from what Slack sends (an `event_callback` body, a file object) to frozen values; nothing here
asks Slack for anything, and no JSON of any shape makes them raise.

Taken: files attached to a post, and files of a post that was forwarded.  Not taken yet: the picture of an
unfurled link (`attachments[].image_url`), `image` blocks and plain links in the text.

Facts, with where they come from:

- `message` with subtype `file_share` carries the files themselves (docs.slack.dev: file_share message); one
  in a channel comes without `event.team` (slackapi/slack-api-specs #62).
- In Slack Connect a file may be a stub, `file_access: "check_file_info"`, until `files.info` is asked
  (docs.slack.dev: File object, Slack Connect files).
- A fresh file may come with an empty `mimetype` and `filetype`, until Slack has scanned it
  (slackapi/node-slack-sdk #2040): its name has to do.
- `user_team`, `source_team`: the workspaces of the poster and of the message, in channels that several
  workspaces share (docs.slack.dev: Supporting and developing apps in Enterprise Grid).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

NAME_LENGTH = 120
ALT_LENGTH = 2000  # docs.slack.dev: image block, alt_text

ChannelType = Literal["channel", "group", "im", "mpim", ""]

_SUBTYPES = {None, "file_share", "thread_broadcast", "me_message"}
_CHANNEL_TYPES: dict[str, ChannelType] = {kind: kind for kind in get_args(ChannelType)}

_FILE_MODES = {"", "hosted", "external"}  # others (snippet, post, email, quip, canvas, list …) hold text
_GONE_MODES = {"tombstone", "hidden_by_limit", "file_access"}  # nothing left that could be named

# fmt: off
_PICTURE_TYPES = {
    "png", "apng", "jpg", "jpeg", "jfif", "gif", "webp", "heic", "heif", "avif", "tif", "tiff", "bmp", "svg",
}
_NO_PICTURE_TYPES = {
    "image/vnd.adobe.photoshop", "image/x-photoshop", "image/photoshop", "image/psd", "image/x-psd",
    "image/vnd.dwg", "image/vnd.dxf", "image/x-xcf",
}
# fmt: on
_UNKNOWN_TYPES = {"", "application/octet-stream", "binary/octet-stream"}
_BLOCK_TYPES = {"png", "jpg", "jpeg", "gif"}  # docs.slack.dev: slack file object

_HIDDEN = {"Cc", "Cf", "Cs", "Co"}  # control, format (bidi among them), surrogate, private use
_JOINERS = "\u200c\u200d"  # format characters, but emoji and Persian are spelled with them


class ImageSource(StrEnum):
    """Where the bytes of an image are."""

    HOSTED = "hosted"
    EXTERNAL = "external"
    """On a foreign host: the bot's token must never go there."""
    STUB = "stub"
    """Not known before `files.info` is asked (Slack Connect)."""


@dataclass(frozen=True, slots=True)
class PostImage:
    """One image of a post.

    Attributes:
        key: The file's id, or its link where it has none; unique within a post.
        file_id: The id to ask `files.info` or to show through a block's `slack_file`.
        name: The file's name or title for people: plain text of one line, at most 120 characters.
        source: Who holds the bytes.
        url: Where the bytes are; None for a stub.
        mimetype: As Slack says it, lower case; may be "" and may be wrong.
        size: Bytes, as Slack says it.
        alt: The description that the poster gave, for people who do not see the picture.
        usable_in_blocks: True when an `image` block takes it as `slack_file` (PNG, JPEG, GIF on Slack).
    """

    key: str
    file_id: str | None
    name: str
    source: ImageSource
    url: str | None
    mimetype: str
    size: int | None
    alt: str | None
    usable_in_blocks: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A person's post, and the images in it.

    One image is known everywhere by (`team`, `channel`, `ts`, `PostImage.key`): a `message` and the
    `app_mention` beside it, or a second delivery, give the same four.

    Attributes:
        team: The workspace that the bot is installed in.
        thread_ts: The root post's ts for a reply; None for a post of its own.
        user_team: The poster's workspace, where Slack tells it.
        images: In the order of the post, each key once.
        other_files: Names of attached files that are no images.
        mentions_bot: True when the post names the bot.
        from_outside: True when the poster belongs to another organisation (Slack Connect).
        among_strangers: Another workspace than `team` would be another organisation's here; False where
            it may be a further workspace of our own Enterprise Grid.
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

    @property
    def root_ts(self) -> str:
        """The ts of the thread that this post is in, or would start."""
        return self.thread_ts or self.ts

    @property
    def is_direct(self) -> bool:
        """True in a person's conversation with the bot alone; a group DM is among people."""
        return self.channel_type == "im"


def read_post(body: Mapping[str, Any], *, team: str, bot_user_id: str | None = None) -> Post | None:
    """Read the body of an `event_callback`.

    Args:
        body: The whole body as Slack sent it, `event` inside.
        team: The workspace that the bot is installed in, and answers as.
        bot_user_id: The bot's own user id, to know its posts and its mentions.

    Returns:
        The post, also one without any image (a mention or a DM deserves an answer); None for what is no
        person's new post: other events, edits and deletions, hidden messages, posts of bots, bad shapes.
    """
    event = _mapping(_mapping(body).get("event"))
    channel, ts, user = _text(event, "channel"), _text(event, "ts"), _text(event, "user")
    if not (channel and ts and user) or not _is_new_post_of_a_person(event, bot_user_id):
        return None
    files = tuple(_attached_files(event))
    thread_ts = _text(event, "thread_ts")
    user_team = _team_of_poster(event)
    return Post(
        team=team,
        channel=channel,
        channel_type=_CHANNEL_TYPES.get(_text(event, "channel_type"), ""),
        ts=ts,
        thread_ts=thread_ts if thread_ts and thread_ts != ts else None,
        user=user,
        user_team=user_team,
        text=_text(event, "text"),
        images=_images(files),
        other_files=_other_files(files),
        mentions_bot=_mentions_bot(event, bot_user_id),
        from_outside=_is_outside(_mapping(body), team, user_team),
        among_strangers=_is_outside(_mapping(body), team, "any other workspace"),
    )


def from_file_info(file: Mapping[str, Any]) -> PostImage | None:
    """Read a file object: one of an event, or the `file` in the answer of `files.info`.

    Returns:
        The image; a stub again when Slack still tells no more than the id; None when it is no image.
    """
    file = _mapping(file)
    file_id = _text(file, "id") or None
    if file.get("file_access") == "check_file_info":
        return _stub(file, file_id) if file_id else None
    mode = _text(file, "mode")
    if mode not in _FILE_MODES or not _is_picture(file):
        return None
    if mode == "external" or file.get("is_external") is True:
        return _external(file, file_id)
    return _hosted(file, file_id)


def _is_new_post_of_a_person(event: Mapping[str, Any], bot_user_id: str | None) -> bool:
    subtype = event.get("subtype")
    return (
        event.get("type") in ("message", "app_mention")
        and (subtype is None or (isinstance(subtype, str) and subtype in _SUBTYPES))
        and not (event.get("hidden") or event.get("bot_id") or event.get("bot_profile"))
        and event.get("user") not in ("USLACKBOT", bot_user_id)
    )


def _attached_files(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _mappings(event.get("files"))
    for attachment in _mappings(event.get("attachments")):
        if attachment.get("is_share") or attachment.get("is_msg_unfurl"):
            yield from _mappings(attachment.get("files"))


def _images(files: tuple[Mapping[str, Any], ...]) -> tuple[PostImage, ...]:
    images: dict[str, PostImage] = {}
    for image in map(from_file_info, files):
        if image is not None:
            images.setdefault(image.key, image)
    return tuple(images.values())


def _other_files(files: tuple[Mapping[str, Any], ...]) -> tuple[str, ...]:
    return tuple(
        _name(file, fallback="file")
        for file in files
        if _text(file, "id") and _text(file, "mode") not in _GONE_MODES and from_file_info(file) is None
    )


def _stub(file: Mapping[str, Any], file_id: str) -> PostImage:
    return _image(file, file_id, key=file_id, source=ImageSource.STUB)


def _external(file: Mapping[str, Any], file_id: str | None) -> PostImage | None:
    url = _text(file, "url_private")
    if not url.lower().startswith(("https://", "http://")):
        return None
    return _image(file, file_id, key=file_id or url, source=ImageSource.EXTERNAL, url=url)


def _hosted(file: Mapping[str, Any], file_id: str | None) -> PostImage | None:
    url = _text(file, "url_private_download") or _text(file, "url_private")
    if url:
        return _image(file, file_id, key=file_id or url, source=ImageSource.HOSTED, url=url)
    return _stub(file, file_id) if file_id else None  # an image whose address is not told yet


def _image(
    file: Mapping[str, Any], file_id: str | None, *, key: str, source: ImageSource, url: str | None = None
) -> PostImage:
    return PostImage(
        key=key,
        file_id=file_id,
        name=_name(file, fallback="image"),
        source=source,
        url=url,
        mimetype=_mimetype(file),
        size=_size(file.get("size")),
        alt=_one_line(_text(file, "alt_txt"), ALT_LENGTH) or None,
        usable_in_blocks=source is ImageSource.HOSTED and file_id is not None and _kind(file) in _BLOCK_TYPES,
    )


def _is_picture(file: Mapping[str, Any]) -> bool:
    """What Slack found in the bytes counts more than what the file is called."""
    mimetype = _mimetype(file)
    if mimetype.startswith("image/"):
        return mimetype not in _NO_PICTURE_TYPES
    if mimetype.startswith(("video/", "audio/")):
        return False
    if _text(file, "filetype").lower() in _PICTURE_TYPES:
        return True
    return mimetype in _UNKNOWN_TYPES and _extension(file) in _PICTURE_TYPES


def _kind(file: Mapping[str, Any]) -> str:
    mimetype = _mimetype(file)
    if mimetype.startswith("image/"):
        return mimetype.removeprefix("image/")
    filetype = _text(file, "filetype").lower()
    return filetype if filetype in _PICTURE_TYPES else _extension(file)


def _mimetype(file: Mapping[str, Any]) -> str:
    return _text(file, "mimetype").partition(";")[0].strip().lower()


def _extension(file: Mapping[str, Any]) -> str:
    return PurePosixPath(_text(file, "name") or _text(file, "title")).suffix.removeprefix(".").lower()


def _name(file: Mapping[str, Any], *, fallback: str) -> str:
    names = (_one_line(_text(file, field), NAME_LENGTH) for field in ("name", "title"))
    return next(filter(None, names), fallback)


def _one_line(text: str, length: int) -> str:
    """Text that cannot reorder, hide or break the line it is shown in, cut to `length` characters."""
    shown = (c for c in " ".join(text.split()) if c in _JOINERS or unicodedata.category(c) not in _HIDDEN)
    line = " ".join("".join(shown).split())
    line = line if line.strip(_JOINERS + " ") else ""
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _mentions_bot(event: Mapping[str, Any], bot_user_id: str | None) -> bool:
    if event.get("type") == "app_mention":
        return True
    text = _text(event, "text")
    return bool(bot_user_id) and (f"<@{bot_user_id}>" in text or f"<@{bot_user_id}|" in text)


def _team_of_poster(event: Mapping[str, Any]) -> str | None:
    told = (_text(event, "user_team"), _text(event, "source_team"), _text(event, "team"))
    own_files = (file for file in _mappings(event.get("files")) if file.get("user") == event.get("user"))
    return next(filter(None, (*told, *(_text(file, "user_team") for file in own_files))), None)


def _is_outside(body: Mapping[str, Any], team: str, user_team: str | None) -> bool:
    """Whether the poster's organisation is another one.

    A workspace that Slack does not tell counts as ours.  In a channel that is not marked as shared with
    another organisation, a foreign workspace of our own Enterprise Grid is inside.
    """
    enterprise = _enterprise(body, team)
    if user_team is None or user_team in (team, enterprise):
        return False
    return body.get("is_ext_shared_channel") is True or enterprise is None


def _enterprise(body: Mapping[str, Any], team: str) -> str | None:
    """Our organisation's id; an authorization may speak of the other side's installation."""
    ours = (a for a in _mappings(body.get("authorizations")) if a.get("team_id") in (team, None))
    return next(filter(None, (_text(authorization, "enterprise_id") for authorization in ours)), None)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    return (
        (item for item in value if isinstance(item, Mapping)) if isinstance(value, list | tuple) else iter(())
    )


def _text(mapping: Mapping[str, Any], field: str) -> str:
    value = mapping.get(field)
    return value if isinstance(value, str) else ""
