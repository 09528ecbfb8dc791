"""Forged, replayed and misdirected: the pages that install the app, and what is delivered to workspaces."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from yarl import URL

from bot.cards import view as card
from bot.channels.permission_rules import NOT_KNOWN
from bot.db import open_store
from bot.db.tables import Base
from bot.intake.catch import TOO_OLD
from bot.sandbox.masko import faults
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.http_delivery import request_body
from bot.sandbox.slack.platform import holder
from bot.server.install import INSTALL_PATH, NOT_NOW, REDIRECT_PATH
from bot.slack.blocks import RETRY
from tests.e2e.team import Message, picture, presses
from tests.e2e.workspaces import ENCRYPTION_KEY, Workspace, Workspaces, a_program

SCRIPT = "\"'><script>alert(1)</script>"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Of what no database makes a difference to."""

STATES, INSTALLATIONS = "installing", "installation"


@dataclass
class Watch:
    """Hears every call of Slack and Masko, with the token or key that it carries."""

    slack: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    masko: list[tuple[str, str]] = field(default_factory=list)

    @web.middleware
    async def listen(self, request: web.Request, handler: Any) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path.startswith("/v1/"):
            self.masko.append((request.path, token))
        elif request.path.startswith("/api/") and token.startswith("xox"):
            is_json = request.content_type == "application/json" and await request.read()
            said = {**(await request.json() if is_json else await request.post()), **request.query}
            self.slack.append((request.path, token, {name: str(value) for name, value in said.items()}))
        answer: web.StreamResponse = await handler(request)
        return answer

    def forget(self) -> None:
        self.slack.clear()
        self.masko.clear()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def program(
    database_url: str, watch: Watch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Workspaces]:
    caplog.set_level(logging.DEBUG, "bot")
    caplog.set_level(logging.DEBUG, "handlers")
    async with a_program(database_url, middlewares=[watch.listen]) as program:
        yield program
    for never in ("failed unexpectedly", "Traceback", "Task exception was never retrieved"):
        assert never not in caplog.text


