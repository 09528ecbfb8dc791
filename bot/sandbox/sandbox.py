"""The sandbox as one thing: a local Slack with its page and a local Masko, each on a loopback port."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.scenarios.controller import Controller
from bot.sandbox.scenarios.recorder import Recording
from bot.sandbox.scenarios.replay import PATIENCE, Replayed, replay
from bot.sandbox.scenarios.topics import Record, Runs, Troubles
from bot.sandbox.slack import LocalSlack, Tokens
from bot.sandbox.slack.application import application as slack_application
from bot.sandbox.slack.control.guard import loopback_only
from bot.sandbox.slack.directory import Enterprise
from bot.sandbox.tracing.copies import Addresses

SHUTDOWN_SECONDS = 1.0


class MaskoServer(Protocol):
    """What the sandbox needs of a local Masko: something to serve; its paths begin with `/v1`."""

    def application(self) -> web.Application:
        """The web application."""


class Sandbox:
    """Runs a local Slack and a local Masko while the context is open.

    Args:
        manifest: the app manifest, parsed from YAML or JSON.
        host: a loopback address or `localhost`.
        port: of Slack and the page; 0 takes a free one.
        masko_port: of Masko; 0 takes a free one.
        inspector: the record of everything that happens; a new one when not given.
        masko: serves in place of the package's own `LocalMasko`, which is made when not given.
        masko_api_key: the key that Masko takes; made up when not given.
        tokens: the Slack tokens; made up when not given.
        middlewares: wrap every request to either service, for a test that delays or watches them.

    Attributes, once started: `slack_api_url`, `masko_api_url`, `page_url`, `bot_token`, `app_token`,
    `signing_secret`, `client_id`, `client_secret`, `masko_api_key`, `inspector`, `slack`, `masko`,
    `controller`.

    One workspace has the app from the start. `add_workspace` makes more, for a bot that is installed by OAuth
    and serves several in one process over HTTP:

        sandbox.redirect_urls = ["http://127.0.0.1:3000/slack/oauth_redirect"]
        other = sandbox.add_workspace("Northwind")
        …  # the bot, started with sandbox.environment_for_workspaces, sends somebody to /oauth/v2/authorize
        other.use_request_url("http://127.0.0.1:3000/slack/events")
        await other.post(user="ana", channel="mascots", text="hello")

    Raises:
        ValueError: the host is not a loopback address.
    """

    slack: LocalSlack
    masko: MaskoServer
    controller: Controller
    slack_api_url: str
    masko_api_url: str
    page_url: str

    def __init__(
        self,
        manifest: Mapping[str, Any],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        masko_port: int = 0,
        inspector: Inspector | None = None,
        masko: MaskoServer | None = None,
        masko_api_key: str | None = None,
        tokens: Tokens | None = None,
        middlewares: Sequence[Middleware] = (),
    ) -> None:
        self.inspector = inspector or Inspector()
        self.masko_api_key = masko_api_key or obviously_fake_key()
        self._manifest = manifest
        self._address = loopback(host)
        self._ports = (port, masko_port)
        self._tokens = tokens or Tokens()
        self._given_masko = masko
        self._middlewares = middlewares
        self._runners: list[web.AppRunner] = []

    @property
    def bot_token(self) -> str:
        """For SLACK_BOT_TOKEN."""
        return self._tokens.bot

    @property
    def app_token(self) -> str:
        """For SLACK_APP_TOKEN."""
        return self._tokens.app

    @property
    def signing_secret(self) -> str:
        """For SLACK_SIGNING_SECRET."""
        return self._tokens.signing_secret

    @property
    def client_id(self) -> str:
        """For SLACK_CLIENT_ID."""
        return self._tokens.client_id

    @property
    def client_secret(self) -> str:
        """For SLACK_CLIENT_SECRET."""
        return self._tokens.client_secret

    @property
    def authorize_url(self) -> str:
        """Where an installation begins, in place of `https://slack.com/oauth/v2/authorize`."""
        return f"{self.page_url}oauth/v2/authorize"

    @property
    def redirect_urls(self) -> list[str]:
        """Where OAuth may lead back to; at first the manifest's `oauth_config.redirect_urls`."""
        return self.slack.platform.redirect_urls

    @redirect_urls.setter
    def redirect_urls(self, urls: Sequence[str]) -> None:
        self.slack.platform.redirect_urls = list(urls)

    @property
    def token_rotation(self) -> bool:
        """Whether tokens expire that OAuth hands out from now on; at first `token_rotation_enabled`."""
        return self.slack.platform.installations.rotation

    @token_rotation.setter
    def token_rotation(self, on: bool) -> None:
        self.slack.platform.installations.rotation = on

    def pass_time(self, seconds: float) -> None:
        """Let OAuth's codes (10 minutes) and tokens (12 hours with rotation) be so many seconds older."""
        self.slack.platform.installations.pass_time(seconds)

    def add_workspace(self, name: str, *, enterprise: Enterprise | None = None) -> LocalSlack:
        """One more workspace behind the same origin, with the same app, not installed there yet.

        Its people and channels have the names of the first one's, and ids of their own. Once the app is
        installed, its bot is in no channel until somebody invites it:
        `other.invite("ana", "mascots", other.directory.bot.id)`.

        Args:
            enterprise: the organisation that it belongs to, `Enterprise("E0NORTHWIND", "Northwind")`, say.
                One may be given to several workspaces; the app can be installed in all of it at once where
                the manifest says `org_deploy_enabled`.

        Raises:
            ValueError: there are 36 already.
        """
        platform = self.slack.platform
        platform.add_workspace(name, enterprise)
        return LocalSlack(self._manifest, self.inspector, origin=platform.origin, platform=platform)

    async def __aenter__(self) -> Self:
        """Start both servers."""
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop both servers and close every socket."""
        await self._stop()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that a bot needs to run against this sandbox."""
        return {
            "SLACK_API_URL": self.slack_api_url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_APP_TOKEN": self.app_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
            "MASKO_API_URL": self.masko_api_url,
            "MASKO_API_KEY": self.masko_api_key,
        }

    @property
    def environment_for_workspaces(self) -> dict[str, str]:
        """The same for a bot that is installed by OAuth: no workspace's token, and nobody's Masko key."""
        return {
            "SLACK_API_URL": self.slack_api_url,
            "SLACK_CLIENT_ID": self.client_id,
            "SLACK_CLIENT_SECRET": self.client_secret,
            "SLACK_SIGNING_SECRET": self.signing_secret,
            "MASKO_API_URL": self.masko_api_url,
        }

    async def replay(
        self, recording: Recording | Mapping[str, Any], *, patience: float = PATIENCE
    ) -> Replayed:
        """Begin as a recording began, and play it with the bot that is connected.

        Raises:
            RecordingError: it is none.
        """
        return await replay(self.controller, recording, patience=patience)

    async def _start(self) -> None:
        slack_port, masko_port = self._ports
        slack_socket, slack_origin = self._bound(slack_port)
        masko_socket, masko_origin = self._bound(masko_port)
        self.slack = LocalSlack(self._manifest, self.inspector, origin=slack_origin, tokens=self._tokens)
        self.masko = self._given_masko or self._own_masko()
        if isinstance(self.masko, LocalMasko):
            self.masko.links.own.update((slack_origin, masko_origin))
        self.slack_api_url = f"{slack_origin}/api/"
        self.masko_api_url = f"{masko_origin}/v1"
        self.page_url = f"{slack_origin}/"
        self.controller = Controller(self.slack, self.masko if isinstance(self.masko, LocalMasko) else None)
        addresses = Addresses(self.slack_api_url, self.masko_api_url)
        topics = (Troubles(self.controller), Runs(self.controller), Record(self.controller, addresses))
        application = slack_application(self.slack, topics)
        application.middlewares.append(self.controller.recorder.middleware)
        await self._serve(application, slack_socket)
        masko = self.masko.application()
        masko.middlewares.append(loopback_only(masko_origin))
        await self._serve(masko, masko_socket)

    async def _stop(self) -> None:
        while self._runners:
            await self._runners.pop().cleanup()

    def _own_masko(self) -> MaskoServer:
        return LocalMasko(api_key=self.masko_api_key, inspector=self.inspector)

    def _bound(self, port: int) -> tuple[socket.socket, str]:
        """A listening socket and its origin: known before the servers start, since files' URLs name it."""
        ipv6 = self._address.version == 6
        bound = socket.create_server(
            (str(self._address), port), family=socket.AF_INET6 if ipv6 else socket.AF_INET
        )
        name = f"[{self._address}]" if ipv6 else str(self._address)
        return bound, f"http://{name}:{bound.getsockname()[1]}"

    async def _serve(self, app: web.Application, bound: socket.socket) -> None:
        app.middlewares.extend(self._middlewares)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, auto_decompress=False)
        self._runners.append(runner)
        await runner.setup()
        await web.SockSite(runner, bound).start()


def loopback(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address of a loopback host.

    Raises:
        ValueError: it is none.
    """
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    if not address.is_loopback:
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    return address


def obviously_fake_key() -> str:
    """A Masko key of the documented form, `masko_` and 64 hex digits, that nobody takes for a real one."""
    return "masko_" + "0" * 40 + secrets.token_hex(12)
