"""Proxy variables, as curl and most programs read them: which proxy, and what is reached without.  Pure.

Conventions differ in details; these are curl's (curl.se: Everything curl, Proxy environment variables), and
address ranges as in Python's `requests` and Go.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Range = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"(?:\*?\.)?(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?", re.ASCII)
_WITH_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d{1,5}))?")


def proxy_address(told: str) -> str:
    """The address of an HTTP proxy; `proxy:3128` counts as `http://proxy:3128`.

    Raises:
        ValueError: it is none; the words hold nothing of what was told, a password perhaps.
    """
    wrong = ValueError("should be the address of an HTTP proxy, such as http://proxy:3128")
    try:
        parts = urlsplit(told if "://" in told else f"http://{told}")
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a bracket that is no IPv6 address, a port that is no number
        raise wrong from None
    if parts.scheme.startswith("socks"):
        raise ValueError("SOCKS is not supported: give an HTTP proxy, such as http://proxy:3128, or unset it")
    if not known or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise wrong
    return parts.geturl()


@dataclass(frozen=True)
class Exceptions:
    """What `NO_PROXY` says.

    Attributes:
        everything: nothing goes through a proxy.
        ranges: of addresses, a single one being the smallest range; each with its port, None for any.
        names: hosts, which their subdomains go with; each with its port, None for any.
    """

    everything: bool = False
    ranges: tuple[tuple[Range, int | None], ...] = ()
    names: tuple[tuple[str, int | None], ...] = ()

    @classmethod
    def read(cls, told: str) -> Exceptions:
        """Read a list of hosts, domains, addresses and ranges, with commas or spaces between them.

        Raises:
            ValueError: naming the first that is none of those.
        """
        entries = list(filter(None, re.split(r"[,\s]+", told.lower())))
        if "*" in entries:
            return cls(everything=True)
        ranges: list[tuple[Range, int | None]] = []
        names: list[tuple[str, int | None]] = []
        for entry in entries:
            host, port = _split(entry)
            if (found := _range(host)) is not None:
                ranges.append((found, port))
            elif name := _NAME.fullmatch(host):
                names.append((name["name"], port))
            else:
                raise ValueError(f"{entry[:60]} is no host, address or range such as 10.0.0.0/8 or fd00::/8")
        return cls(False, tuple(ranges), tuple(names))

    def match(self, host: str, port: int) -> bool:
        """Whether a host is reached without a proxy; this machine itself always is.

        Args:
            host: a name, or an address without brackets; lower case.
            port: of the service there.
        """
        address = _address(host)
        if address is not None:
            mapped = getattr(address, "ipv4_mapped", None) or address
            within = any(mapped in each and wanted in (None, port) for each, wanted in self.ranges)
            return self.everything or mapped.is_loopback or within
        host = host.rstrip(".")
        if self.everything or f".{host}".endswith(".localhost"):
            return True
        return any(f".{host}".endswith(f".{name}") and wanted in (None, port) for name, wanted in self.names)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _split(entry: str) -> tuple[str, int | None]:
    """An entry without its port, and the port; an IPv6 address has one only after brackets."""
    found = _WITH_PORT.fullmatch(entry)
    if found is None:
        return entry, None
    return found["host"].strip("[]"), int(found["port"]) if found["port"] else None


def _range(entry: str) -> Range | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
