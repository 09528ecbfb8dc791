"""Every client goes through the proxy that the settings name, and past it where they say so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.settings import load
from bot.slack.client import Client, slack_client
from bot.slack.network import Network
from tests.proxy import Proxy, a_proxy

DEAD = "http://127.0.0.1:9"


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with a_proxy() as proxy:
        yield proxy


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A service that says that all is well."""

    async def fine(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fine)
    async with TestServer(app) as server:
        assert server.port is not None
        yield server.port


def through(proxy: Proxy, no_proxy: str = "") -> Network:
    return Network({"http": proxy.url, "https": proxy.url}, no_proxy)


async def use_all(network: Network, origin: str) -> list[str]:
    """Use each kind of client there is; what each asked for."""
    socket = f"{origin.replace('http', 'ws', 1)}/link"
    async with network.http() as http, network.session(5.0) as session:
        assert (await http.get(f"{origin}/masko")).json() == {"ok": True}
        client = slack_client(session, f"{origin}/api/", "xoxb-x")
        assert (await client.auth_test())["ok"]
        calls = Client(client)
        await calls.respond(f"{origin}/response", {"text": "x"})
        await calls.upload(f"{origin}/upload", b"content")
        with suppress(aiohttp.WSServerHandshakeError):
            await session.ws_connect(socket)
    posts = (f"POST {origin}/{path}" for path in ("api/auth.test", "response", "upload"))
    return [f"GET {origin}/masko", *posts, f"GET {socket}"]


async def test_all_go_through_the_proxy(proxy: Proxy, port: int) -> None:
    asked = await use_all(through(proxy), f"http://company:{port}")
    assert proxy.asked == asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_none_of_them_goes_through_it_to_this_machine(proxy: Proxy, port: int, host: str) -> None:
    await use_all(through(proxy), f"http://{host}:{port}")
    assert proxy.asked == []


async def test_the_environment_is_read_by_none_of_them(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelt in (name, name.lower()):
            monkeypatch.setenv(spelt, DEAD)
    monkeypatch.setenv("SSL_CERT_FILE", "/nope.pem")
    monkeypatch.setenv("NO_PROXY", "fd07:b51a:cc66:f0::/64")
    await use_all(Network(), f"http://127.0.0.1:{port}")


async def test_what_is_encrypted_goes_through_a_tunnel(proxy: Proxy) -> None:
    network = through(proxy, "straight.invalid")
    async with network.http() as http, network.session(5.0) as session:
        for url in ("https://slack.invalid/api/", "https://straight.invalid/"):
            with pytest.raises(httpx.HTTPError):
                await http.get(url)
            with pytest.raises(aiohttp.ClientError):
                await session.get(url)
        with pytest.raises(aiohttp.ClientError):
            await session.ws_connect("wss://wss.slack.invalid/link")
    assert proxy.asked == ["CONNECT slack.invalid:443"] * 2 + ["CONNECT wss.slack.invalid:443"]


async def test_a_proxy_may_want_a_name_and_a_password(proxy: Proxy, port: int) -> None:
    address = proxy.url.replace("http://", "http://ana:secret@")
    await use_all(Network({"http": address}), f"http://company:{port}")
    assert set(proxy.authorized) == {"Basic YW5hOnNlY3JldA=="}


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://slack.com/api/", None),
        ({"HTTPS_PROXY": "http://a:1"}, "https://slack.com/api/", "http://a:1"),
        ({"https_proxy": "a:1"}, "wss://wss.slack.com/link", "http://a:1"),
        ({"https_proxy": "http://b:2", "HTTPS_PROXY": "http://a:1"}, "https://slack.com/", "http://a:1"),
        ({"https_proxy": "http://b:2", "HTTPS_PROXY": ""}, "https://slack.com/", "http://b:2"),
        ({"HTTPS_PROXY": "http://a:1"}, "http://company/api/", None),
        ({"HTTP_PROXY": "http://a:1"}, "ws://company/link", "http://a:1"),
        ({"ALL_PROXY": "http://a:1"}, "https://slack.com/", "http://a:1"),
        ({"ALL_PROXY": "http://a:1", "HTTPS_PROXY": "http://b:2"}, "https://slack.com/", "http://b:2"),
        ({"ALL_PROXY": "http://a:1", "no_proxy": "slack.com"}, "https://files.slack.com/", None),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "a.example, slack.com"}, "https://slack.com/", None),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "lack.com,10.0.0.0/8"}, "https://slack.com/", "http://a:1"),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "*"}, "https://slack.com/", None),
        ({"ALL_PROXY": "http://a:1"}, "http://127.0.0.1:8080/", None),
        ({"ALL_PROXY": "http://a:1"}, "https://[::1]:8080/", None),
    ],
)
def test_the_settings_say_which(environ: dict[str, str], url: str, proxy: str | None) -> None:
    assert Network.of(load(environ, dotenv=None)).proxy_for(URL(url)) == (proxy and f"{proxy}/")


def test_no_password_of_a_proxy_shows() -> None:
    told = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://ana:hunter2@b:1")
    settings = load(told, dotenv=None)
    assert "hunter2" not in repr(settings) + str(settings)
