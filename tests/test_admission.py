"""Who may add: what Slack is asked, and for how long its answer holds."""

from __future__ import annotations

import pytest

from bot.admission import (
    DEACTIVATED,
    GROUP_IS_GONE,
    KNOWN_FOR,
    NO_APPS,
    NO_GUESTS,
    NO_OUTSIDERS,
    NOBODY_IS_NAMED,
    NOT_AMONG_REVIEWERS,
    NOT_IN_GROUP,
    ONLY_MEMBERS_REVIEW,
    POSTED_IT,
    REVIEWERS_ARE_GONE,
    Admission,
    CannotTell,
    not_named,
)
from bot.channel_settings import ChannelSettings, MayAdd, MayReview, ReviewRules
from bot.slack.members import Members, Person
from bot.slack.refusals import SlackError, SlackRateLimited, SlackUnreachable

MEMBERS = ChannelSettings(may_add=MayAdd.MEMBERS)
GROUP = ChannelSettings(may_add=MayAdd.GROUP, group_id="S1")


class FakePeople(Members):
    """Slack's people, without Slack.

    Attributes:
        guests, group, standings: who they are now.
        trouble: what Slack answers instead.
        asked: how often.
    """

    def __init__(self) -> None:
        self.guests = {"GIL"}
        self.group = {"ANA"}
        self.standings = {
            "GIL": Person(guest=True),
            "NOOR": Person(stranger=True),
            "OLD": Person(deleted=True),
            "APP": Person(app=True),
        }
        self.trouble: SlackError | None = None
        self.asked = 0

    async def is_member(self, user: str) -> bool:
        self._ask()
        return user not in self.guests

    async def members_of(self, group_id: str) -> frozenset[str]:
        self._ask()
        return frozenset(self.group)

    async def standing(self, user: str) -> Person:
        self._ask()
        return self.standings.get(user, Person())

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


# -- reviews ----------------------------------------------------------------------------------------

EVERYONE = ReviewRules()
ONLY_MEMBERS = ReviewRules(who=MayReview.MEMBERS)
PEOPLE = ReviewRules(who=MayReview.PEOPLE, people=("BEN", "NOOR", "OLD", "GIL"))
NOBODY = ReviewRules(who=MayReview.PEOPLE)
DESIGNERS = ReviewRules(who=MayReview.GROUP, group_id="S1")


async def refused(
    admission: Admission,
    user: str,
    rules: ReviewRules = EVERYONE,
    *,
    outsiders: bool = False,
    posters: tuple[str, ...] = (),
    approving: bool = True,
) -> str | None:
    return await admission.review_refusal(
        user, rules, takes_outsiders=outsiders, posters=frozenset(posters), approving=approving
    )


@pytest.mark.parametrize("approving", [True, False])
@pytest.mark.parametrize(
    ("rules", "user", "words"),
    [
        (EVERYONE, "ANA", None),
        (EVERYONE, "GIL", None),
        (EVERYONE, "NOOR", NO_OUTSIDERS),
        (EVERYONE, "OLD", DEACTIVATED),
        (EVERYONE, "APP", NO_APPS),
        (ONLY_MEMBERS, "ANA", None),
        (ONLY_MEMBERS, "GIL", ONLY_MEMBERS_REVIEW),
        (ONLY_MEMBERS, "NOOR", NO_OUTSIDERS),
        (ONLY_MEMBERS, "OLD", DEACTIVATED),
        (PEOPLE, "BEN", None),
        (PEOPLE, "GIL", None),
        (PEOPLE, "ANA", not_named(4)),
        (PEOPLE, "NOOR", NO_OUTSIDERS),
        (PEOPLE, "OLD", DEACTIVATED),
        (NOBODY, "ANA", NOBODY_IS_NAMED),
        (DESIGNERS, "ANA", None),
        (DESIGNERS, "BEN", NOT_AMONG_REVIEWERS),
        (DESIGNERS, "NOOR", NO_OUTSIDERS),
        (DESIGNERS, "OLD", DEACTIVATED),
    ],
)
async def test_who_may_review(
    admission: Admission, rules: ReviewRules, user: str, words: str | None, approving: bool
) -> None:
    assert await refused(admission, user, rules, approving=approving) == words


