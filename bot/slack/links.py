"""Addresses: where the bot's token may go, and which links of a post name a picture.  Pure.

An address is matched as a whole before any parser sees it: no user info, no escapes or foreign letters in the
host, no backslash or control character.  What matches has one reading only.

Masko fetches pictures on the web, this program never does.  So that nobody makes Masko ask for what
only its own
network sees, only public host names are passed on.  What a name resolves to is for Masko to judge.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

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
_MISREAD = re.compile(r"[\x00-\x1f\x7f\\]")
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
    """Return whether the bot's token may be sent to an address: https on `slack.com` and its subdomains,
    or the very
    origin of the configured API.
    """
    origin = read_origin(url)
    if origin is None:
        return False
    is_slack = origin.scheme == "https" and origin.port == 443 and _SLACK_HOST.fullmatch(origin.host)
    return bool(is_slack) or origin == read_origin(api_url)


def follow_location(url: str, location: str) -> str | None:
    """Return where a `Location` header leads from `url`; None when it is ambiguous, or leads from https
    to http.
    """
    if _MISREAD.search(location):
        return None
    try:
        target = urljoin(url, location)
    except ValueError:  # a bracket that is no IPv6 address
        return None
    before, after = read_origin(url), read_origin(target)
    if before is None or after is None or (before.scheme, after.scheme) == ("https", "http"):
        return None
    return target


def picture_links(text: str) -> Iterator[str]:
    """Return the links of a text that end like a picture's, and Slack's own addresses of files.

    In the text they stand as `<https://…|label>`, `&` escaped (docs.slack.dev: Formatting message text).
    """
    for found in _IN_TEXT.finditer(text):
        link = found[1].replace("&amp;", "&")
        if _ends_like_picture(link):
            yield link


def beside_links(text: str) -> str:
    """What a post says besides its links."""
    return _IN_TEXT.sub(" ", text).strip()


def is_picture(link: str) -> bool:
    """Whether a link's path ends like a picture's, and it is none of Slack's own: those need a login."""
    return _ends_like_picture(link) and not is_slacks(link)


def is_slacks(link: str) -> bool:
    """Whether an address is Slack's own: of a file, a message or a page (docs.slack.dev: file object)."""
    origin = read_origin(link)
    return origin is not None and f".{origin.host.rstrip('.')}".endswith(_SLACKS)


def slack_file(link: str) -> str | None:
    """The id of the file that an address of Slack's leads to: `permalink`, `url_private` or a thumbnail."""
    found = _FILE_PATH.match(urlsplit(link).path) if is_slacks(link) else None
    return found["file"] if found else None


def _ends_like_picture(link: str) -> bool:
    try:
        path = urlsplit(link).path
    except ValueError:  # a bracket that is no IPv6 address
        return False
    return PurePosixPath(path).suffix.removeprefix(".").lower() in PICTURES


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
    try:
        parts = urlsplit(link)
    except ValueError:  # a bracket that is no IPv6 address
        return "link"
    return PurePosixPath(unquote(parts.path)).name or parts.hostname or "link"


def _is_public_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if any(address in each for each in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address in _UNICAST_V6
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_public_name(host: str) -> bool:
    """Return whether it is a name of several labels under a possible top-level domain, which never ends
    in a digit:
    `0x7f.1` and `127.1` are addresses in disguise.
    """
    labels = host.split(".")
    last = labels[-1]
    return (
        len(labels) > 1
        and all(labels)
        and _LAST_LABEL.fullmatch(last) is not None
        and last not in _PRIVATE_NAMES
    )
