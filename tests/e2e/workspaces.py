"""Several workspaces that one program serves, each installed by OAuth and connected to Masko by its admin."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.test_utils import unused_port
from aiohttp.typedefs import Middleware
from cryptography.fernet import Fernet
from yarl import URL

import bot.app.workspaces
from bot.app import running
from bot.app.manifest import for_workspaces
from bot.app.timing import USUAL, Timing
from bot.cli.local import words_of
from bot.home.connection import CONNECT_VIEW, KEY, PROJECT
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.slack import LocalSlack, NewFile
from bot.server.process import Program, listening
from bot.settings import load
from tests.e2e.team import Message, Team

ENCRYPTION_KEY = Fernet.generate_key().decode()


class Workspaces:
    """A program for many workspaces, and the sandbox that they are in.

    Attributes:
        url: where the program listens.
        http: a browser.
    """

    def __init__(self, sandbox: Sandbox, program: Program, url: str, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.program = program
        self.url = url
        self.http = http
        self.slacks: list[LocalSlack] = []
        assert isinstance(program.app, bot.app.workspaces.Workspaces)
        self.workspaces = program.app

    async def install(self, slack: LocalSlack, place: str = "") -> None:
        """Install the app as a person does: from its page to Slack's, and back."""
        self.slacks.append(slack)
        assert await self.come_back(*await self.allow(place or slack.directory.team.id)) == 200

    async def begin(self) -> tuple[URL, str]:
        """Open the install page; Slack's page, and the cookie that belongs to it."""
        async with self.http.get(f"{self.url}/slack/install") as answer:
            assert answer.status == 200
            found = re.search(r'href="([^"]*oauth/v2/authorize[^"]*)"', await answer.text())
            assert found is not None
            return URL(html.unescape(found[1]), encoded=True), answer.headers["Set-Cookie"].split(";")[0]

    async def allow(self, place: str) -> tuple[URL, str]:
        """Allow it in a workspace or an organisation; where Slack leads back to, and the cookie."""
        page, cookie = await self.begin()
        form = {"choice": "allow", "place": place, "user": ""}
        async with self.http.post(page, data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return URL(answer.headers["Location"], encoded=True), cookie

    async def come_back(self, back: URL, cookie: str) -> int:
        """Follow Slack's redirect; the status."""
        async with self.http.get(back, headers={"Cookie": cookie}) as answer:
            return answer.status

    async def enter(self, slack: LocalSlack, *, place: str = "", connected: bool = True) -> Workspace:
        """Install the app in a workspace, bring it into #mascots, and connect it to a Masko of its own."""
        await self.install(slack, place)
        return await self.join(slack, connected=connected)

    async def join(self, slack: LocalSlack, *, connected: bool = True) -> Workspace:
        slack.invite("ana", "mascots", slack.directory.bot.id)
        workspace = Workspace(self, slack)
        if connected:
            await workspace.connect(workspace.key)
        return workspace

    def findings(self) -> list[str]:
        return [f"{entry.title}: {entry.finding}" for entry in self.sandbox.inspector.findings()]


class Workspace(Team):
    """The people of one of several workspaces; `key`: of a Masko account that is theirs."""

    def __init__(self, all_: Workspaces, slack: LocalSlack) -> None:
        super().__init__(all_.sandbox, all_.program)  # type: ignore[arg-type]
        self.program = all_.program
        self.slack = slack
        self.key = self.masko.add_key()

    async def connect(self, key: str, project: str = "", user: str = "chris") -> str:
        """Fill in `/masko connect`; what the form says then."""
        await self.slack.command(user, "mascots", "/masko", "connect")
        view = await self.slack.wait_until(lambda: self._form(user))
        values = {
            block: {block: {"type": "plain_text_input", "value": value or None}}
            for block, value in ((KEY, key), (PROJECT, project))
        }
        submitted = await self.slack.submit(user, view["id"], values)
        if submitted.errors:
            return next(iter(submitted.errors.values()))
        shown = await self.slack.wait_until(lambda: self.slack.view(user))
        return str(shown["blocks"][0]["text"]["text"])

    def _form(self, user: str) -> Message | None:
        view = self.slack.view(user)
        return view if view and view["callback_id"] == CONNECT_VIEW else None

    async def told(self, user: str) -> str:
        """What the newest message that somebody alone sees in #mascots says."""
        me = self.slack.directory.bot.id

        def newest() -> str:
            seen = [m for m in self.slack.channel_messages("mascots", user) if m.get("is_ephemeral")]
            return words_of(seen[-1]) if seen and seen[-1]["user"] == me else ""

        return await self.slack.wait_until(lambda: newest() or None)

    async def post(self, files: Sequence[NewFile] = (), *, user: str = "ana", **where: Any) -> Message:
        """Post, and wait until the bot is done with it."""
        channel, thread = where.get("channel", "mascots"), where.get("thread")
        post = await self.slack.post(
            user=user,
            channel=channel,
            files=files,
            text=where.get("text", ""),
            thread_ts=thread and thread["ts"],
        )
        await self.slack.wait_until(lambda: self._heard(post["ts"]) or None, timeout=60)
        await self.done()
        return post

    def _heard(self, ts: str) -> bool:
        return any(
            each.payload.get("event", {}).get("ts") == ts and each.acknowledged
            for each in self.slack.deliveries
        )


@asynccontextmanager
async def a_program(
    database_url: str,
    *,
    timing: Timing = USUAL,
    rotation: bool = False,
    middlewares: Sequence[Middleware] = (),
    **environment: str,
) -> AsyncIterator[Workspaces]:
    """A program that nobody has installed yet; `middlewares` watch every call of Slack and Masko."""
    port, inspector, key = unused_port(), Inspector(), obviously_fake_key()
    url = f"http://127.0.0.1:{port}"
    masko = LocalMasko(api_key=key, inspector=inspector)
    app = for_workspaces(url)
    services = Sandbox(app, inspector=inspector, masko=masko, masko_api_key=key, middlewares=middlewares)
    async with services as sandbox:
        sandbox.token_rotation = rotation
        given = {"DATABASE_URL": database_url, "PORT": str(port), "ENCRYPTION_KEYS": ENCRYPTION_KEY}
        settings = load(sandbox.environment_for_workspaces | given | environment, dotenv=None)
        async with (
            aiohttp.ClientSession() as http,
            running(settings, timing=timing) as program,
            listening(program),
        ):
            sandbox.slack.use_request_url(f"{url}/slack/events", faster=100.0)
            yield Workspaces(sandbox, program, url, http)
