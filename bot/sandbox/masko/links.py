"""Pictures fetched by URL: from the sandbox's own origins and, if allowed, from public hosts.

The sandbox needs no network and must not become a way into one. A link to an own origin is fetched as it is.
Any other is refused, unless public hosts are allowed; then its name is looked up once, every address that
it has must be public, and the connection goes to one of those. Redirects are not followed; size and time are
bounded; what is sent compressed is taken as it comes, so that nothing swells.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.sandbox.masko.pictures import MOST_BYTES
from bot.sandbox.masko.refusals import bad_request, unusable

_PATIENCE = aiohttp.ClientTimeout(total=10)
_UNICAST_V6 = ipaddress.ip_network("2000::/3")  # the only space that is given out (IANA)
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(each)  # protocols, 6to4 and its relays, documentation
    for each in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20")
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Whether an address is one host's on the Internet, by IANA's special-purpose registries.

    Not public: private, loopback, link-local, shared (CGNAT, RFC 6598), multicast, reserved, and every IPv6
    address that carries an IPv4 one inside (mapped, 6to4, Teredo, NAT64), since that may be any of those.
    """
    if any(address in each for each in _NOT_PUBLIC):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    return address in _UNICAST_V6


class PublicOnly(AbstractResolver):
    """Looks names up, and refuses those with an address that is not public.

    Args:
        resolver: does the looking up.
    """

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(self, host: str, *arguments: Any, **options: Any) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            Refusal: 400 when one of them is not public.
        """
        found = await self._resolver.resolve(host, *arguments, **options)
        for each in found:
            check_public(host, ipaddress.ip_address(each["host"]))
        return found

    async def close(self) -> None:
        """Close the resolver within."""
        await self._resolver.close()


def check_public(host: str, address: Address) -> None:
    """Refuse a host by one of its addresses.

    Raises:
        Refusal: 400 when the address is not public.
    """
    if not is_public(address):
        raise unusable(f"{host} is no public host ({address}), so the sandbox's Masko did not ask it.")


def _connector(resolver: AbstractResolver) -> aiohttp.BaseConnector:
    return aiohttp.TCPConnector(resolver=resolver)


class Links:
    """Fetches pictures by URL.

    Args:
        own: origins (`http://127.0.0.1:8080`) that the sandbox itself serves.
        public: whether public hosts may be asked, too.
        resolver: makes what looks names up.
        connector: makes what connects to the addresses that its resolver gives.

    `own` and `public` may be changed at any time.
    """

    def __init__(
        self,
        own: Iterable[str] = (),
        *,
        public: bool = False,
        resolver: Callable[[], AbstractResolver] = aiohttp.ThreadedResolver,
        connector: Callable[[AbstractResolver], aiohttp.BaseConnector] = _connector,
    ) -> None:
        self.own = set(own)
        self.public = public
        self._resolver = resolver
        self._connector = connector

    async def fetch(self, link: str) -> bytes:
        """The bytes behind a link, at most one more than Masko accepts (so that the excess shows).

        Raises:
            Refusal: 400 when it is no link, may not be asked, or does not answer 200.
        """
        url = _parsed(link)
        if url.origin() in {URL(each).origin() for each in self.own}:
            return await _get(url, self._connector(self._resolver()))
        if not self.public:
            raise unusable(f"The sandbox's Masko reaches no outside address, so it did not fetch {link}.")
        if (address := _literal(url)) is not None:  # aiohttp asks no resolver about those
            check_public(str(url.host), address)
        return await _get(url, self._connector(PublicOnly(self._resolver())))


def _parsed(link: str) -> URL:
    """The link as it is checked and, being the same object, asked for.

    Raises:
        Refusal: 400 when it is not an absolute http or https URL, or carries a name and password.
    """
    try:
        url = URL(link)
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port is not None
    except ValueError:
        raise bad_request(f"'{link}' is not a URL.") from None
    if not usable or url.user is not None or url.password is not None:
        raise bad_request(f"'{link}' is not an http or https URL.")
    return url


def _literal(url: URL) -> Address | None:
    try:
        return ipaddress.ip_address(url.host or "")
    except ValueError:
        return None


async def _get(url: URL, connector: aiohttp.BaseConnector) -> bytes:
    try:
        async with (
            aiohttp.ClientSession(
                timeout=_PATIENCE, connector=connector, auto_decompress=False, trust_env=False
            ) as session,
            session.get(url, allow_redirects=False, headers={hdrs.ACCEPT_ENCODING: "identity"}) as answer,
        ):
            if answer.status != 200:
                raise unusable(f"{url} answered {answer.status}.")
            return await _read(answer.content, MOST_BYTES + 1)
    except (TimeoutError, OSError, aiohttp.ClientError) as failure:
        raise unusable(f"{url} could not be fetched: {type(failure).__name__}.") from failure


async def _read(content: aiohttp.StreamReader, most: int) -> bytes:
    data = bytearray()
    async for chunk in content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) >= most:
            break
    return bytes(data[:most])
