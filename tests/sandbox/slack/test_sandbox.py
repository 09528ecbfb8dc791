"""The sandbox as a whole: loopback, tokens, start and stop, and its small pure parts."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiohttp import ClientConnectorError, ClientSession

from bot.sandbox.sandbox import Sandbox, loopback, obviously_fake_key
from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.directory import sandbox_studio
from bot.sandbox.slack.ids import Ids, Timestamps
from bot.sandbox.slack.rate_limits import Limit, RateLimits
from bot.sandbox.slack.richtext import as_sent, rich_text
from bot.sandbox.slack.tokens import Tokens, looks_real
from tests.sandbox.slack.conftest import NoMasko, manifest


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_hosts(host: str) -> None:
    assert loopback(host).is_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "::", "example.com"])
def test_other_hosts_are_refused(host: str) -> None:
    with pytest.raises(ValueError, match=re.escape(host)):
        Sandbox(manifest(), host=host)


async def test_what_a_running_sandbox_offers() -> None:
    async with Sandbox(manifest(), masko=NoMasko()) as sandbox:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/api/", sandbox.slack_api_url)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", sandbox.masko_api_url)
        assert sandbox.page_url == sandbox.slack_api_url.removesuffix("api/")
        url = sandbox.page_url
    async with ClientSession() as session:
        with pytest.raises(ClientConnectorError):
            await session.get(url)


async def test_its_own_masko_takes_its_own_key() -> None:
    async with Sandbox(manifest()) as sandbox, ClientSession() as session:
        projects = f"{sandbox.masko_api_url}/projects"
        key = {"Authorization": f"Bearer {sandbox.masko_api_key}"}
        async with session.get(projects, headers=key) as response:
            assert response.status == 200
        async with session.get(projects) as response:
            assert response.status == 401


async def test_stopping_ends_open_streams_quickly() -> None:
    async with ClientSession() as session:
        async with Sandbox(manifest(), masko=NoMasko()) as sandbox:
            stream = await session.get(f"{sandbox.page_url}_control/events")
            await stream.content.readuntil(b"\n\n")
        async with asyncio.timeout(2):
            assert await stream.content.read() == b""


async def test_wait_until_times_out_with_what_it_knows(sandbox: Sandbox) -> None:
    sandbox.inspector.add("finding", "x", finding="a broken card")
    with pytest.raises(TimeoutError, match="a broken card"):
        await sandbox.slack.wait_until(lambda: None, timeout=0.01)


def test_tokens_do_not_show_and_do_not_look_real() -> None:
    tokens = Tokens()
    assert tokens.bot not in repr(tokens)
    assert (tokens.kind(tokens.bot), tokens.kind(tokens.app), tokens.kind("x")) == ("bot", "app", None)
    assert not looks_real(tokens.bot)
    assert not looks_real(tokens.app)
    assert re.fullmatch(r"masko_[0-9a-f]{64}", obviously_fake_key())


@pytest.mark.parametrize(
    ("token", "real"),
    [
        ("-".join(["xoxb", "1234567890", "1234567890", "abc"]), True),
        ("-".join(["xoxp", "1234567890", "abc"]), True),
        ("-".join(["xapp", "1", "A0123456789", "1", "abc"]), True),
        ("xoxb-sandbox-abc", False),
        ("xoxb-test", False),
    ],
)
def test_real_tokens_are_known_by_their_shape(token: str, real: bool) -> None:
    assert looks_real(token) is real


def test_ids_and_timestamps_are_never_the_same_twice() -> None:
    ids, times = Ids("SALT0"), Timestamps(now=lambda: 1_700_000_000.5)
    assert ids.new("F") == "F0SALT00001"
    assert ids.new("F") == "F0SALT00002"
    assert [times.next(), times.next()] == ["1700000000.500000", "1700000000.500001"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hi @ana and @nobody", "hi <@U1> and @nobody"),
        ("hi <@U2>", "hi <@U2>"),
        ("ask @designers by friday", "ask <!subteam^S1> by friday"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("see https://example.com/a?b=1&c=2 now", "see <https://example.com/a?b=1&amp;c=2> now"),
        ("mail me@ana.example", "mail me@ana.example"),
    ],
)
def test_typed_words_become_slacks_text(typed: str, sent: str) -> None:
    assert as_sent(typed, {"ana": "U1", "designers": "S1"}) == sent


def test_rich_text_of_a_text() -> None:
    text = "hi <@U1> in <#C1> <https://x.y|here> &lt;3 <!here><!subteam^S1>"
    [part] = rich_text(text, "b")["elements"]
    assert part["elements"] == [
        {"type": "text", "text": "hi "},
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": " in "},
        {"type": "channel", "channel_id": "C1"},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://x.y", "text": "here"},
        {"type": "text", "text": " <3 "},
        {"type": "broadcast", "range": "here"},
        {"type": "usergroup", "usergroup_id": "S1"},
    ]


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    limits = RateLimits(clock=lambda: now[0])
    limit = Limit(burst=2, per_second=0.5)
    assert [limits.wait_for("a", limit) for _ in range(3)] == [None, None, 2]
    assert limits.wait_for("b", limit) is None
    now[0] = 2.0
    assert [limits.wait_for("a", limit) for _ in range(2)] == [None, 2]


async def test_changes_wake_those_who_wait() -> None:
    changes, box = Changes(), list[int]()
    waiting = asyncio.create_task(changes.until(lambda: box))
    await asyncio.sleep(0)
    box.append(1)
    assert not waiting.done()
    changes.publish("anything")
    assert await waiting == [1]


def test_the_manifest_makes_the_app() -> None:
    bare = sandbox_studio({})
    assert (bare.app.scopes, bare.app.home_tab, bare.app.interactivity) == (set(), False, False)
    full = sandbox_studio(manifest())
    assert full.bot.name == "masko"
    assert "message.channels" in full.app.events
    assert full.person("@Ana").id == full.person("ana").id
    assert full.channel("#mascots").channel_type == "channel"
