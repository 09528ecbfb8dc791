"""The images of a post: from Slack's file objects, and from links, to frozen values.  Pure.

In Slack Connect a file may be a stub, `file_access: "check_file_info"`, until `files.info` is asked
(docs.slack.dev: File object).  A fresh file may come with an empty `mimetype` and `filetype`, until Slack has
scanned it (slackapi/node-slack-sdk #2040): its name has to do.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from bot.slack.text import mapping, text_of
from bot.text import short, tidy_name

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
    "image/vnd.adobe.photoshop", "image/x-photoshop", "image/vnd.dwg", "image/vnd.dxf", "image/x-xcf",
}
# fmt: on
_UNKNOWN_TYPES = {"", "application/octet-stream", "binary/octet-stream"}
_BLOCK_TYPES = {"png", "jpg", "jpeg", "gif"}  # docs.slack.dev: slack file object


class ImageSource(StrEnum):
    HOSTED = "hosted"
    EXTERNAL = "external"  # on a foreign host: the bot's token must never go there
    STUB = "stub"  # not known before `files.info` is asked (Slack Connect)
    UPLOAD = "upload"  # named by a form: whose it is, and where, is asked of `files.info`


@dataclass(frozen=True, slots=True)
class PostImage:
    key: str  # the file's id, or its link where it has none; unique within a post
    name: str  # the file's name or title: plain text of one line, at most 120 characters
    source: ImageSource
    file_id: str | None = None
    url: str | None = None  # where the bytes are; None for a stub
    alt: str | None = None  # the description that the poster gave
    usable_in_blocks: bool = False  # an `image` block takes it as `slack_file` (PNG, JPEG, GIF on Slack)


def from_file_info(file: Mapping[str, Any]) -> PostImage | None:
    """Read a file object of an event or of `files.info`: an image, a stub, or None when it is no image."""
    file_id = text_of(file, "id") or None
    kind, mode, source = _kind(file), text_of(file, "mode"), ImageSource.HOSTED
    url = text_of(file, "url_private_download") or text_of(file, "url_private")
    if file.get("file_access") == "check_file_info" or (file_id and not any(map(file.get, _TELLING))):
        source, url = ImageSource.STUB, ""
    elif kind is None or mode not in _FILE_MODES:
        return None
    elif mode == "external" or file.get("is_external") is True:
        source, url = ImageSource.EXTERNAL, text_of(file, "url_private")
        if not url.lower().startswith(("https://", "http://")):
            return None
    elif not url:  # not told yet
        source = ImageSource.STUB
    if not (key := file_id or url):
        return None
    return PostImage(
        key,
        name_of_file(file, fallback="image"),
        source,
        file_id,
        url or None,
        alt=short(tidy_name(text_of(file, "alt_txt")), ALT_LENGTH) or None,
        usable_in_blocks=source is ImageSource.HOSTED and file_id is not None and kind in _BLOCK_TYPES,
    )


def from_form(file: Mapping[str, Any]) -> PostImage | None:
    """A file that a form names (docs.slack.dev: file input element): nothing else of it is believed."""
    image = from_file_info(file)
    if image is None or image.file_id is None:
        return None
    return replace(image, source=ImageSource.UPLOAD, url=None, usable_in_blocks=False)


def from_link(link: str) -> PostImage:
    """Return a picture on the web, whose link may be named to Masko (see `is_public`)."""
    name = short(tidy_name(name_of(link)), NAME_LENGTH) or "image"
    return PostImage(link, name, ImageSource.EXTERNAL, url=link)


def from_slack_link(link: str) -> PostImage | None:
    """Return a stub for an address of Slack's that leads to a file; None for another one of Slack's.

    It is a `permalink`, `url_private` or a thumbnail; `files.info` has to tell what it leads to.
    """
    if not (found := _FILE_PATH.match(_path(link))):
        return None
    return replace(from_link(link), key=found["file"], file_id=found["file"], source=ImageSource.STUB)


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


def _kind(file: Mapping[str, Any]) -> str | None:
    """The kind of a picture, such as `png`; None for what is none.

    What Slack found in the bytes counts more than what the file is called.
    """
    mimetype = text_of(file, "mimetype").partition(";")[0].strip().lower()
    if mimetype.startswith("image/"):
        return None if mimetype in _NO_PICTURE_TYPES else mimetype.removeprefix("image/")
    if mimetype.startswith(("video/", "audio/")):
        return None
    called = [text_of(file, "filetype").lower()]
    if mimetype in _UNKNOWN_TYPES:
        called.append(_extension(file))
    return next((each for each in called if each in _PICTURE_TYPES), None)


def _extension(file: Mapping[str, Any]) -> str:
    return PurePosixPath(text_of(file, "name") or text_of(file, "title")).suffix.removeprefix(".").lower()


def name_of_file(file: Mapping[str, Any], *, fallback: str) -> str:
    names = (short(tidy_name(text_of(file, field)), NAME_LENGTH) for field in ("name", "title"))
    return next(filter(None, names), fallback)


PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "webp"})
"""Endings of what Masko takes by its address; anything else it would have to be converted for."""
LONGEST = 2000  # characters (Choice)

_IN_TEXT = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>]*)?>", re.IGNORECASE)
_LAST_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}", re.ASCII)
# fmt: off
_PRIVATE_NAMES = {
    # Special use (RFC 6761, RFC 6762, RFC 7686, RFC 8375), or kept out of the root zone by ICANN.
    "local", "localhost", "invalid", "test", "onion", "arpa", "internal", "corp", "home", "mail",
    # What company networks and clusters call their own.
    "lan", "localdomain", "intranet", "private", "svc", "pod", "cluster", "default", "consul", "docker",
}
# fmt: on
_UNICAST_V6 = ipaddress.ip_network("2000::/3")  # the only space that is given out (IANA)
_SPECIAL = tuple(
    # Protocols and Teredo, 6to4 and its relays, documentation (IANA's special-purpose registries).  What
    # maps or translates IPv4 otherwise (::/96, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48) is no unicast.
    ipaddress.ip_network(each)
    for each in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_SLACKS = (".slack.com", ".slack-files.com")
_FILE_PATH = re.compile(r"/(?:files/[A-Z0-9]+/|files-(?:pri|tmb)/[A-Z0-9]+-)(?P<file>F[A-Z0-9]+)(?![A-Z0-9])")
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"(?:[/?#][^\x00-\x1f\x7f\\\ud800-\udfff]*)?",
    re.ASCII | re.IGNORECASE,
)
_SLACK_HOST = re.compile(r"(?:[a-z0-9_-]+\.)*slack\.com", re.ASCII)


class Origin(NamedTuple):
    """Scheme and host in lower case; the port also where the address leaves it out."""

    scheme: str
    host: str
    port: int


def read_origin(url: str) -> Origin | None:
    """The origin of a plain http or https address; None for anything else."""
    address = _ADDRESS.fullmatch(url)
    if address is None:
        return None
    scheme = address["scheme"].lower()
    port = int(address["port"] or (443 if scheme == "https" else 80))
    return Origin(scheme, address["host"].lower(), port)


def may_see_token(url: str, api_url: str) -> bool:
    """Return whether the bot's token may be sent to `url`: https on slack.com or below, or the API's."""
    if (origin := read_origin(url)) is None:
        return False
    is_slack = origin.scheme == "https" and origin.port == 443 and _SLACK_HOST.fullmatch(origin.host)
    return bool(is_slack) or origin == read_origin(api_url)


def picture_links(text: str) -> Iterator[str]:
    """Return the links of a text that end like a picture's, and Slack's own addresses of files.

    In the text they stand as `<https://…|label>`, `&` escaped (docs.slack.dev: Formatting message text).
    """
    for found in _IN_TEXT.finditer(text):
        link = found[1].replace("&amp;", "&")
        if _ends_like_picture(link):
            yield link


def beside_links(text: str) -> str:
    return _IN_TEXT.sub(" ", text).strip()


def is_picture(link: str) -> bool:
    """Whether a link's path ends like a picture's, and it is none of Slack's own: those need a login."""
    return _ends_like_picture(link) and not is_slacks(link)


