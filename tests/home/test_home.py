"""What a Home says of posts and of the set-up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from bot import privacy as people
from bot.channels import queries as channels
from bot.channels.settings import ChannelSettings
from bot.db import Store, open_store, posts
from bot.db.tables import GreetedRow, ImageState, IntakeRow, PostRow
from bot.db.values import Mode
from bot.home.status import ALL_WELL, ASKING, FRESH_FOR, StatusReport, queue_words
from bot.mascots.create import ProjectChoice
from bot.telemetry.metrics import Backlog
from tests.e2e.team import a_team


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


def a_post(ts: str = "1.000001", *, channel: str = "C1", user: str = "U1", outside: bool = False) -> PostRow:
    return PostRow(
        team="T1",
        channel=channel,
        ts=ts,
        thread_ts=ts,
        user=user,
        from_outside=outside,
        among_strangers=False,
        held_back=False,
    )


def image(state: ImageState, detail: str | None = None, name: str = "fox.png") -> IntakeRow:
    return IntakeRow(
        image_key=name, file_id=name, name=name, source="hosted", showable=True, state=state, detail=detail
    )


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        (0, "Nothing is waiting."),
        (1, "Nothing is waiting."),
        (2, "1 piece of work waits or runs, the oldest for about 8 s."),
        (3, "2 pieces of work wait or run, the oldest for about 8 s."),
    ],
)
def test_how_much_work_there_is_besides_the_job_that_asks(jobs: int, words: str) -> None:
    assert queue_words([Backlog("intake.carry", jobs, 8.0 if jobs else 0.0, 0)]) == words


async def test_channels_of_a_person_are_where_they_set_something_or_posted(store: Store) -> None:
    async with store.write() as session:
        for number, (user, channel) in enumerate((("U1", "C2"), ("U1", "D1"), ("U2", "C3"), ("U1", "C2"))):
            await posts.note(session, a_post(f"{number}.0", channel=channel, user=user), [])
        await posts.note(session, a_post("9.0", channel="C9", outside=True), [])
        for channel, user in (("C1", "U1"), ("C1", "U2"), ("C4", "U2")):
            for _ in range(2):
                settings = ChannelSettings(mode=Mode.OFF)
                await channels.write_settings(session, "T1", channel, settings, by=user)
    async with store.read() as session:
        mine = await channels.of_person(session, "T1", "U1")
        assert [(channel, row.mode.value if row else None) for channel, row in mine] == [
            ("C1", "off"),
            ("C2", None),
        ]
        assert await channels.of_person(session, "T2", "U1") == []


async def test_a_post_that_failed_is_told_once_with_all_its_images(store: Store) -> None:
    async with store.write() as session:
        waiting = [image(ImageState.WAITING)]
        await posts.note(session, a_post("0.0"), waiting)
        for number in (1, 2):
            images = [image(ImageState.WAITING, name=name) for name in ("a.png", "b.png")]
            post_id = await posts.note(session, a_post(f"{number}.0", channel=f"C{number}"), images)
            assert post_id is not None
            await posts.fail_images(session, post_id, "Masko is down.")
        await posts.note(session, a_post("8.0", user="U2"), [image(ImageState.FAILED)])
        await posts.note(session, a_post("9.0", outside=True), [image(ImageState.FAILED)])
    async with store.read() as session:
        failed = await posts.failed(session, "T1", None, "U1")
        assert [each[:3] for each in failed] == [
            (channel, ("a.png", "b.png"), "Masko is down.") for channel in ("C2", "C1")
        ]
        in_channel = await posts.failed(session, "T1", "C1", "U1")
        assert [each.names for each in in_channel] == [("fox.png",), ("a.png", "b.png"), ("a.png", "b.png")]


async def test_what_a_home_knows_of_somebody_goes_when_they_are_forgotten(store: Store) -> None:
    async with store.write() as session:
        await posts.note(session, a_post(), [image(ImageState.FAILED)])
        await channels.write_settings(session, "T1", "C2", ChannelSettings(), by="U1")
        await session.execute(insert(GreetedRow).values(team="T1", user="U1"))
        await people.forget(session, "T1", "U1", "forgotten:1")
    async with store.read() as session:
        assert await channels.of_person(session, "T1", "U1") == []
        assert await posts.failed(session, "T1", None, "U1") == []
        assert await session.get(GreetedRow, ("T1", "U1")) is None


async def test_a_project_that_the_key_does_not_see_is_said(database_url: str) -> None:
    async with a_team(database_url) as team:
        masko = team.bot.masko
        report = StatusReport(team.bot.store, team.bot.queue, masko, ProjectChoice(masko, "elsewhere"))
        assert "✗ MASKO_PROJECT_ID: the Masko key does not see this project" in await report.health()
        assert report.cached == ASKING


async def test_that_all_is_well_is_asked_once_in_a_while(database_url: str) -> None:
    async with a_team(database_url) as team:
        now = 0.0
        masko, calls = team.bot.masko, team.masko.calls
        report = StatusReport(
            team.bot.store, team.bot.queue, masko, ProjectChoice(masko, None), clock=lambda: now
        )
        assert [await report.health(), await report.health(), report.cached] == [ALL_WELL] * 3
        assert calls["credits"] == 1
        now += FRESH_FOR
        assert report.cached == ASKING
        assert await report.health() == ALL_WELL
        assert calls["credits"] == 2