async def get(
    program: Workspaces, url: str | URL, *, method: str = "GET", cookie: str = ""
) -> tuple[int, str]:
    """Ask for a page; status and text."""
    headers = {"Cookie": cookie} if cookie else {}
    async with program.http.request(method, url, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def follow(program: Workspaces, back: URL, cookie: str) -> tuple[int, str]:
    """Come back from Slack with a cookie; status and text."""
    return await get(program, back, cookie=cookie)


async def run(program: Workspaces, statement: str, **values: Any) -> None:
    async with program.program.store.write() as session:
        await session.execute(text(statement), values)


async def scalar(program: Workspaces, statement: str, **values: Any) -> Any:
    async with program.program.store.read() as session:
        return await session.scalar(text(statement), values)


@asynccontextmanager
async def gone(program: Workspaces, table: str) -> AsyncIterator[None]:
    """A database that refuses everything about one table."""
    await run(program, f"ALTER TABLE {table} RENAME TO gone")
    try:
        yield
    finally:
        await run(program, f"ALTER TABLE gone RENAME TO {table}")


def installed(program: Workspaces) -> Any:
    return scalar(program, f"SELECT count(*) FROM {INSTALLATIONS}")


def token_of(program: Workspaces, slack: LocalSlack) -> str:
    """The token of the app in a workspace."""
    installations = program.sandbox.slack.platform.installations
    found = installations.of(slack.workspace)
    assert found is not None
    return next(each.value for each in installations._of(found) if not installations.refusal(each))


# The pages


REFUSED = {"error": "access_denied"}
FORGED: dict[str, Callable[[URL, str], tuple[URL, str]]] = {
    "no state": lambda back, cookie: (back.without_query_params("state"), cookie),
    "a forged state": lambda back, cookie: (back.update_query(state="forged"), cookie),
    "a forged state and cookie": lambda back, cookie: (
        back.update_query(state="forged"),
        f"{cookie.partition('=')[0]}=forged",
    ),
    "no cookie": lambda back, cookie: (back, ""),
    "an empty state and cookie": lambda back, cookie: (
        back.update_query(state=""),
        f"{cookie.partition('=')[0]}=",
    ),
    "the state twice": lambda back, cookie: (
        URL(f"{back.without_query_params('state')}&state=forged&state={back.query['state']}"),
        cookie,
    ),
    "no code": lambda back, cookie: (back.without_query_params("code"), cookie),
    "a forged code": lambda back, cookie: (back.update_query(code="sandbox.forged"), cookie),
    "an empty code": lambda back, cookie: (back.update_query(code=""), cookie),
    "a refusal": lambda back, cookie: (
        back.without_query_params("code") % {"error": "access_denied"},
        cookie,
    ),
    "a refusal beside a code": lambda back, cookie: (back % REFUSED, cookie),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
@ON_SQLITE
async def test_what_is_forged_installs_nothing(
    program: Workspaces, forge: Callable[[URL, str], tuple[URL, str]]
) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    back, cookie = await program.allow(slack.directory.team.id)
    status, page = await follow(program, *forge(back, cookie))
    assert status in (200, 400, 401)
    assert "Thank you" not in page
    assert await installed(program) == 0
    assert not slack.installed


@ON_SQLITE
async def test_a_state_counts_in_its_own_browser_alone(program: Workspaces) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    back, _ = await program.allow(slack.directory.team.id)
    _, of_another = await program.begin()
    assert await program.come_back(back, of_another) == 400
    assert not slack.installed


async def test_a_state_counts_for_ten_minutes(program: Workspaces) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    back, cookie = await program.allow(slack.directory.team.id)
    await run(program, f"UPDATE {STATES} SET until = :then", then="2020-01-01 00:00:00.000000")
    assert await program.come_back(back, cookie) == 401
    assert not slack.installed


async def test_a_state_counts_once_also_for_those_who_come_at_once(program: Workspaces, watch: Watch) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    back, cookie = await program.allow(slack.directory.team.id)
    statuses = await asyncio.gather(*(program.come_back(back, cookie) for _ in range(8)))
    assert sorted(statuses) == [200] + 7 * [401]
    assert program.sandbox.slack.calls["oauth.v2.access"] == 1
    assert await program.come_back(back, cookie) == 401
    assert await installed(program) == 1


@ON_SQLITE
async def test_a_code_counts_once(program: Workspaces) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    back, cookie = await program.allow(slack.directory.team.id)
    assert await program.come_back(back, cookie) == 200
    page, cookie = await program.begin()
    assert await program.come_back(back.update_query(state=page.query["state"]), cookie) == 401
    assert await installed(program) == 1


@ON_SQLITE
async def test_nothing_that_is_asked_is_shown_as_html_or_changes_where_people_are_sent(
    program: Workspaces,
) -> None:
    back, cookie = await program.allow(program.sandbox.add_workspace("Northwind").directory.team.id)
    for name in ("team", "state", "code", "error", "error_description", "next"):
        for path, given in ((INSTALL_PATH, {}), (REDIRECT_PATH, dict(back.query))):
            _, page = await get(program, URL(program.url + path) % (given | {name: SCRIPT}), cookie=cookie)
            assert "<script" not in page
            assert "'>" not in page
    more = {"team": "T1&scope=admin&redirect_uri=https://evil.example&state=theirs"}
    _, page = await get(program, URL(program.url + INSTALL_PATH) % more)
    plain, _ = await program.begin()
    found = re.search(r'href="([^"]*authorize[^"]*)"', page)
    assert found is not None
    sent = URL(found[1].replace("&amp;", "&"), encoded=True)
    assert sent.query.getall("scope") == plain.query.getall("scope")
    assert "redirect_uri" not in sent.query
    assert len(sent.query.getall("state")) == 1


@ON_SQLITE
async def test_the_pages_are_for_browsers_that_ask_for_them(program: Workspaces) -> None:
    for path in (INSTALL_PATH, REDIRECT_PATH):
        for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
            assert (await get(program, program.url + path, method=method))[0] == 405
        async with program.http.get(program.url + path) as answer:
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            cookie = answer.headers["Set-Cookie"]
            for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
                assert attribute in cookie
    assert await scalar(program, f"SELECT count(*) FROM {STATES}") == 1  # of the one GET


@ON_SQLITE
async def test_long_queries_are_refused_and_bodies_unread(program: Workspaces) -> None:
    for path in (INSTALL_PATH, REDIRECT_PATH):
        for name in ("team", "state", "code", "error"):
            status, page = await get(program, f"{program.url}{path}?{name}={'x' * 100_000}")
            assert status == 400
            assert len(page) < 1000
    for kind in ("text/plain; charset=nonsense", "application/json", "multipart/form-data"):
        headers, body = {"Content-Type": kind}, b"\xff" * 1000
        async with program.http.get(program.url + INSTALL_PATH, data=body, headers=headers) as answer:
            assert answer.status == 200
    status, _ = await get(program, f"{program.url}{REDIRECT_PATH}?state={'x' * 7000}")
    assert status == 400


async def test_the_install_page_leaves_nothing_for_longer_than_ten_minutes(program: Workspaces) -> None:
    for _ in range(20):
        answers = (get(program, program.url + INSTALL_PATH) for _ in range(50))
        assert {status for status, _ in await asyncio.gather(*answers)} == {200}
    await run(program, f"UPDATE {STATES} SET until = :then", then="2020-01-01 00:00:00.000000")
    page, _ = await program.begin()
    kept = await scalar(program, f"SELECT state FROM {STATES}")
    assert kept == page.query["state"]
    assert await scalar(program, f"SELECT count(*) FROM {STATES}") == 1


# A database that is down


async def test_a_database_that_is_down_is_said_on_the_pages(
    program: Workspaces, caplog: pytest.LogCaptureFixture
) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    back, cookie = await program.allow(slack.directory.team.id)
    async with gone(program, STATES):
        assert await get(program, program.url + INSTALL_PATH) == (503, NOT_NOW)
        assert await follow(program, back, cookie) == (503, NOT_NOW)
    async with gone(program, INSTALLATIONS):
        assert await follow(program, back, cookie) == (503, NOT_NOW)
    assert await installed(program) == 0
    assert back.query["state"] not in caplog.text
    assert back.query["code"] not in caplog.text
    await program.install(slack)
    assert await installed(program) == 1


@pytest.mark.parametrize("method", ["oauth.v2.access", "auth.test"])
@ON_SQLITE
async def test_a_slack_that_is_down_is_said_and_the_app_can_be_installed_afterwards(
    program: Workspaces, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    for fault in (faults.empty_500, faults.proxy_page, faults.dropped, faults.answer_lost, faults.cut_short):
        for its in (program.sandbox.slack, slack):  # what has no token falls under the first workspace
            its.faults.add(method, fault())
        back, cookie = await program.allow(slack.directory.team.id)
        status, page = await follow(program, back, cookie)
        assert status in (401, 503), fault
        assert "Thank you" not in page
        for its in (program.sandbox.slack, slack):
            its.faults.clear()
        assert await installed(program) == 0
        assert back.query["code"] not in caplog.text + page
    await program.install(slack)
    assert await installed(program) == 1


async def test_what_comes_while_the_database_is_down_is_sent_again_by_slack(program: Workspaces) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    north = await program.enter(slack)
    async with gone(program, INSTALLATIONS):
        post = await slack.post(user="ana", channel="mascots", files=[picture("fox.png")], text="")
        statuses = await slack.wait_until(lambda: [each.status for each in _of(slack, post) if each.status])
        assert set(statuses) == {500}
    await slack.wait_until(lambda: any(each.ack_ms is not None for each in _of(slack, post)) or None)
    await north.done()
    assert "1 of 6 references" in north.words(post)[0]


def _of(slack: LocalSlack, post: Message) -> list[Any]:
    """Attempts to deliver a post."""
    heard = (each for each in slack.deliveries if each.payload.get("event", {}).get("ts") == post["ts"])
    return [attempt for each in heard for attempt in each.attempts]


# What is delivered


async def rows(program: Workspaces, team: str = "") -> dict[str, list[tuple[Any, ...]]]:
    """All rows that belong to a workspace, by table; without `team` all there are."""
    found = {}
    async with program.program.store.read() as session:
        for table in (each for each in Base.metadata.sorted_tables if each.name != "job"):
            where = ""
            if team and ("team" in table.c or "place" in table.c):
                where = f" WHERE {'team' if 'team' in table.c else 'place'} = '{team}'"
            elif team and "post_id" in table.c:
                where = f" WHERE post_id IN (SELECT id FROM post WHERE team = '{team}')"
            elif team and "mascot_id" in table.c:
                where = f" WHERE mascot_id IN (SELECT id FROM mascot WHERE team = '{team}')"
            elif team:
                continue
            kept = await session.execute(text(f"SELECT * FROM {table.name}{where}"))
            found[table.name] = sorted(map(tuple, kept.all()), key=str)
    return {name: kept for name, kept in found.items() if kept}


@ON_SQLITE
async def test_a_workspace_that_never_installed_is_acknowledged_and_left_alone(
    program: Workspaces, watch: Watch
) -> None:
    slack = program.sandbox.add_workspace("Nowhere")
    before = await rows(program)
    happened = [
        await slack.send_event({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}),
        await slack.send_event({"type": "message", "channel": "C1", "user": "U1", "ts": "1.1", "text": "x"}),
        await slack.send_event({"type": "app_uninstalled"}),
        await slack.send_event({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}),
    ]
    assert [each.attempts[0].status for each in happened] == 4 * [200]
    assert await rows(program) == before
    assert watch.slack == []
    assert watch.masko == []


async def test_no_delivery_of_one_workspace_reaches_what_is_anothers(
    program: Workspaces, watch: Watch
) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    fox = await north.post([picture("fox.png")])
    bear = await south.post([picture("bear.png", "teal")])
    await north.all_done()
    actions = (card.EDIT, card.DETAILS, card.REFERENCES, card.UNLINK)
    for team, post in ((north, fox), (south, bear)):
        before = team.slack.effects["views.open"]
        for action in actions:
            await team.press(team.card(post), action)
        opened = before + len(actions)
        await team.slack.wait_until(lambda: team.slack.effects["views.open"] == opened or None)  # noqa: B023
        await team.all_done()
    theirs = await rows(program, south.slack.directory.team.id)
    seen, asked = deepcopy(south.slack.thread("mascots", bear["ts"])), south.masko.calls.copy()
    watch.forget()
    pressed = [(_press(north, action), _press(south, action)) for action in actions]
    for alter in (_values, _containers, _both):
        for mine, other in pressed:
            delivery = await north.anew(Delivery(mine.type, alter(mine.payload, other.payload)))
            assert delivery.attempts[0].status == 200
            await north.all_done()
    post = await scalar(program, "SELECT id FROM post WHERE team = :team", team=south.slack.directory.team.id)
    retried = {"type": "button", "action_id": RETRY, "block_id": "b", "value": str(post), "action_ts": "1.1"}
    mine, _ = pressed[0]
    await north.anew(Delivery(mine.type, {**mine.payload, "actions": [retried]}))
    await north.slack.wait_until(  # as of a post that never was
        lambda: any(TOO_OLD in words for words in north.words(fox, viewer="ana")) or None
    )
    assert await rows(program, south.slack.directory.team.id) == theirs
    assert south.slack.thread("mascots", bear["ts"]) == seen
    assert south.masko.calls == asked
    assert {token for _, token, _ in watch.slack} == {token_of(program, north.slack)}
    told = [words for words in north.words(fox, viewer="ana") if NOT_KNOWN in words]
    assert told


def _press(team: Workspace, action: str) -> Delivery:
    return next(each for each in reversed(team.slack.deliveries) if presses(each, action))


def _values(mine: Message, other: Message) -> Message:
    return {**mine, "actions": other["actions"]}


def _containers(mine: Message, other: Message) -> Message:
    return {**mine, "container": other["container"], "channel": other["channel"], "message": other["message"]}


def _both(mine: Message, other: Message) -> Message:
    return _values(_containers(mine, other), other)


@ON_SQLITE
async def test_a_form_that_names_anothers_mascot_is_refused(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    fox = await north.post([picture("fox.png")])
    bear = await south.post([picture("bear.png", "teal")])
    for team, post in ((north, fox), (south, bear)):
        await team.press(team.card(post), card.EDIT)
        await team.slack.wait_until(lambda team=team: team.slack.view("ana"))  # type: ignore[misc]
    theirs, calls = await rows(program, south.slack.directory.team.id), south.masko.calls.copy()
    mine, other = north.slack.view("ana"), south.slack.view("ana")
    assert mine is not None
    assert other is not None
    held = north.slack.workspace.views.find(mine["id"])
    assert held is not None
    held.body["private_metadata"] = other["private_metadata"]
    await north.fill_in("Stolen")
    assert await rows(program, south.slack.directory.team.id) == theirs
    assert south.masko.calls == calls
    assert "Stolen" not in south.words(bear)[0]


@ON_SQLITE
async def test_every_call_carries_the_token_and_the_key_of_its_own_workspace(
    program: Workspaces, watch: Watch
) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    for team, colour in ((north, "orange"), (south, "teal")):
        watch.masko.clear()
        post = await team.post([picture("a.png", colour)])
        await team.post([picture("b.png", "purple")], thread=post)
        await team.all_done()
        assert {key for _, key in watch.masko} == {team.key}
    watch.masko.clear()
    await asyncio.gather(
        *(team.post([picture(f"{n}.png", colour)]) for team in (north, south) for n, colour in COLOURS)
    )
    owners = {token_of(program, slack): slack.workspace for slack in (north.slack, south.slack)}
    assert {token for _, token, _ in watch.slack} == set(owners)
    named = [
        (owners[token], whose, method)
        for method, token, said in watch.slack
        for value in said.values()
        if (whose := holder(owners.values(), value)) is not None
    ]
    assert len(named) > 20
    assert [method for its, whose, method in named if whose is not its] == []
    assert {key for _, key in watch.masko} == {north.key, south.key}
    assert program.findings() == []


COLOURS = ((1, "green"), (2, "navy"), (3, "gold"))


# The app is removed


async def test_the_app_is_removed_while_it_works(
    program: Workspaces, caplog: pytest.LogCaptureFixture
) -> None:
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    for operation in ("upload", "collections.create", "references.add"):
        north = await program.enter(program.sandbox.add_workspace(f"Northwind {operation}"))
        team, masko = north.slack.directory.team.id, north.masko
        known = await north.post([picture("cat.png", "gray")])
        calls = masko.calls[operation]
        masko.faults.add(operation, faults.delay(1))
        thread = known if operation == "references.add" else None
        await north.slack.post(
            user="ana",
            channel="mascots",
            text="",
            files=[picture("fox.png")],
            thread_ts=thread["ts"] if thread else None,
        )
        await north.slack.wait_until(lambda: masko.calls[operation] > calls or None)  # noqa: B023
        told = await north.slack.uninstall()
        assert [each.acknowledged for each in told] == [True, True]
        await north.all_done()
        assert await rows(program, team) == {}
        assert await orphans(program) == {}
        bear = await south.post([picture("bear.png", "teal")])
        assert "1 of 6 references" in south.words(bear)[0]


async def orphans(program: Workspaces) -> dict[str, int]:
    """Rows of posts and mascots that are gone, by table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        for column, of in (("post_id", "post"), ("mascot_id", "mascot")):
            if column in table.c and table.name != of:
                where = f"{column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {of})"
                if count := await scalar(program, f"SELECT count(*) FROM {table.name} WHERE {where}"):
                    found[f"{table.name}.{column}"] = count
    return found


@pytest.mark.parametrize(
    "order", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")], ids=str
)
async def test_nothing_is_left_in_either_order_and_however_often(
    program: Workspaces, order: tuple[str, str]
) -> None:
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    await north.post([picture("fox.png")])
    told = await north.slack.uninstall(order)
    assert [each.payload["event"]["type"] for each in told] == list(order)
    again = [await north.slack.deliver_again(each) for each in told]
    assert all(each.acknowledged for each in (*told, *again))
    await north.all_done()
    assert await rows(program, north.slack.directory.team.id) == {}
    assert await orphans(program) == {}
    assert "1 of 6" in south.words(await south.post([picture("bear.png", "teal")]))[0]


async def test_after_its_tokens_were_revoked_a_workspace_goes_on_where_it_was(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    team = north.slack.directory.team.id
    fox = await north.post([picture("fox.png")])
    kept = await rows(program, team)
    await north.slack.revoke_tokens()
    left = await rows(program, team)
    assert kept.keys() - left.keys() == {"installation"}
    assert left["mascot"] == kept["mascot"]
    await program.install(north.slack)
    await north.post([picture("two.png", "teal")], thread=fox)
    await north.all_done()
    assert "2 of 6 references" in north.words(fox)[0]


@ON_SQLITE
async def test_the_tokens_of_people_are_not_the_apps(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    fox, before = await north.post([picture("fox.png")]), await rows(program)
    for tokens in ({"oauth": ["U1"]}, {"oauth": ["U1"], "bot": []}, {}, None):
        delivery = await north.slack.send_event({"type": "tokens_revoked", "tokens": tokens})
        assert delivery.attempts[0].status == 200
    assert await rows(program) == before
    await north.post([picture("two.png", "teal")], thread=fox)
    await north.all_done()
    assert "2 of 6 references" in north.words(fox)[0]


@ON_SQLITE
async def test_nobody_but_slack_removes_the_app(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    before = await rows(program)
    payload = north.slack.workspace.wrapped({"type": "app_uninstalled"})
    kind, body = request_body("events_api", payload)
    for forged in ({}, {"X-Slack-Signature": "v0=" + "0" * 64, "X-Slack-Request-Timestamp": "1"}):
        headers = {"Content-Type": kind, **forged}
        async with program.http.post(f"{program.url}/slack/events", data=body, headers=headers) as answer:
            assert answer.status == 401
    assert await rows(program) == before


# Secrets


async def test_secrets_are_shown_nowhere_and_kept_encrypted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    caplog.set_level(logging.DEBUG, "handlers")
    url = f"sqlite:///{tmp_path}/masko.db"
    async with a_program(url, rotation=True) as program:
        slack = program.sandbox.add_workspace("Northwind")
        back, cookie = await program.allow(slack.directory.team.id)
        _, page = await follow(program, back, cookie)
        _, again = await follow(program, back, cookie)
        north = await program.join(slack)
        await north.post([picture("fox.png")])
        slack.workspace.views.forget()  # the form before was closed
        assert "doesn't accept this key" in await north.connect("masko_" + "f" * 64)
        await north.all_done()
        installations = slack.platform.installations
        secrets = {
            *(token for token in installations._tokens if token != program.sandbox.bot_token),
            *installations._refreshes,
            north.key,
            "masko_" + "f" * 64,
            program.sandbox.client_secret,
            program.sandbox.signing_secret,
            ENCRYPTION_KEY,
        }
        handed_out = {back.query["code"], back.query["state"]}
        running: Any = program.program
        built = list(running.app._built.values())
        assert built
        seen = "\n".join(map(repr, [running, running.settings, running.app, *built, *_parts(built)]))
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("masko.db*"))  # noqa: ASYNC240
        assert b"fox" in stored
    for secret in secrets | handed_out:
        assert secret not in caplog.text
        assert secret not in page + again
        assert secret not in seen
    for secret in secrets | {back.query["code"]}:
        assert secret.encode() not in stored


async def test_errors_of_the_database_do_not_quote_what_was_to_be_written(database_url: str) -> None:
    statement, given = text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "xoxb-secret"}
    store = await open_store(database_url)
    try:
        with pytest.raises(DBAPIError) as caught:
            async with store.write() as session:
                await session.execute(statement, given)
    finally:
        await store.close()
    assert "nowhere" in str(caught.value)
    assert "xoxb-secret" not in str(caught.value)


def _parts(built: list[Any]) -> Iterator[object]:
    """What a workspace's bot is made of."""
    for each in built:
        yield each.workspace
        yield each.app
        for handler in each.handlers.values():
            yield handler
            yield getattr(handler.run, "__self__", None)
