"""The images of a post: from Slack's file objects, and from links, to frozen values.  Pure.

In Slack Connect a file may be a stub, `file_access: "check_file_info"`, until `files.info` is asked
(docs.slack.dev: File object).  A fresh file may come with an empty `mimetype` and `filetype`, until Slack has
scanned it (slackapi/node-slack-sdk #2040): its name has to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

from bot.slack.links import name_of, slack_file
from bot.slack.text import mapping, text_of
from bot.text import tidy_name

NAME_LENGTH = 120
ALT_LENGTH = 2000  # docs.slack.dev: image block, alt_text

_TELLING = ("mode", "name", "title", "mimetype", "filetype", "url_private", "url_private_download")
"""Fields of which a file object has at least one; a file may come with its id alone [seen, undocumented]."""
_FILE_MODES = {"", "hosted", "external"}  # others (snippet, post, email, quip, canvas, list …) hold text

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


class ImageSource(StrEnum):
    """Where the bytes of an image are."""

    HOSTED = "hosted"
    EXTERNAL = "external"
    """On a foreign host: the bot's token must never go there."""
    STUB = "stub"
    """Not known before `files.info` is asked (Slack Connect)."""
    UPLOAD = "upload"
    """Named by a form: whose it is, and where, is asked of `files.info`."""


@dataclass(frozen=True, slots=True)
class PostImage:
    """One image of a post.

    Attributes:
        key: the file's id, or its link where it has none; unique within a post.
        name: the file's name or title: plain text of one line, at most 120 characters.
        url: where the bytes are; None for a stub.
        mimetype: as Slack says it, lower case; may be "" and may be wrong.
        size: bytes, as Slack says it.
        alt: the description that the poster gave.
        usable_in_blocks: an `image` block takes it as `slack_file` (PNG, JPEG, GIF on Slack).
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


def from_file_info(file: Mapping[str, Any]) -> PostImage | None:
    """Read a file object of an event or of `files.info`: an image, a stub, or None when it is no image."""
    file = mapping(file)
    file_id = text_of(file, "id") or None
    mode, source = text_of(file, "mode"), ImageSource.HOSTED
    url = text_of(file, "url_private_download") or text_of(file, "url_private")
    if file.get("file_access") == "check_file_info" or (file_id and not any(map(file.get, _TELLING))):
        source, url = ImageSource.STUB, ""
    elif mode not in _FILE_MODES or not _is_picture(file):
        return None
    elif mode == "external" or file.get("is_external") is True:
        source, url = ImageSource.EXTERNAL, text_of(file, "url_private")
        if not url.lower().startswith(("https://", "http://")):
            return None
    elif not url:  # not told yet
        source = ImageSource.STUB
    key = file_id or url
    return _image(file, file_id, key=key, source=source, url=url or None) if key else None


def from_form(file: Mapping[str, Any]) -> PostImage | None:
    """A file that a form names (docs.slack.dev: file input element): nothing else of it is believed."""
    file = mapping(file)
    file_id = text_of(file, "id")
    if not file_id or from_file_info(file) is None:
        return None
    return _image(file, file_id, key=file_id, source=ImageSource.UPLOAD)


def from_link(link: str) -> PostImage:
    """A picture on the web; that the link may be named to Masko has been checked (`bot.slack.links`)."""
    return PostImage(
        key=link,
        file_id=None,
        name=_one_line(name_of(link), NAME_LENGTH) or "image",
        source=ImageSource.EXTERNAL,
        url=link,
        mimetype="",
        size=None,
        alt=None,
        usable_in_blocks=False,
    )


def from_slack_link(link: str) -> PostImage | None:
    """Return a stub for Slack's address of a file, since `files.info` has to tell what it is; else None."""
    file_id = slack_file(link)
    return (
        replace(from_link(link), key=file_id, file_id=file_id, source=ImageSource.STUB) if file_id else None
    )


def is_seen(file: Mapping[str, Any], channel: str, user: str) -> bool:
    """Return whether a user in a channel sees a file there: it is theirs, or was shared to it.

    `file`: as `files.info` answers (docs.slack.dev: file object).
    """
    shares = mapping(file.get("shares"))
    places = [file.get(name) for name in ("channels", "groups", "ims")]
    places += [shares.get(name) for name in ("public", "private")]
    return file.get("user") == user or any(
        isinstance(place, list | tuple | Mapping) and channel in place for place in places
    )


def _image(
    file: Mapping[str, Any], file_id: str | None, *, key: str, source: ImageSource, url: str | None = None
) -> PostImage:
    return PostImage(
        key=key,
        file_id=file_id,
        name=name_of_file(file, fallback="image"),
        source=source,
        url=url,
        mimetype=_mimetype(file),
        size=_size(file.get("size")),
        alt=_one_line(text_of(file, "alt_txt"), ALT_LENGTH) or None,
        usable_in_blocks=source is ImageSource.HOSTED and file_id is not None and _kind(file) in _BLOCK_TYPES,
    )


def _is_picture(file: Mapping[str, Any]) -> bool:
    """What Slack found in the bytes counts more than what the file is called."""
    mimetype = _mimetype(file)
    if mimetype.startswith("image/"):
        return mimetype not in _NO_PICTURE_TYPES
    if mimetype.startswith(("video/", "audio/")):
        return False
    if text_of(file, "filetype").lower() in _PICTURE_TYPES:
        return True
    return mimetype in _UNKNOWN_TYPES and _extension(file) in _PICTURE_TYPES


def _kind(file: Mapping[str, Any]) -> str:
    mimetype = _mimetype(file)
    if mimetype.startswith("image/"):
        return mimetype.removeprefix("image/")
    filetype = text_of(file, "filetype").lower()
    return filetype if filetype in _PICTURE_TYPES else _extension(file)


def _mimetype(file: Mapping[str, Any]) -> str:
    return text_of(file, "mimetype").partition(";")[0].strip().lower()


def _extension(file: Mapping[str, Any]) -> str:
    return PurePosixPath(text_of(file, "name") or text_of(file, "title")).suffix.removeprefix(".").lower()


def name_of_file(file: Mapping[str, Any], *, fallback: str) -> str:
    names = (_one_line(text_of(file, field), NAME_LENGTH) for field in ("name", "title"))
    return next(filter(None, names), fallback)


def _one_line(text: str, length: int) -> str:
    """Text that cannot reorder, hide or break the line it is shown in, cut to `length` characters."""
    line = tidy_name(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
