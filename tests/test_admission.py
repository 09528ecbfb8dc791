"""Who may add: what Slack is asked, and for how long its answer holds."""

from __future__ import annotations

import pytest

from bot.admission import GROUP_IS_GONE, KNOWN_FOR, NO_GUESTS, NOT_IN_GROUP, Admission, CannotTell
from bot.channel_settings import ChannelSettings, MayAdd
from bot.slack.members import Members
from bot.slack.refusals import SlackError, SlackRateLimited, SlackUnreachable

MEMBERS = ChannelSettings(may_add=MayAdd.MEMBERS)
GROUP = ChannelSettings(may_add=MayAdd.GROUP, group_id="S1")


class FakePeople(Members):
    """Slack's people, without Slack.

    Attributes:
        guests, group: who they are now.
        trouble: what Slack answers instead.
        asked: how often.
    """

    def __init__(self) -> None:
        self.guests = {"GIL"}
        self.group = {"ANA"}
        self.trouble: SlackError | None = None
        self.asked = 0

    async def is_member(self, user: str) -> bool:
        self._ask()
        return user not in self.guests

    async def members_of(self, group_id: str) -> frozenset[str]:
        self._ask()
        return frozenset(self.group)

    def _ask(self) -> None:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def people() -> FakePeople:
    return FakePeople()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def admission(people: FakePeople, clock: Clock) -> Admission:
    return Admission(people, clock)


@pytest.mark.parametrize(
    ("settings", "user", "words"),
    [
        (ChannelSettings(), "GIL", None),
        (MEMBERS, "BEN", None),
        (MEMBERS, "GIL", NO_GUESTS),
        (GROUP, "ANA", None),
        (GROUP, "BEN", NOT_IN_GROUP),
    ],
)
async def test_who_may(admission: Admission, settings: ChannelSettings, user: str, words: str | None) -> None:
    assert await admission.refusal(user, settings) == words


async def test_where_everyone_may_nobody_is_asked_about(admission: Admission, people: FakePeople) -> None:
    await admission.refusal("GIL", ChannelSettings())
    assert people.asked == 0


async def test_an_answer_holds_for_some_minutes(
    admission: Admission, people: FakePeople, clock: Clock
) -> None:
    assert await admission.refusal("GIL", MEMBERS) == NO_GUESTS
    assert await admission.refusal("BEN", GROUP) == NOT_IN_GROUP
    assert await admission.refusal("ANA", GROUP) is None
    assert people.asked == 2
    people.guests, people.group = set(), {"BEN"}
    assert await admission.refusal("GIL", MEMBERS) == NO_GUESTS
    clock.now = KNOWN_FOR
    assert await admission.refusal("GIL", MEMBERS) is None
    assert await admission.refusal("ANA", GROUP) == NOT_IN_GROUP
    assert people.asked == 4


@pytest.mark.parametrize(
    ("trouble", "worth_retrying", "told"),
    [
        (SlackUnreachable("users.info"), True, "Slack did not answer."),
        (SlackRateLimited("users.info", 30.0), True, "Slack asked to go slower."),
        (SlackError("users.info", "missing_scope"), False, "should reinstall it"),
    ],
)
async def test_trouble_is_no_answer_and_is_not_remembered(
    admission: Admission, people: FakePeople, trouble: SlackError, worth_retrying: bool, told: str
) -> None:
    people.trouble = trouble
    with pytest.raises(CannotTell) as raised:
        await admission.refusal("ANA", MEMBERS)
    assert (raised.value.worth_retrying, raised.value.retry_after) == (worth_retrying, trouble.retry_after)
    assert told in raised.value.words
    people.trouble = None
    assert await admission.refusal("ANA", MEMBERS) is None


async def test_a_group_that_is_gone_lets_nobody_in(admission: Admission, people: FakePeople) -> None:
    people.trouble = SlackError("usergroups.users.list", "no_such_subteam")
    assert await admission.refusal("ANA", GROUP) == GROUP_IS_GONE