def is_slacks(link: str) -> bool:
    """Whether an address is Slack's own: of a file, a message or a page (docs.slack.dev: file object)."""
    origin = read_origin(link)
    return origin is not None and f".{origin.host.rstrip('.')}".endswith(_SLACKS)


def _ends_like_picture(link: str) -> bool:
    return PurePosixPath(_path(link)).suffix.removeprefix(".").lower() in PICTURES


def _path(link: str) -> str:
    try:
        return urlsplit(link).path
    except ValueError:  # a bracket that is no IPv6 address
        return ""


def is_public(link: str, own_origin: str | None = None) -> bool:
    """Return whether a link may be named to Masko: http(s) to a public host, or to `own_origin`."""
    origin = read_origin(link)
    if origin is None or len(link) > LONGEST:
        return False
    if own_origin is not None and origin == read_origin(own_origin):
        return True
    host = origin.host.removesuffix(".")  # the root, which may be written
    try:
        if host.startswith("["):
            return _is_public_address(ipaddress.IPv6Address(host.strip("[]")))
        return _is_public_address(ipaddress.IPv4Address(host))
    except ValueError:
        return _is_public_name(host)


def name_of(link: str) -> str:
    """What to call the picture behind a link: the end of its path, else its host."""
    origin = read_origin(link)
    return PurePosixPath(unquote(_path(link))).name or (origin.host if origin else "link")


def _is_public_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if any(address in each for each in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address in _UNICAST_V6
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_public_name(host: str) -> bool:
    """Return whether its last label may be a top-level domain: `0x7f.1`, `127.1` are disguised addresses."""
    *labels, last = host.split(".")
    return bool(labels and all(labels) and _LAST_LABEL.fullmatch(last)) and last not in _PRIVATE_NAMES
