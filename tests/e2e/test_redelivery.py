"""Slack tells of a thing more than once, or is not told that it was heard: it is done once all the same."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.cards.view import EDIT, NAME
from bot.sandbox.masko import faults
from bot.sandbox.slack import Delivery
from bot.slack.blocks import RETRY
from tests.e2e.team import Message, Team, a_team, a_team_over_http, picture
from tests.jobs import rows as job_rows

pytestmark = pytest.mark.slow


@pytest.fixture(params=["a socket and SQLite", "HTTP and PostgreSQL"])
async def team(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    """A team whose bot hears in either way, and remembers in either."""
    if request.param == "HTTP and PostgreSQL":
        way = a_team_over_http(request.getfixturevalue("postgres_url"))
    else:
        way = a_team(f"sqlite:///{request.getfixturevalue('tmp_path')}/masko.db")
    async with way as team:
        team.slack.files.processing_delay = 0.0  # no card is shown again for its pictures' sake
        yield team
    assert "failed unexpectedly" not in caplog.text


def deliveries_of(team: Team, post: Message, kind: str = "message") -> list[Delivery]:
    """What told of a post."""
    return [
        each
        for each in team.slack.deliveries
        if each.payload.get("event", {}).get("ts") == post["ts"] and each.payload["event"]["type"] == kind
    ]


def one_mascot_of_one_image(team: Team, post: Message) -> None:
    """One effect, one card."""
    (mascot,) = team.mascots()
    assert len(mascot.reference_asset_ids) == 1
    (card,) = team.words(post)
    assert "1 of 6 references" in card
    assert team.masko.effects["upload"] == 1
    assert team.slack.effects["chat.postMessage"] == 1
    assert team.findings() == []


# -- the same event again --------------------------------------------------------------------------


@pytest.mark.parametrize("event_id", [None, "Ev0ANOTHER"], ids=["same event_id", "another event_id"])
@pytest.mark.parametrize("retry", [0, 2], ids=["unsaid", "said to be a retry"])
async def test_an_event_that_comes_again_hours_later(team: Team, event_id: str | None, retry: int) -> None:
    """All jobs are done by then, and nothing is left of them."""
    post = await team.post([picture()])
    await team.all_done()
    assert await jobs(team) == 0
    shown = team.replies(post)
    (delivery,) = deliveries_of(team, post)
    again = await team.slack.deliver_again(delivery, event_id=event_id, retry_attempt=retry)
    await team.all_done()
    assert again.acknowledged
    assert await jobs(team) == 0
    assert team.replies(post) == shown
    one_mascot_of_one_image(team, post)


async def test_many_copies_at_the_same_instant(team: Team) -> None:
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    (delivery,) = await team.slack.wait_until(lambda: deliveries_of(team, post) or None)
    copies = [
        team.slack.deliver_again(delivery, event_id=f"Ev0COPY{n}", retry_attempt=n % 4) for n in range(8)
    ]
    assert all(copy.acknowledged for copy in await asyncio.gather(*copies))
    await team.all_done()
    one_mascot_of_one_image(team, post)


@pytest.mark.parametrize("first", ["message", "app_mention"])
async def test_a_mention_and_a_message_tell_of_one_post_in_either_order(team: Team, first: str) -> None:
    post = await team.post([picture()], text="@masko look")
    events = {
        kind: deliveries_of(team, post, kind)[0].payload["event"] for kind in ("message", "app_mention")
    }
    other = {"ts": "1900000000.000100", "event_ts": "1900000000.000100", "thread_ts": post["ts"]}
    await team.all_done()
    for kind in sorted(events, key=lambda kind: kind != first):
        delivery = await team.slack.send_event(events[kind] | other | {"files": [another_file(team)]})
        assert delivery.acknowledged
        await team.all_done()
    (mascot,) = team.mascots()
    assert len(mascot.reference_asset_ids) == 2
    card, line = team.words(post)
    assert "2 of 6 references" in card
    assert line.startswith("Added")
    assert team.masko.effects["upload"] == 2


def another_file(team: Team) -> dict[str, Any]:
    """A file that is in the channel, made once."""
    files, people = team.slack.files, team.slack.directory
    found = next((file for file in files.all() if file.name == "more.png"), None)
    if found is None:
        found = team.slack.workspace.upload(picture("more.png", "navy"), people.person("ana"))
        found.shares.append((people.channel("mascots").id, "1900000000.000100"))
    return files.as_json(found)


async def test_one_file_in_two_channels_is_two_intakes(team: Team) -> None:
    first = await team.post([picture()])
    file_id = first["files"][0]["id"]
    second = await team.slack.post(user="ana", channel="unreleased", files=[file_id])
    await team.slack.wait_until(
        lambda: "1 of 6 references" in "".join(team.words(second, "unreleased")) or None
    )
    assert second["files"][0]["id"] == file_id
    assert "1 of 6 references" in team.words(first)[0]
    assert [len(mascot.reference_asset_ids) for mascot in team.mascots()] == [1, 1]


# -- people who press twice ------------------------------------------------------------------------


async def test_retry_pressed_twice_in_a_moment(team: Team) -> None:
    team.masko.faults.add("collections.create", faults.unauthorized())
    post = await team.post([picture()])
    reply = team.card(post)
    await asyncio.gather(*(team.press(reply, RETRY, user=user) for user in ("ana", "ben")))
    await team.all_done()
    one_mascot_of_one_image(team, post)
    assert "[Retry]" not in team.words(post)[0]


async def test_a_form_sent_twice(team: Team) -> None:
    post = await team.post([picture()])
    await team.press(team.card(post), EDIT)
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    values = {NAME: {NAME: {"type": "plain_text_input", "value": "Felix"}}}
    both = await asyncio.gather(*(team.slack.submit("ana", view["id"], values) for _ in range(2)))
    assert [(sent.errors, sent.timed_out) for sent in both] == [({}, False)] * 2
    await team.all_done()
    assert team.mascots()[0].name == "Felix"
    (card,) = team.words(post)
    assert card.startswith("Felix\n")


# -- what cannot be written is not acknowledged -----------------------------------------------------


@asynccontextmanager
async def full(team: Team, table: str | None = None) -> AsyncIterator[None]:
    """The database takes no new work, as when the disk is full; or nothing new in another table."""
    on_postgres = team.bot.settings.database_url.startswith("postgres")
    before, instead = FULL_POSTGRES if on_postgres else FULL_SQLITE
    table = table or job_rows.table_on(team.bot.settings.database_url)
    async with team.bot.store.write() as session:
        await session.execute(text(before))
        await session.execute(text(f"CREATE TRIGGER disk_full BEFORE INSERT ON {table} {instead}"))
    yield
    async with team.bot.store.write() as session:
        await session.execute(text("DROP TRIGGER disk_full" + (f" ON {table}" if on_postgres else "")))


FULL_SQLITE = ("SELECT 1", "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
FULL_POSTGRES = (
    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE EXCEPTION USING ERRCODE = ''disk_full''; END'",
    "EXECUTE FUNCTION no_room()",
)


@asynccontextmanager
async def locked(team: Team) -> AsyncIterator[None]:
    """Another program holds the lock that writing needs, such as a backup."""
    url = team.bot.settings.database_url
    if url.startswith("postgres"):
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE procrastinate_jobs IN EXCLUSIVE MODE")
            yield
            other.rollback()
        return
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as program:
        program.execute("BEGIN IMMEDIATE")
        yield
        program.execute("ROLLBACK")


Unwritable = Callable[[Team], AbstractAsyncContextManager[None]]
unwritable = pytest.mark.parametrize("unwritable", [full, locked], ids=["full", "locked"])


@unwritable
async def test_an_event_that_cannot_be_written_comes_again(team: Team, unwritable: Unwritable) -> None:
    team.slack.workspace.way.ack_timeout = 0.6
    async with unwritable(team):
        post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
        (delivery,) = await team.slack.wait_until(lambda: deliveries_of(team, post) or None)
        first = await team.slack.wait_until(lambda: delivery.attempts[0] if delivery.attempts else None)
        await team.slack.wait_until(lambda: first.closed or None)
        assert first.ack_ms is None
        assert first.status in (None, 500)
        assert team.replies(post) == []
    await team.slack.wait_until(lambda: delivery.acknowledged or None)
    await team.all_done()
    assert len(delivery.attempts) >= 2
    (card,) = team.words(post)
    assert "1 of 6 references" in card
    assert len(team.mascots()) == 1
    assert team.masko.effects["upload"] == 1


async def press_retry(team: Team, post: Message) -> bool:
    delivery = await team.slack.press("ana", "mascots", team.card(post)["ts"], RETRY)
    return delivery.acknowledged


async def send_form(team: Team, post: Message) -> bool:
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    values = {NAME: {NAME: {"type": "plain_text_input", "value": "Felix"}}}
    return not (await team.slack.submit("ana", view["id"], values)).timed_out


async def a_failed_post(team: Team) -> Message:
    team.masko.faults.add("collections.create", faults.unauthorized())
    return await team.post([picture()])


async def an_open_form(team: Team, action: str) -> Message:
    post = await team.post([picture()])
    await team.press(team.card(post), action)
    return post


Prepare = Callable[[Team], Awaitable[Message]]
Ask = Callable[[Team, Message], Awaitable[bool]]


@unwritable
@pytest.mark.parametrize(
    ("prepare", "ask", "seen"),
    [
        (a_failed_post, press_retry, "1 of 6 references"),
        (lambda team: an_open_form(team, EDIT), send_form, "Felix\n"),
    ],
    ids=["Retry", "a name"],
)
async def test_what_a_person_asks_for_is_not_acknowledged_either_until_it_is_written(
    team: Team, unwritable: Unwritable, prepare: Prepare, ask: Ask, seen: str
) -> None:
    """They see Slack's warning sign, and ask once more."""
    post = await prepare(team)
    await team.all_done()
    team.slack.workspace.way.ack_timeout = 0.6
    async with unwritable(team):
        assert not await ask(team, post)
    team.slack.workspace.way.ack_timeout = 3.0
    assert await ask(team, post)
    await team.all_done()
    (card,) = team.words(post)
    assert seen in card
    assert len(team.mascots()) == 1
    assert team.masko.effects["collections.create"] == 1


async def jobs(team: Team) -> int:
    """How many jobs there are."""
    async with team.bot.store.read() as session:
        return len(await job_rows.rows(session))
