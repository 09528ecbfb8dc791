"""More images than a person, or a channel, may have taken in within an hour; and floods of commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.app import running
from bot.channels.permissions import Actor
from bot.cli.local import words_of
from bot.commands.dispatch import REQUESTED
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.intake.catch import Intake
from bot.intake.upload import HOUR
from bot.jobs.runner import CARRY, carry_post
from bot.server.process import listening
from bot.slack.blocks import RETRY
from tests.e2e.team import COLOURS, Message, Team, a_sandbox, picture, settings_for

PERSON, CHANNEL = 3, 5
PERSONS = f"I take in at most {PERSON} images an hour from one person"
CHANNELS = f"I take in at most {CHANNEL} images an hour in one channel"


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    """A team whose bot takes in few images."""
    async with a_sandbox() as sandbox:
        sandbox.slack.files.processing_delay = 0.0
        few = {"images_per_person": PERSON, "images_per_channel": CHANNEL}
        settings = settings_for(sandbox, database_url).model_copy(update=few)
        async with running(settings) as bot, listening(bot):
            await sandbox.slack.wait_connected(timeout=10.0)
            team = Team(sandbox, bot)
            yield team
            assert team.findings() == []


async def post(team: Team, *numbers: int, user: str = "ana", channel: str = "mascots") -> Message:
    """Pictures by their numbers, each unlike the others."""
    files = [picture(f"{COLOURS[n]}.png", COLOURS[n], 128) for n in numbers]
    return await team.post(files, user=user, channel=channel)


def told(team: Team, user: str = "ana") -> list[str]:
    """What the bot has said to one person alone."""
    who = team.slack.directory.person(user).id
    messages = team.slack.workspace.messages
    return [words_of(messages.as_json(each)) for each in messages.all() if each.ephemeral_to == who]


async def states(team: Team) -> list[ImageState]:
    async with team.bot.store.read() as session:
        return [*await session.scalars(select(IntakeRow.state).order_by(IntakeRow.id))]


async def let_an_hour_pass(team: Team) -> None:
    async with team.bot.store.write() as session:
        earlier = await session.execute(select(IntakeRow.id, IntakeRow.taken_at))
        for image_id, taken_at in earlier.all():
            if taken_at is not None:
                changed = update(IntakeRow).where(IntakeRow.id == image_id)
                await session.execute(changed.values(taken_at=taken_at - HOUR - timedelta(seconds=1)))


def private(team: Team, user: str = "ana", channel: str = "mascots") -> Message:
    """The newest message that one person alone sees in a channel."""
    public = {each["ts"] for each in team.slack.channel_messages(channel)}
    return [each for each in team.slack.channel_messages(channel, viewer=user) if each["ts"] not in public][
        -1
    ]


async def test_the_first_that_fit_are_taken_in_and_retry_takes_in_the_others(team: Team) -> None:
    done = await post(team, 0, 1, 2, 3, 4)
    assert len(team.mascots()[0].reference_asset_ids) == PERSON
    (note,) = told(team)
    assert note.startswith(
        f"I didn't take in 2 of your 5 images, as {PERSONS}. Press Retry here or at my Home"
    )
    assert "[Retry]" in note
    (card,) = team.words(done)
    assert f"Not taken in yet, as {PERSONS}." in card
    assert "3 of 6 references" in card
    await let_an_hour_pass(team)
    await team.press(private(team), RETRY)
    await team.all_done()
    assert len(team.mascots()[0].reference_asset_ids) == 5
    assert "Not taken in" not in "".join(team.words(done))
    assert len(told(team)) == 1


async def test_a_post_that_is_wholly_over_is_told_its_poster_alone(team: Team) -> None:
    await post(team, 0, 1, 2)
    over = await post(team, 3)
    assert team.words(over) == []
    assert told(team)[0].startswith(f"I didn't take in your image, as {PERSONS}.")
    await team.press(private(team), RETRY)  # too early
    await team.all_done()
    assert len(told(team)) == 2
    assert (await states(team))[3:] == [ImageState.FAILED]
    assert len(team.mascots()) == 1
    await let_an_hour_pass(team)
    await team.bot.queue.drained(CARRY)
    team.slack.open_home("ana")
    shown = await team.slack.wait_until(lambda: team.slack.home("ana"))
    assert f"Not taken in yet, as {PERSONS}." in str(shown)


async def test_each_person_and_each_channel_has_a_quota_of_its_own(team: Team) -> None:
    await post(team, 0, 1, 2)
    await post(team, 3, 4, 5, user="chris")  # of the channel's 5 2 are left
    (note,) = told(team, "chris")
    assert note.startswith(f"I didn't take in 1 of your 3 images, as {CHANNELS}.")
    assert told(team) == []
    await post(team, 6, user="chris", channel="unreleased")
    assert len(told(team, "chris")) == 1
    assert len(team.mascots()) == 3


async def test_what_cannot_be_used_counts_for_nothing(team: Team) -> None:
    broken = picture("broken.png", "teal", 128)
    broken = type(broken)("broken.png", broken.content[:200])
    await team.post([broken, broken, broken])
    await post(team, 0, 1, 2)
    assert told(team) == []
    assert len(team.mascots()[0].reference_asset_ids) == PERSON


@pytest.mark.parametrize("state", [ImageState.UPLOADED, ImageState.FAILED])
async def test_what_is_tried_again_counts_once(team: Team, state: ImageState) -> None:
    """As after a crash, and as by Retry."""
    await post(team, 0, 1)
    async with team.bot.store.write() as session:
        await session.execute(update(IntakeRow).values(state=state))
        row = (await session.scalars(select(PostRow))).one()
    if state is ImageState.FAILED:
        assert await Intake(team.bot.store, team.bot.queue).retry(row.id, Actor(row.team, row.user), None)
    else:
        async with team.bot.store.write() as session:
            await carry_post(session, team.bot.queue, row, row.id)
    await team.done()
    assert await states(team) == [ImageState.ADDED] * 2
    await post(team, 2)
    assert told(team) == []
    await post(team, 3)
    assert len(told(team)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_flood_of_commands_does_not_use_up_what_others_need(team: Team) -> None:
    """Each calls Masko, which takes 60 calls a minute; still others are answered at once."""
    await post(team, 0)
    typed = f"show {team.mascots()[0].detected.name}"
    for _ in range(25):
        flood = [team.slack.command("ana", "mascots", "/masko", typed) for _ in range(20)]
        assert all(each.acknowledged for each in await asyncio.gather(*flood))
    before = team.masko.effects["collections.get"]
    await team.slack.command("chris", "unreleased", "/masko", typed)
    await team.slack.wait_until(lambda: told(team, "chris") or None, timeout=10.0)
    await team.bot.queue.drained(REQUESTED)
    await team.slack.wait_until(lambda: len(told(team)) == 500 or None)
    refused = [
        each for each in told(team) if each.startswith("Those are too many commands at once. Go on in")
    ]
    assert len(refused) >= 440  # all but 30, and as many again where the flood takes over a minute
    assert team.masko.effects["collections.get"] <= before + 61
