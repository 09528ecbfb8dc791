"""What a Home says of posts and of the set-up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import privacy as people
from bot.channels import queries as channels
from bot.channels.settings import ChannelSettings
from bot.db import Store, open_store, posts
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.db.values import Mode
from bot.home import service as belongings
from bot.home.service import Taken, outcome
from bot.home.status import NO_SUCH_PROJECT, StatusReport, queue_words
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
    ("images", "mascots", "told"),
    [
        ([image(ImageState.WAITING)], (), "Being taken in…"),
        ([image(ImageState.WAITING, "Masko is busy.")], (), "Masko is busy."),
        ([image(ImageState.ADDED)], ("Felix",), "Added to Felix."),
        ([image(ImageState.ADDED)], (None,), "Added to a new mascot."),
        ([image(ImageState.ADDED)], (), "Added to a mascot."),
        (
            [image(ImageState.ADDED), image(ImageState.DUPLICATE, "b.png is there already.")],
            ("Felix",),
            "Added to Felix. b.png is there already.",
        ),
        ([image(ImageState.REFUSED, "fox.png is damaged.")], (), "fox.png is damaged."),
        ([image(ImageState.REFUSED)], (), "Nothing was done with it."),
    ],
)
def test_what_became_of_a_post(images: list[IntakeRow], mascots: tuple[str | None, ...], told: str) -> None:
    assert outcome(Taken(a_post(), images, mascots)) == told


def test_a_post_that_waits_for_its_posters_word() -> None:
    post = a_post()
    post.held_back = True
    assert outcome(Taken(post, [image(ImageState.WAITING)], ())) == "I wait for your answer."


@pytest.mark.parametrize(
    ("jobs", "besides", "words"),
    [
        (0, 0, "Nothing waits."),
        (1, 1, "Nothing waits."),
        (1, 0, "1 piece of work waits or runs, the oldest for about 8 s."),
        (3, 1, "2 pieces of work wait or run, the oldest for about 8 s."),
    ],
)
def test_how_much_work_there_is(jobs: int, besides: int, words: str) -> None:
    assert queue_words([Backlog("intake.carry", jobs, 8.0 if jobs else 0.0, 0)], besides) == words


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


async def test_failures_are_counted_and_the_others_are_recent(store: Store) -> None:
    async with store.write() as session:
        for number in range(7):
            post_id = await posts.note(session, a_post(f"{number}.0"), [image(ImageState.WAITING)])
            assert post_id is not None
            if number:
                await posts.fail_images(session, post_id, "Masko is down.")
        await posts.note(session, a_post("8.0", user="U2"), [image(ImageState.FAILED)])
    async with store.read() as session:
        assert await belongings.count_failed(session, "T1", "U1") == 6
        failed = await posts.failed(session, "T1", None, "U1", most=5)
        assert [post.ts for post, _, _ in failed] == ["6.0", "5.0", "4.0", "3.0", "2.0"]
        rest = await posts.failed(session, "T1", None, "U1", start=5, most=5)
        assert [post.ts for post, _, _ in rest] == ["1.0"]
        assert [taken.post.ts for taken in await belongings.recent(session, "T1", "U1", most=5)] == ["0.0"]


async def test_somebody_is_greeted_once_for_all_time(store: Store) -> None:
    async with store.write() as session:
        greeted = [await belongings.greet(session, "T1", user) for user in ("U1", "U1", "U2")]
    assert greeted == [True, False, True]


async def test_what_a_home_knows_of_somebody_goes_when_they_are_forgotten(store: Store) -> None:
    async with store.write() as session:
        await posts.note(session, a_post(), [image(ImageState.ADDED)])
        await channels.write_settings(session, "T1", "C2", ChannelSettings(), by="U1")
        await belongings.greet(session, "T1", "U1")
        await people.forget(session, "T1", "U1", "forgotten:1")
    async with store.write() as session:
        assert await channels.of_person(session, "T1", "U1") == []
        assert await belongings.recent(session, "T1", "U1", most=5) == []
        assert await belongings.greet(session, "T1", "U1")


async def test_a_project_that_the_key_does_not_see_is_said(database_url: str) -> None:
    async with a_team(database_url) as team:
        masko = team.bot.masko
        report = StatusReport(team.bot.store, team.bot.queue, masko, ProjectChoice(masko, "elsewhere"))
        await report.check_masko()
        assert [check.words for check in report.cached if not check.good] == [NO_SUCH_PROJECT]
