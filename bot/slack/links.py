"""Pictures that are somewhere on the web: which links of a post name one.  Pure.

Masko fetches them; this program never does.  So that nobody makes it ask for what only its own network can
see, only public hosts are named to it; the one exception is the origin of the configured Web API, which is
public in life and the sandbox in a sandbox.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from bot.slack.addresses import read_origin

PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "webp"})
"""Endings of what Masko takes by its address; anything else it would have to be converted for."""
LONGEST = 2000  # characters (Choice)

_IN_TEXT = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>]*)?>", re.IGNORECASE)
_PRIVATE_NAMES = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa", ".corp", ".test")


def picture_links(text: str) -> Iterator[str]:
    """The links in a post's text that end like a picture's.

    Args:
        text: as Slack sends it: links as `<https://…|label>`, `&` escaped (docs.slack.dev: Formatting message
            text).
    """
    for found in _IN_TEXT.finditer(text):
        link = found[1].replace("&amp;", "&")
        if is_picture(link):
            yield link


def is_picture(link: str) -> bool:
    """Whether a link's path ends like a picture's."""
    try:
        path = urlsplit(link).path
    except ValueError:  # a bracket that is no IPv6 address
        return False
    return PurePosixPath(path).suffix.removeprefix(".").lower() in PICTURES


def is_public(link: str, own_origin: str | None = None) -> bool:
    """Whether a link may be named to Masko: http(s), to a host that everybody sees.

    Args:
        link: any text.
        own_origin: an address whose origin is allowed as well.
    """
    origin = read_origin(link)
    if origin is None or len(link) > LONGEST:
        return False
    if own_origin is not None and origin == read_origin(own_origin):
        return True
    host = origin.host.strip("[]").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return _is_public_name(host)


def name_of(link: str) -> str:
    """What to call the picture behind a link: the end of its path, else its host."""
    try:
        parts = urlsplit(link)
    except ValueError:  # a bracket that is no IPv6 address
        return "link"
    return PurePosixPath(unquote(parts.path)).name or parts.hostname or "link"


def _is_public_name(host: str) -> bool:
    """A name with a dot whose last part is no number: `0x7f.1` and `127.1` are addresses in disguise."""
    last = host.rpartition(".")[2]
    in_disguise = last.isdigit() or last.startswith("0x")
    return "." in host and not in_disguise and not f".{host}".endswith(_PRIVATE_NAMES)
