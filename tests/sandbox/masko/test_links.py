"""Links lead to the sandbox's own files, to public hosts only if allowed, never into a private network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import BaseTestServer, TestServer

from bot.app.manifest import manifest
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.links import Links, is_public
from bot.sandbox.masko.pictures import MOST_BYTES
from bot.sandbox.masko.refusals import Refusal
from bot.sandbox.sandbox import Sandbox
from tests.sandbox.masko.conftest import encoded

PUBLIC = "93.184.216.34"


class Book(AbstractResolver):
    """Names and their addresses; remembers what it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        if not self.addresses:
            raise OSError(None, "Name or service not known")
        return [entry(host, address, port) for address in self.addresses]

    async def close(self) -> None:
        """There is nothing to close."""


def entry(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)


class Detour(AbstractResolver):
    """Asks the links' own resolver, notes where they would connect to, and leads to a local server."""

    def __init__(self, checked: AbstractResolver, port: int) -> None:
        self.checked, self.port = checked, port
        self.passed: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.passed += [
            each["host"] for each in await self.checked.resolve(host, port, socket.AddressFamily(family))
        ]
        return [entry(host, "127.0.0.1", self.port)]

    async def close(self) -> None:
        """There is nothing to close."""


class Internet:
    """One public host, which a local server plays; whoever connects to it is written down."""

    def __init__(self, book: Book, port: int) -> None:
        self.book, self.port = book, port
        self.detours: list[Detour] = []
        self.links = Links(public=True, resolver=lambda: book, connector=self._connector)

    def _connector(self, resolver: AbstractResolver) -> aiohttp.BaseConnector:
        self.detours.append(Detour(resolver, self.port))
        return aiohttp.TCPConnector(resolver=self.detours[-1])

    @property
    def reached(self) -> list[str]:
        """The addresses that passed the check."""
        return [address for detour in self.detours for address in detour.passed]


async def answer(request: web.Request) -> web.StreamResponse:
    match request.path:
        case "/moved.png":
            raise web.HTTPFound("http://127.0.0.1/secret")
        case "/endless.png":
            return web.Response(body=bytes(MOST_BYTES * 2))
        case "/bomb.png":
            return web.Response(body=b"swells", headers={"Content-Encoding": "gzip"})
        case _:
            return web.Response(body=encoded())


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    application = web.Application()
    application.router.add_get("/{name}", answer)
    async with TestServer(application, host="127.0.0.1") as server:
        yield server


def internet(server: BaseTestServer, *addresses: str) -> Internet:
    assert server.port is not None
    return Internet(Book(*addresses), server.port)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.127.255.254", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1"),
        *("192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::127.0.0.1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::1"),
        *("2001::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1"),
    ],
)
async def test_no_private_address_is_ever_asked(server: BaseTestServer, address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    there = internet(server, address)
    with pytest.raises(Refusal, match="is no public host") as refused:
        await there.links.fetch("http://rebound.example/fox.png")
    assert (refused.value.code, refused.value.finding) == ("bad_request", None)
    assert there.reached == []


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888"])
async def test_a_public_host_is_asked_at_the_address_that_was_checked(
    server: BaseTestServer, address: str
) -> None:
    there = internet(server, address)
    assert await there.links.fetch("http://pictures.example/fox.png") == encoded()
    assert there.book.asked == ["pictures.example"]
    assert there.reached == [address]


async def test_one_private_address_among_public_ones_is_enough(server: BaseTestServer) -> None:
    there = internet(server, PUBLIC, "10.0.0.1")
    with pytest.raises(Refusal, match=r"10\.0\.0\.1"):
        await there.links.fetch("https://pictures.example/fox.png")
    assert there.reached == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1", "\uff11\uff12\uff17.0.0.1"],
)
async def test_an_address_in_the_link_is_checked_as_well(server: BaseTestServer, host: str) -> None:
    there = internet(server, PUBLIC)
    with pytest.raises(Refusal, match="is no public host"):
        await there.links.fetch(f"http://{host}/fox.png")
    assert there.detours == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0177.0.0.1", "0x7f.1", "localhost"])
async def test_other_ways_to_write_an_address_lead_nowhere(server: BaseTestServer, host: str) -> None:
    there = internet(server, "127.0.0.1")
    with pytest.raises(Refusal, match=r"is no public host|could not be fetched"):
        await there.links.fetch(f"http://{host}/fox.png")
    assert there.reached == []


async def test_nobody_is_looked_up_unless_public_hosts_are_allowed(server: BaseTestServer) -> None:
    there = internet(server, PUBLIC)
    there.links.public = False
    with pytest.raises(Refusal, match="reaches no outside address"):
        await there.links.fetch("http://pictures.example/fox.png")
    assert there.book.asked == []


@pytest.mark.parametrize("own", ["http://127.0.0.1:{port}", "http://127.0.0.1:{port}/"])
async def test_an_own_origin_is_asked_as_it_is(server: BaseTestServer, own: str) -> None:
    links = Links([own.format(port=server.port)])
    assert await links.fetch(f"http://127.0.0.1:{server.port}/fox.png") == encoded()
    with pytest.raises(Refusal):
        await links.fetch(f"http://localhost:{server.port}/fox.png")


@pytest.mark.parametrize(
    "link", ["http://ana:secret@pictures.example/", "http://a\\@b/", "ftp://a/", "a.png", "http://a:99999/"]
)
async def test_what_has_two_readings_is_no_link(server: BaseTestServer, link: str) -> None:
    there = internet(server, PUBLIC)
    with pytest.raises(Refusal) as refused:
        await there.links.fetch(link)
    assert refused.value.finding
    assert there.book.asked == []


async def test_a_sandbox_serves_two_origins_and_allows_no_other() -> None:
    async with Sandbox(manifest()) as sandbox:
        assert isinstance(sandbox.masko, LocalMasko)
        own = {sandbox.page_url.removesuffix("/"), sandbox.masko_api_url.removesuffix("/v1")}
        assert sandbox.masko.links.own == own
        assert not sandbox.masko.links.public


async def test_redirects_are_not_followed(server: BaseTestServer) -> None:
    there = internet(server, PUBLIC)
    with pytest.raises(Refusal, match="answered 302"):
        await there.links.fetch("http://pictures.example/moved.png")
    assert there.book.asked == ["pictures.example"]


async def test_the_size_is_bounded_and_nothing_is_unpacked(server: BaseTestServer) -> None:
    there = internet(server, PUBLIC)
    assert len(await there.links.fetch("http://pictures.example/endless.png")) == MOST_BYTES + 1
    assert await there.links.fetch("http://pictures.example/bomb.png") == b"swells"


async def test_a_name_that_nobody_knows_is_told(server: BaseTestServer) -> None:
    there = internet(server)
    with pytest.raises(Refusal, match="could not be fetched"):
        await there.links.fetch("http://pictures.example/fox.png")
