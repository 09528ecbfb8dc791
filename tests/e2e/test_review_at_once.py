"""A team that votes in the same instant."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot.channels.settings import ChannelSettings, ReviewRules
from bot.cli.local import local_bot, words_of
from bot.db.tables import ReviewRow
from bot.db.values import Did, MayReview, State
from bot.review.model import replay
from bot.review.record import Record, load
from bot.review.view import APPROVE, REQUEST, WORDS
from bot.sandbox.scenarios.seed import Seed, parsed
from bot.sandbox.slack.directory import UserGroup
from tests.e2e.team import Message, Team, picture, set_channel
from tests.e2e.test_at_once import machines

pytestmark = pytest.mark.slow

REVIEWERS = [f"r{number:02}" for number in range(1, 21)]


def a_big_team() -> Seed:
    """Ana, and twenty who review."""
    people = "\n".join(f"  - {{name: {name}}}" for name in ["ana", *REVIEWERS])
    members = ", ".join(["ana", *REVIEWERS, "bot"])
    return parsed(f"people:\n{people}\nchannels:\n  - {{name: mascots, members: [{members}]}}\n")


@pytest.fixture
async def team(database_url: str, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    async with local_bot(database_url=database_url, seed=a_big_team()) as (sandbox, bot):
        team = Team(sandbox, bot)
        team.slack.files.processing_delay = 0.0
        yield team
    assert "failed unexpectedly" not in caplog.text


async def set_rules(team: Team, **rules: Any) -> None:
    channel = team.slack.directory.channel("mascots").id
    settings = ChannelSettings(review=ReviewRules(**rules))
    await set_channel(team.bot.store, team.slack.directory.team.id, channel, settings)


def id_of(team: Team, name: str) -> str:
    return team.slack.directory.person(name).id


async def record_of(team: Team) -> Record:
    async with team.bot.store.read() as session:
        record = await load(session, team.mascots()[0].id)
    assert record is not None
    return record


async def settled(team: Team, said: Callable[[], bool]) -> None:
    """Wait until something is said, and all that follows from it."""
    await team.slack.wait_until(lambda: said() or None, timeout=40)
    await team.all_done()


async def agree(team: Team, post: Message) -> Record:
    """What the record tells, once it was seen that the card and the list of reviews tell the same."""
    record = await record_of(team)
    card = team.words(post)[0]
    async with team.bot.store.read() as session:
        standing = await session.get(ReviewRow, record.mascot.id)
    told = replay(record.entries, record.edition.digest)
    heads = {
        State.DRAFT: "",
        State.IN_REVIEW: f"*In review* · {len(told.approvals)} of ",
        State.CHANGES_REQUESTED: "*Changes requested* by ",
        State.APPROVED: "✅ *Approved* by ",
    }
    assert heads[told.state] in card
    assert standing is not None
    assert (standing.state, standing.waiting) == (told.state, list(told.waiting))
    return record


async def twice(team: Team, user: str, card: Message) -> None:
    """Press, and have Slack deliver it once more, as where an answer got lost."""
    delivery = await team.press(card, APPROVE, user=user)
    await team.slack.deliver_again(delivery, retry_attempt=0)


async def request_then_approve(team: Team, user: str, card: Message) -> None:
    await team.press(card, REQUEST, user=user)
    view = await team.slack.wait_until(lambda: team.slack.view(user))
    words = {WORDS: {WORDS: {"type": "plain_text_input", "value": f"Bigger ears, says {user}"}}}
    submitted = await team.slack.submit(user, view["id"], words)
    assert not submitted.timed_out
    await team.press(card, APPROVE, user=user)


async def react(team: Team, user: str, card: Message) -> None:
    team.slack.react(user, "mascots", card["ts"], "white_check_mark")


async def press(team: Team, user: str, card: Message) -> None:
    await team.press(card, APPROVE, user=user)


def way_of(number: int) -> Callable[[Team, str, Message], Awaitable[None]]:
    """Two ask for changes first, some are told of twice, some use the emoji."""
    if number < 2:
        return request_then_approve
    return (press, twice, react)[number % 3]


@pytest.mark.timeout(180)
async def test_twenty_reviewers_vote_in_the_same_instant(team: Team, database_url: str) -> None:
    await set_rules(team, approvals=20)
    post = await team.post([picture(size=128)])
    await team.all_done()
    card = team.card(post)
    async with machines(team, database_url):
        await asyncio.gather(*(way_of(n)(team, name, card) for n, name in enumerate(REVIEWERS)))
        await settled(team, lambda: any("is approved by" in each for each in team.words(post)))
        record = await agree(team, post)
    assert {each.user for each in record.review.approvals} == {id_of(team, name) for name in REVIEWERS}
    done = Counter((each.did, each.user) for each in record.entries)
    assert sum(number for (did, _), number in done.items() if did is Did.APPROVED) == 20
    assert sum(number for (did, _), number in done.items() if did is Did.REQUESTED) == 2
    assert sum(number for (did, _), number in done.items() if did is Did.CONCLUDED) == 1
    card_words, *said = team.words(post)
    assert "*Approved* by " in card_words
    assert " and 18 more" in card_words
    assert sum("is approved by" in each for each in said) == 1
    assert sum("asks for changes" in each for each in said) == 2
    assert len(said) <= 8  # the card shows votes, and only what changes the state is said
    assert team.findings() == []


async def test_the_last_approval_and_a_request_in_the_same_instant(team: Team, database_url: str) -> None:
    """Whichever is first: who approves hears of an approval only where there is one."""
    post = await team.post([picture(size=128)])
    await team.all_done()
    card = team.card(post)
    await team.press(card, REQUEST, user="r02")
    view = await team.slack.wait_until(lambda: team.slack.view("r02"))
    words = {WORDS: {WORDS: {"type": "plain_text_input", "value": "Bigger ears"}}}
    async with machines(team, database_url):
        await asyncio.gather(
            team.press(card, APPROVE, user="r01"), team.slack.submit("r02", view["id"], words)
        )
        await settled(team, lambda: len(team.words(post)) == 3)
        record = await agree(team, post)
    assert record.review.state is State.CHANGES_REQUESTED
    assert "*Changes requested* by " in team.words(post)[0]
    order = [each.did for each in record.entries]
    summaries = [each for each in team.words(post) if "is approved by" in each]
    assert len(summaries) == order.count(Did.CONCLUDED) == (order[0] is Did.APPROVED)
    assert team.findings() == []


async def test_a_press_while_a_reference_is_being_added(team: Team, database_url: str) -> None:
    """The vote is on what was on the card, or it is none; it is never on what nobody had seen."""
    await set_rules(team, approvals=2)
    post = await team.post([picture(size=128)])
    await team.all_done()
    seen = (await record_of(team)).edition.digest
    card = team.card(post)
    async with machines(team, database_url):
        more = asyncio.create_task(team.post([picture("side.png", "teal", 128)], thread=post))
        await asyncio.gather(*(team.press(card, APPROVE, user=name) for name in REVIEWERS[:3]))
        await more
        await team.all_done()
        record = await agree(team, post)
    assert record.edition.digest != seen
    assert record.review.approvals == ()
    votes = [each for each in record.entries if each.did is Did.APPROVED]
    assert {each.edition for each in votes} <= {seen}
    voted = {each.user for each in votes}
    for name in REVIEWERS[:3]:
        hints = [each for each in team.words(post, viewer=name) if "have changed since you looked" in each]
        assert (not hints) == (id_of(team, name) in voted)
    assert team.findings() == []


async def take_from_people(team: Team, left: str) -> None:
    await set_rules(team, approvals=2, who=MayReview.PEOPLE, people=(left,))


async def take_from_group(team: Team, left: str) -> None:
    team.slack.directory.groups["S0REVIEW001"].members[:] = [left]


@pytest.mark.parametrize("take", [take_from_people, take_from_group])
async def test_a_press_while_somebody_is_taken_from_those_who_may(
    team: Team, database_url: str, take: Callable[[Team, str], Awaitable[None]]
) -> None:
    """Either they may, and it counts, or they may not, and are told so."""
    both = tuple(id_of(team, name) for name in REVIEWERS[:2])
    first, second = both
    group = UserGroup("S0REVIEW001", "reviewers", "Reviewers", list(both))
    team.slack.directory.groups[group.id] = group
    who = MayReview.PEOPLE if take is take_from_people else MayReview.GROUP
    await set_rules(team, approvals=2, who=who, people=both, group_id=group.id)
    post = await team.post([picture(size=128)])
    await team.all_done()
    card = team.card(post)
    async with machines(team, database_url):
        await asyncio.gather(
            *(team.press(card, APPROVE, user=name) for name in REVIEWERS[:2]), take(team, first)
        )
        await team.all_done()
        record = await agree(team, post)
    counted = {each.user for each in record.review.approvals}
    assert first in counted
    told = [words_of(each) for each in team.replies(post, viewer=REVIEWERS[1])]
    assert (second in counted) != any("can review" in each for each in told)
    assert team.findings() == []
