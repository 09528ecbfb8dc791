"""How the network is reached, for every client: through which proxy, trusting which certificates.

httpx, aiohttp and slack_sdk do not read the environment themselves, since each does so in its own way
(slack_sdk ignores `NO_PROXY`, httpx fails on ranges, aiohttp trusts other certificates than httpx).
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it

import aiohttp
import certifi
import httpx
from yarl import URL

from bot.settings import Settings

_HERE = "localhost,127.0.0.1,::1"  # never by a proxy
_PLAIN = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


@dataclass(frozen=True)
class Network:
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)  # by scheme; may hold passwords
    without: str = ""  # what is reached without a proxy, as in `NO_PROXY`
    cafile: str | None = None  # certificates to trust; with both None the system's, or certifi's
    capath: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Network:
        told = {"http": settings.http_proxy, "https": settings.https_proxy}
        proxies = {scheme: str(proxy) for scheme in told if (proxy := told[scheme] or settings.all_proxy)}
        return cls(proxies, settings.no_proxy, settings.ssl_cert_file, settings.ssl_cert_dir)

    @property
    def ssl(self) -> ssl.SSLContext:
        return _trusting(self.cafile, self.capath)

    def proxy_for(self, url: URL) -> str | None:
        """The proxy to an address; None: straight."""
        where = f"{url.host}:{url.port}"
        if any(proxy_bypass_environment(where, {"no": near}) for near in (_HERE, self.without)):
            return None
        return self.proxies.get(_PLAIN.get(url.scheme, ""))

    def http(self) -> httpx.AsyncClient:
        """A client that follows no redirect."""
        return httpx.AsyncClient(transport=_Routed(self), trust_env=False, follow_redirects=False)

    def session(self, seconds: float) -> aiohttp.ClientSession:
        """A session, for requests and sockets; one exchange may take that many seconds."""

        async def route(
            request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            proxy = self.proxy_for(request.url)
            request.update_proxy(URL(proxy) if proxy else None, None, None)
            return await send(request)

        return aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=seconds),
            connector=aiohttp.TCPConnector(ssl=self.ssl),
            middlewares=(route,),
        )


@cache
def _trusting(cafile: str | None, capath: Path | None) -> ssl.SSLContext:
    """Made once: to read the certificates takes tens of milliseconds."""
    context = ssl.create_default_context(cafile=cafile, capath=capath)
    if not (cafile or capath or context.cert_store_stats()["x509_ca"]):
        context.load_verify_locations(certifi.where())  # a slim image has none of its own
    return context


class _Routed(httpx.AsyncBaseTransport):
    """Sends each request the way that its address asks for."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._ways: dict[str | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        proxy = self._network.proxy_for(URL(str(request.url), encoded=True))
        if proxy not in self._ways:
            trusted = self._network.ssl
            self._ways[proxy] = httpx.AsyncHTTPTransport(verify=trusted, trust_env=False, proxy=proxy)
        return await self._ways[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()
