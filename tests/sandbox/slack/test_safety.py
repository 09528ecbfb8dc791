"""What keeps a sandbox harmless: to the real Slack, to the machine, and to whoever opens the page."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

import bot.sandbox.slack
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile, Tokens
from bot.sandbox.slack.control import HEADER
from bot.sandbox.slack.http_delivery import is_loopback

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EVIL = {"Host": "evil.example"}
REAL_BOT, REAL_APP = "-".join(["xoxb", "123456789012", "x"]), "-".join(["xapp", "1", "A0123456789", "x"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/main.js",
        "/_control/state",
        "/api/auth.test",
        "/files-pri/T-F0/x",
        "/link/?ticket=x",
        "/nowhere",
    ],
)
async def test_no_route_answers_another_name(http: ClientSession, path: str) -> None:
    async with http.get(path, headers=EVIL) as response:
        assert (response.status, (await response.json())["error"]) == (403, "wrong_host")


@pytest.mark.parametrize("path", ["/upload/v1/F1", "/actions/T1/x", "/commands/T1/x", "/app/T1/x"])
async def test_nothing_is_taken_under_another_name(http: ClientSession, path: str) -> None:
    async with http.post(path, headers=EVIL, data="x") as response:
        assert (response.status, (await response.json())["error"]) == (403, "wrong_host")


@pytest.fixture
async def whole() -> AsyncIterator[Sandbox]:
    """A sandbox with the package's own Masko."""
    async with Sandbox({"display_information": {"name": "Bot"}}) as sandbox:
        yield sandbox


@pytest.mark.parametrize("path", ["/", "/v1/projects", "/v1/openapi.json", "/nowhere"])
async def test_masko_answers_no_other_name_either(whole: Sandbox, path: str) -> None:
    origin = whole.masko_api_url.removesuffix("/v1")
    headers = {"Authorization": f"Bearer {whole.masko_api_key}"}
    async with ClientSession(origin, headers=headers) as masko:
        async with masko.get(path, headers=EVIL) as response:
            assert (response.status, (await response.json())["error"]) == (403, "wrong_host")
        async with masko.get(path, headers={"Host": f"localhost:{origin.rpartition(':')[2]}"}) as response:
            assert response.status == (404 if path == "/nowhere" else 200)


async def test_nobody_is_listened_to_before_the_header_is_checked(whole: Sandbox) -> None:
    """The answer comes although the body never does."""

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    slack, masko = whole.slack_api_url, whole.masko_api_url
    kind, wrong = {"Content-Type": "application/json"}, {"Authorization": "Bearer xoxb-wrong"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    page = whole.page_url
    asked = [
        (f"{slack}chat.postMessage", kind, "not_authed"),
        (f"{slack}chat.postMessage", {**kind, **wrong}, "invalid_auth"),
        (f"{slack}chat.postMessage", {**form, **wrong}, "invalid_auth"),
        (f"{slack}no.method", {**form, **wrong}, "unknown_method"),
        (f"{masko}/collections", kind, "unauthorized"),
        (f"{page}_control/post", form, "header_missing"),
        (f"{page}_control/faults", kind, "header_missing"),
        (f"{page}actions/T1/unknown", kind, "used_url"),
    ]
    async with ClientSession() as http, asyncio.timeout(20):
        for url, headers, refusal in asked:
            async with http.post(url, headers=headers, data=never()) as response:
                assert refusal in await response.text()


async def test_bodies_are_bounded(whole: Sandbox) -> None:
    async def long() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b" " * 65_536
        await asyncio.Event().wait()

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{whole.slack_api_url}auth.test"
    async with (
        ClientSession() as http,
        asyncio.timeout(20),
        http.post(url, headers=form, data=long()) as said,
    ):
        assert said.status == 413


async def test_json_that_is_nested_without_end_is_refused(whole: Sandbox) -> None:
    deep = "[" * 100_000
    page, slack, masko = whole.page_url, whole.slack_api_url, whole.masko_api_url
    bot, key = f"Bearer {whole.bot_token}", f"Bearer {whole.masko_api_key}"
    json = {"Content-Type": "application/json"}
    async with ClientSession() as http:
        async with http.post(
            f"{slack}chat.postMessage", headers={**json, "Authorization": bot}, data=deep
        ) as answer:
            assert (await answer.json())["error"] == "invalid_json"
        form = {"channel": "C0MASCOTS01", "text": "x", "blocks": deep}
        async with http.post(f"{slack}chat.postMessage", headers={"Authorization": bot}, data=form) as answer:
            assert (await answer.json())["ok"] is False
        async with http.post(
            f"{masko}/collections", headers={**json, "Authorization": key}, data=deep
        ) as answer:
            assert answer.status == 400
        for call in ("edit", "faults"):
            headers = {**json, HEADER: "1"}
            async with http.post(f"{page}_control/{call}", headers=headers, data=deep) as answer:
                assert answer.status == 400


async def test_the_other_loopback_names_are_let_in(http: ClientSession, sandbox: Sandbox) -> None:
    port = sandbox.page_url.rstrip("/").rpartition(":")[2]
    for name in ("localhost", "127.0.0.1", "[::1]"):
        async with http.get("/_control/state", headers={"Host": f"{name}:{port}"}) as response:
            assert response.status == 200
    async with http.get("/_control/state", headers={"Host": "localhost:1"}) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    "path", ["/", "/static/main.js", "/_control/state", "/_control/nothing", "/api/auth.test", "/nowhere"]
)
async def test_every_answer_comes_under_a_policy(http: ClientSession, path: str) -> None:
    async with http.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith(("default-src 'self'", "default-src 'none'"))
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["evil.svg", "evil.html", "evil"])
async def test_what_people_upload_never_runs(http: ClientSession, slack: LocalSlack, name: str) -> None:
    message = await slack.post(user="ana", channel="mascots", files=[NewFile(name, SVG)])
    [file] = message["files"]
    paths = [f"/_control/file/{file['id']}", file["url_private"], file["url_private_download"]]
    for path in paths:
        async with http.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert await response.read() == SVG
            assert "default-src 'none'" in policy
            assert "script-src" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(paths[0]) as response:
        assert response.headers["Content-Security-Policy"].startswith("sandbox;")


@pytest.mark.parametrize("tokens", [{"bot": REAL_BOT}, {"app": REAL_APP}])
def test_real_tokens_are_not_taken(tokens: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="looks like a real one"):
        Tokens(**tokens)


def test_a_token_of_any_bytes_is_somebody_elses() -> None:
    assert Tokens().kind("\udcff\xff") is None


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:3000/slack/events", True),
        ("http://[::1]:3000/", True),
        ("http://localhost:3000/", True),
        ("https://slack.com/", False),
        ("http://127.0.0.1.nip.io/", False),
        ("http://10.0.0.1/", False),
        ("http://localhost@10.0.0.1/", False),
        ("ftp://127.0.0.1/", False),
        ("nonsense", False),
    ],
)
def test_only_loopback_is_called(slack: LocalSlack, url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
    if not loopback:
        with pytest.raises(ValueError, match="loopback addresses only"):
            slack.use_request_url(url)


def test_only_the_delivery_to_the_bot_opens_connections() -> None:
    """Names that open connections are used in one module of the local Slack."""
    openers = {"ClientSession", "urlopen", "create_connection", "open_connection", "AsyncClient"}
    folder = Path(bot.sandbox.slack.__file__).parent
    users = {
        file.name
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) in openers
    }
    assert users == {"http_delivery.py"}