@pytest.mark.parametrize(
    ("rules", "user", "words"),
    [
        (EVERYONE, "NOOR", None),
        (EVERYONE, "OLD", DEACTIVATED),
        (ONLY_MEMBERS, "NOOR", ONLY_MEMBERS_REVIEW),
        (PEOPLE, "NOOR", None),
        (DESIGNERS, "NOOR", NOT_AMONG_REVIEWERS),
    ],
)
async def test_who_may_review_where_other_organisations_take_part(
    admission: Admission, rules: ReviewRules, user: str, words: str | None
) -> None:
    assert await refused(admission, user, rules, outsiders=True) == words


@pytest.mark.parametrize(
    ("rules", "posters", "approving", "words"),
    [
        (EVERYONE, ("ANA", "BEN"), True, POSTED_IT),
        (EVERYONE, ("ANA",), False, None),
        (EVERYONE, ("BEN",), True, None),
        (ReviewRules(poster_may=True), ("ANA",), True, None),
        (DESIGNERS, ("ANA",), True, POSTED_IT),
        (PEOPLE, ("ANA",), True, not_named(4)),
    ],
)
async def test_who_posted_a_picture(
    admission: Admission, rules: ReviewRules, posters: tuple[str, ...], approving: bool, words: str | None
) -> None:
    assert await refused(admission, "ANA", rules, posters=posters, approving=approving) == words


def test_how_many_may_is_said_and_nobody_is_mentioned() -> None:
    assert "Only 1 person named in this channel's settings may review here. They can" in not_named(1)
    assert "Only 4 people named in this channel's settings may review here. One of them can" in not_named(4)


async def test_what_is_known_of_reviewers_holds_for_some_minutes(
    admission: Admission, people: FakePeople, clock: Clock
) -> None:
    for _ in range(3):
        assert await refused(admission, "NOOR") == NO_OUTSIDERS
        assert await refused(admission, "GIL", ONLY_MEMBERS) == ONLY_MEMBERS_REVIEW
    assert people.asked == 2
    people.standings.clear()
    assert await refused(admission, "NOOR") == NO_OUTSIDERS
    clock.now = KNOWN_FOR
    assert await refused(admission, "NOOR") is None
    assert await refused(admission, "GIL", ONLY_MEMBERS) is None
    assert people.asked == 4


@pytest.mark.parametrize("code", ["missing_scope", "user_not_visible", "unknown_method"])
async def test_where_everyone_may_nobody_is_turned_away_because_slack_does_not_tell(
    admission: Admission, people: FakePeople, code: str
) -> None:
    people.trouble = SlackError("users.info", code)
    assert await refused(admission, "NOOR") is None
    assert await refused(admission, "NOOR", posters=("NOOR",)) == POSTED_IT
    people.trouble = None
    assert await refused(admission, "NOOR") == NO_OUTSIDERS  # that it could not ask is not remembered


@pytest.mark.parametrize("rules", [ONLY_MEMBERS, PEOPLE, NOBODY, DESIGNERS])
async def test_stricter_rules_need_to_know_who_it_is(
    admission: Admission, people: FakePeople, rules: ReviewRules
) -> None:
    people.trouble = SlackError("users.info", "missing_scope")
    with pytest.raises(CannotTell) as raised:
        await refused(admission, "ANA", rules)
    assert not raised.value.worth_retrying
    assert "Not everyone may review in this channel" in raised.value.words
    assert "should reinstall it" in raised.value.words


@pytest.mark.parametrize("rules", [EVERYONE, ONLY_MEMBERS, PEOPLE, DESIGNERS])
@pytest.mark.parametrize("trouble", [SlackUnreachable("users.info"), SlackRateLimited("users.info", 30.0)])
async def test_a_slack_that_cannot_be_asked_is_asked_again(
    admission: Admission, people: FakePeople, rules: ReviewRules, trouble: SlackError
) -> None:
    people.trouble = trouble
    with pytest.raises(CannotTell) as raised:
        await refused(admission, "ANA", rules, posters=("ANA",))
    assert (raised.value.worth_retrying, raised.value.retry_after) == (True, trouble.retry_after)
    assert "Not everyone may review in this channel" in raised.value.words


async def test_a_group_of_reviewers_that_is_gone(admission: Admission, people: FakePeople) -> None:
    assert await refused(admission, "ANA") is None  # who she is, is known by now
    people.trouble = SlackError("usergroups.users.list", "no_such_subteam")
    assert await refused(admission, "ANA", DESIGNERS) == REVIEWERS_ARE_GONE
