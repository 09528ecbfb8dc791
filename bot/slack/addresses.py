"""Where the bot's token may go.

An address is matched as a whole before any parser sees it: no user info, no escapes or foreign letters in the
host, no backslash or control character anywhere.  What matches has one reading only, so that the place that
was checked is the place that is asked.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin

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
    """Whether the bot's token may be sent to an address.

    True for https on `slack.com` and its subdomains, and for the very origin (scheme, host and port) of the
    configured API.  Strict on purpose: an address that could be read in two ways is refused.
    """
    origin = read_origin(url)
    if origin is None:
        return False
    is_slack = origin.scheme == "https" and origin.port == 443 and _SLACK_HOST.fullmatch(origin.host)
    return bool(is_slack) or origin == read_origin(api_url)


def follow_location(url: str, location: str) -> str | None:
    """Where a `Location` header, absolute or relative, leads from `url`.

    Returns:
        The address; None when it cannot be read in one way, or leads from https to http.
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
