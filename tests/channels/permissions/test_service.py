"""What Slack is asked about people and conversations, for how long it holds, and what follows from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import queries as channels
from bot.channels.permission_rules import (
    NO_GUESTS,
    NOT_IN_GROUP,
    NOT_IN_SIGHT,
    NOT_KNOWN,
    ONLY_MEMBERS_CHANGE,
    ONLY_SOME_SET,
    Act,
)
from bot.channels.permissions import KNOWN_FOR, Actor, CannotTell, Permissions
from bot.channels.queries import write_settings
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.db import Store, mascots, open_store
from bot.db.engine import insert
from bot.db.tables import ReferenceRow
from bot.db.values import MayAdd, MayReview
from bot.slack.errors import SlackError, SlackRateLimited, SlackUnreachable
from bot.slack.users import Conversation, Members, Person

PUBLIC, SECRET, DIRECT = "C0PUBLIC", "C0SECRET", "D0ANA"
TEAM = "T1"


class FakeSlack(Members):
    """Slack's people and conversations, without Slack.

    Attributes:
        trouble: what Slack answers instead.
        asked: what it was asked, in order.
    """

    def __init__(self) -> None:
        self.people = {"CHRIS": Person(admin=True), "GIL": Person(guest=True), "NOOR": Person(stranger=True)}
        self.conversations = {
            PUBLIC: Conversation(public=True, creator="BEN"),
            SECRET: Conversation(creator="ANA"),
            DIRECT: Conversation(person="ANA"),
        }
        self.inside_of = {PUBLIC: {"ANA", "GIL"}, SECRET: {"ANA"}}
        self.group = {"ANA"}
        self.trouble: SlackError | None = None
        self.asked: list[str] = []

    async def person(self, user: str) -> Person:
        self._ask(user)
        return self.people.get(user, Person())

    async def members_of(self, group_id: str) -> frozenset[str]:
        self._ask(group_id)
        return frozenset(self.group)

    async def conversation(self, channel: str) -> Conversation:
        self._ask(channel)
        if channel not in self.conversations:
            raise SlackError("conversations.info", "channel_not_found")
        return self.conversations[channel]

    async def inside(self, channel: str) -> frozenset[str]:
        self._ask(f"{channel}'s people")
        return frozenset(self.inside_of[channel])

    def _ask(self, whom: str) -> None:
        self.asked.append(whom)
        if self.trouble is not None:
            raise self.trouble


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slack() -> FakeSlack:
    return FakeSlack()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """With a mascot for each conversation, called like it, one in two of them, and one in none."""
    store = await open_store(database_url)
    async with store.write() as session:
        await shown(session, "public", PUBLIC)
        await shown(session, "secret", SECRET)
        await shown(session, "direct", DIRECT)
        await shown(session, "both", SECRET, PUBLIC)
        await shown(session, "nowhere")
        await shown(session, "gone", "C0GONE")
    yield store
    await store.close()


async def shown(session: AsyncSession, mascot_id: str, *places: str) -> None:
    row = {"id": mascot_id, "team": TEAM, "name": mascot_id, "reference_ids": []}
    await mascots.add(session, row | {"created_at": datetime.now(UTC)})
    for place in places:
        thread = await mascots.thread(session, TEAM, place, f"{mascot_id}.1")
        await mascots.change_thread(session, thread.id, mascot_id=mascot_id)


@pytest.fixture
def permissions(store: Store, slack: FakeSlack, clock: Clock) -> Permissions:
    return Permissions(store, slack, clock)


async def set_to(store: Store, channel: str = PUBLIC, **settings: Any) -> None:
    given = ChannelSettings(**settings)
    await store.write_at_once(lambda session: write_settings(session, TEAM, channel, given, by="CHRIS"))


async def may_not(
    permissions: Permissions, user: str, act: Act, mascot: str | None = None, **more: Any
) -> str | None:
    return await permissions.refusal(Actor(TEAM, user), act, mascot=mascot, **more)


SIGHTS = {
    "ANA": {"public", "secret", "direct", "both", "nowhere"},
    "BEN": {"public", "both", "nowhere"},
    "CHRIS": {"public", "both", "nowhere"},
    "GIL": {"public", "both"},
    "NOOR": set[str](),
}


@pytest.mark.parametrize("user", SIGHTS)
async def test_who_sees_which_mascots(permissions: Permissions, user: str) -> None:
    ids = {"public", "secret", "direct", "both", "nowhere", "gone", "unheard of"}
    assert await permissions.visible(Actor(TEAM, user), ids) == SIGHTS[user]
    for mascot in ids:
        words = None if mascot in SIGHTS[user] else NOT_KNOWN
        assert await may_not(permissions, user, Act.SEE, mascot) == words
    assert await permissions.visible(Actor("T2", user), ids) == set()


async def test_whom_slack_tells_of_acting_somewhere_sees_it_for_some_minutes(
    permissions: Permissions, slack: FakeSlack, clock: Clock
) -> None:
    permissions.witness("NOOR", SECRET)
    assert await may_not(permissions, "NOOR", Act.SEE, "secret") is None
    assert slack.asked == []
    clock.now = KNOWN_FOR
    assert await may_not(permissions, "NOOR", Act.SEE, "secret") == NOT_KNOWN


async def test_what_slack_told_holds_for_some_minutes(
    permissions: Permissions, slack: FakeSlack, clock: Clock
) -> None:
    for _ in range(3):
        assert await may_not(permissions, "GIL", Act.SEE, "public") is None
    assert sorted(slack.asked) == [PUBLIC, f"{PUBLIC}'s people", "GIL"]
    slack.inside_of[PUBLIC].remove("GIL")
    assert await may_not(permissions, "GIL", Act.SEE, "public") is None
    clock.now = KNOWN_FOR
    assert await may_not(permissions, "GIL", Act.SEE, "public") == NOT_KNOWN


async def test_an_act_comes_by_the_rules_of_the_mascots_home(store: Store, permissions: Permissions) -> None:
    await set_to(store, PUBLIC, may_add=MayAdd.MEMBERS)
    await set_to(store, SECRET, may_add=MayAdd.GROUP, group_id="S1")
    permissions.witness("GIL", "D0GIL")
    assert await may_not(permissions, "GIL", Act.ADD, "public") == NO_GUESTS
    assert await may_not(permissions, "GIL", Act.ADD, "both") == NOT_IN_GROUP
    assert await may_not(permissions, "ANA", Act.ADD, "both") is None
    assert await may_not(permissions, "GIL", Act.ADD, channel="D0GIL") is None


async def test_a_mascot_that_a_conversation_is_set_to_is_seen_there(
    store: Store, permissions: Permissions
) -> None:
    permissions.witness("GIL", "C0OTHER")
    assert await may_not(permissions, "GIL", Act.ADD, "secret") == NOT_KNOWN
    assert await may_not(permissions, "GIL", Act.ADD, "secret", channel="C0OTHER") is None


async def test_guests_change_what_is_their_own_alone(permissions: Permissions) -> None:
    assert await may_not(permissions, "GIL", Act.CHANGE, "public") == ONLY_MEMBERS_CHANGE
    assert await may_not(permissions, "GIL", Act.CHANGE, "public", own=True) is None


async def test_posts_from_inside_ask_nobody_where_everyone_may_add(
    permissions: Permissions, slack: FakeSlack
) -> None:
    permissions.witness("GIL", PUBLIC)
    assert await may_not(permissions, "GIL", Act.ADD, channel=PUBLIC, inside=True) is None
    assert slack.asked == []


@pytest.mark.parametrize(
    ("user", "channel", "words"),
    [
        ("BEN", PUBLIC, None),  # who created it: nobody is known to have invited the bot
        ("ANA", PUBLIC, ONLY_SOME_SET),
        ("CHRIS", PUBLIC, None),
        ("GIL", PUBLIC, ONLY_SOME_SET),
        ("NOOR", PUBLIC, NOT_IN_SIGHT),
        ("ANA", SECRET, None),
        ("CHRIS", SECRET, NOT_IN_SIGHT),
        ("ANA", DIRECT, None),
        ("CHRIS", DIRECT, NOT_IN_SIGHT),
        ("CHRIS", "C0NEVER", NOT_IN_SIGHT),
    ],
)
async def test_who_may_change_settings(
    permissions: Permissions, user: str, channel: str, words: str | None
) -> None:
    assert await may_not(permissions, user, Act.SET, channel=channel) == words


async def test_who_invited_the_bot_and_who_is_named_may_change_settings(
    store: Store, permissions: Permissions
) -> None:
    async with store.write() as session:
        await channels.change(session, TEAM, PUBLIC, invited_by="ANA")
    assert await may_not(permissions, "ANA", Act.SET, channel=PUBLIC) is None
    assert await may_not(permissions, "BEN", Act.SET, channel=PUBLIC) == ONLY_SOME_SET
    await set_to(store, setters=("BEN", "GIL"))
    assert await may_not(permissions, "BEN", Act.SET, channel=PUBLIC) is None
    assert await may_not(permissions, "GIL", Act.SET, channel=PUBLIC) is None


@pytest.mark.parametrize(
    ("trouble", "worth_retrying", "told"),
    [
        (SlackUnreachable("users.info"), True, "Slack didn't answer."),
        (SlackRateLimited("users.info", 30.0), True, "Slack asked me to slow down."),
        (SlackError("users.info", "missing_scope"), False, "should reinstall me"),
        (SlackError("users.info", "user_not_visible"), False, "so I asked who you are"),
    ],
)
@pytest.mark.parametrize("act", [Act.CHANGE, Act.APPROVE, Act.COMMENT, Act.ADD])
async def test_who_is_not_known_may_not_and_is_asked_about_again(
    permissions: Permissions,
    slack: FakeSlack,
    trouble: SlackError,
    worth_retrying: bool,
    told: str,
    act: Act,
) -> None:
    permissions.witness("ANA", PUBLIC)
    slack.trouble = trouble
    with pytest.raises(CannotTell) as raised:
        await may_not(permissions, "ANA", act, "public")
    assert (raised.value.worth_retrying, raised.value.retry_after) == (worth_retrying, trouble.retry_after)
    assert told in raised.value.words
    assert f"Not everyone can {act} in this channel" in raised.value.words
    slack.trouble = None
    assert await may_not(permissions, "ANA", act, "public") is None


async def test_a_conversation_that_slack_does_not_tell_of_now_is_out_of_sight(
    permissions: Permissions, slack: FakeSlack
) -> None:
    assert (await permissions.person("BEN")).member
    slack.trouble = SlackUnreachable("conversations.info")
    assert await permissions.visible(Actor(TEAM, "BEN"), {"public", "nowhere"}) == {"nowhere"}
    slack.trouble = None
    assert await permissions.visible(Actor(TEAM, "BEN"), {"public", "nowhere"}) == {"public", "nowhere"}


async def test_whoever_posted_may_not_approve_wherever_they_say_it(
    store: Store, permissions: Permissions
) -> None:
    async with store.write() as session:
        row = {"mascot_id": "public", "asset_id": "a", "name": "a.png", "showable": True, "added_by": "BEN"}
        await session.execute(insert(session, ReferenceRow).values(row))
        await mascots.change_mascot(session, "public", reference_ids=["a"])
    assert "You posted one" in (await may_not(permissions, "BEN", Act.APPROVE, "public") or "")
    await set_to(store, review=ReviewRules(who=MayReview.MEMBERS, poster_may=True))
    assert await may_not(permissions, "BEN", Act.APPROVE, "public") is None
    assert await may_not(permissions, "GIL", Act.APPROVE, "public") is not None
