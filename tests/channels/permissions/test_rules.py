"""What the rules of a conversation say about one person."""

from __future__ import annotations

import pytest

from bot.channels.permission_rules import (
    CHANGERS_ARE_GONE,
    DEACTIVATED,
    FROM_OUTSIDE,
    GROUP_IS_GONE,
    NO_APPS,
    NO_GUESTS,
    NO_OUTSIDERS,
    NOT_AMONG_REVIEWERS,
    NOT_IN_GROUP,
    NOT_WHO_CHANGE,
    ONLY_MEMBERS_CHANGE,
    ONLY_MEMBERS_REVIEW,
    POSTED_IT,
    REVIEWERS_ARE_GONE,
    Act,
    Group,
    adding,
    changing,
    not_named,
    reviewing,
)
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.db.values import MayAdd, MayReview, stand_in
from bot.slack.users import Person

PEOPLE = {
    "ANA": Person(),
    "BEN": Person(),
    "GIL": Person(guest=True),
    "NOOR": Person(stranger=True),
    "OLD": Person(deleted=True),
    "APP": Person(app=True),
}
GROUP = {"ANA"}

EVERYONE = ChannelSettings()
MEMBERS = ChannelSettings(may_add=MayAdd.MEMBERS)
OF_GROUP = ChannelSettings(may_add=MayAdd.GROUP, group_id="S1")
OPEN = ChannelSettings(takes_outsiders=True)


@pytest.mark.parametrize(
    ("settings", "user", "group", "words"),
    [
        (EVERYONE, "ANA", (), None),
        (EVERYONE, "GIL", (), None),
        (EVERYONE, "NOOR", (), FROM_OUTSIDE),
        (OPEN, "NOOR", (), None),
        (MEMBERS, "BEN", (), None),
        (MEMBERS, "GIL", (), NO_GUESTS),
        (MEMBERS, "NOOR", (), FROM_OUTSIDE),
        (OF_GROUP, "ANA", GROUP, None),
        (OF_GROUP, "BEN", GROUP, NOT_IN_GROUP),
        (OF_GROUP, "ANA", None, GROUP_IS_GONE),
    ],
)
def test_who_may_add(settings: ChannelSettings, user: str, group: Group, words: str | None) -> None:
    assert adding(user, PEOPLE[user], settings, group) == words


@pytest.mark.parametrize(
    ("settings", "user", "group", "words"),
    [
        (EVERYONE, "ANA", (), None),
        (EVERYONE, "GIL", (), ONLY_MEMBERS_CHANGE),
        (EVERYONE, "NOOR", (), ONLY_MEMBERS_CHANGE),
        (OPEN, "NOOR", (), ONLY_MEMBERS_CHANGE),
        (ChannelSettings(guests_change=True), "GIL", (), None),
        (ChannelSettings(guests_change=True), "NOOR", (), ONLY_MEMBERS_CHANGE),
        (ChannelSettings(guests_change=True, takes_outsiders=True), "NOOR", (), None),
        (OF_GROUP, "ANA", GROUP, None),
        (OF_GROUP, "BEN", GROUP, NOT_WHO_CHANGE),
        (OF_GROUP, "ANA", None, CHANGERS_ARE_GONE),
    ],
)
def test_who_may_change(settings: ChannelSettings, user: str, group: Group, words: str | None) -> None:
    assert changing(user, PEOPLE[user], settings, group) == words


ANYBODY = ReviewRules(who=MayReview.EVERYONE)
ONLY_MEMBERS = ReviewRules(who=MayReview.MEMBERS)
NAMED = ReviewRules(who=MayReview.PEOPLE, people=("BEN", "NOOR", "OLD", "GIL"))
NOBODY = ReviewRules(who=MayReview.PEOPLE)
DESIGNERS = ReviewRules(who=MayReview.GROUP, group_id="S1")


def refused(
    user: str,
    rules: ReviewRules = ANYBODY,
    act: Act = Act.APPROVE,
    *,
    outsiders: bool = False,
    posters: tuple[str, ...] = (),
    group: Group = GROUP,
) -> str | None:
    settings = ChannelSettings(review=rules, takes_outsiders=outsiders)
    return reviewing(user, PEOPLE[user], settings, act, group=group, posters=posters)


@pytest.mark.parametrize("act", [Act.APPROVE, Act.REQUEST])
@pytest.mark.parametrize(
    ("rules", "user", "words"),
    [
        (ANYBODY, "ANA", None),
        (ANYBODY, "GIL", None),
        (ANYBODY, "NOOR", NO_OUTSIDERS),
        (ANYBODY, "OLD", DEACTIVATED),
        (ANYBODY, "APP", NO_APPS),
        (ONLY_MEMBERS, "ANA", None),
        (ONLY_MEMBERS, "GIL", ONLY_MEMBERS_REVIEW),
        (ONLY_MEMBERS, "NOOR", NO_OUTSIDERS),
        (ONLY_MEMBERS, "OLD", DEACTIVATED),
        (NAMED, "BEN", None),
        (NAMED, "GIL", None),
        (NAMED, "ANA", not_named(4)),
        (NAMED, "NOOR", NO_OUTSIDERS),
        (NAMED, "OLD", DEACTIVATED),
        (NOBODY, "ANA", not_named(0)),
        (DESIGNERS, "ANA", None),
        (DESIGNERS, "BEN", NOT_AMONG_REVIEWERS),
        (DESIGNERS, "NOOR", NO_OUTSIDERS),
        (DESIGNERS, "OLD", DEACTIVATED),
    ],
)
def test_who_may_review(rules: ReviewRules, user: str, words: str | None, act: Act) -> None:
    assert refused(user, rules, act) == words


@pytest.mark.parametrize(
    ("rules", "user", "words"),
    [
        (ANYBODY, "NOOR", None),
        (ANYBODY, "OLD", DEACTIVATED),
        (ONLY_MEMBERS, "NOOR", ONLY_MEMBERS_REVIEW),
        (NAMED, "NOOR", None),
        (DESIGNERS, "NOOR", NOT_AMONG_REVIEWERS),
    ],
)
def test_who_may_review_where_other_organisations_take_part(
    rules: ReviewRules, user: str, words: str | None
) -> None:
    assert refused(user, rules, outsiders=True) == words


@pytest.mark.parametrize(
    ("rules", "user", "words"),
    [
        (NOBODY, "ANA", None),
        (DESIGNERS, "BEN", None),
        (ANYBODY, "GIL", None),
        (ONLY_MEMBERS, "GIL", ONLY_MEMBERS_REVIEW),
        (DESIGNERS, "GIL", NOT_AMONG_REVIEWERS),
        (ANYBODY, "NOOR", NO_OUTSIDERS),
        (ANYBODY, "APP", NO_APPS),
    ],
)
def test_who_may_comment(rules: ReviewRules, user: str, words: str | None) -> None:
    assert refused(user, rules, Act.COMMENT, posters=("ANA",)) == words


@pytest.mark.parametrize(
    ("rules", "posters", "act", "words"),
    [
        (ANYBODY, ("ANA", "BEN"), Act.APPROVE, POSTED_IT),
        (ANYBODY, ("ANA",), Act.REQUEST, None),
        (ANYBODY, ("BEN",), Act.APPROVE, None),
        (ReviewRules(poster_may=True), ("ANA",), Act.APPROVE, None),
        (DESIGNERS, ("ANA",), Act.APPROVE, POSTED_IT),
        (NAMED, ("ANA",), Act.APPROVE, not_named(4)),
        (ANYBODY, (stand_in("ANA", "ab" * 16),), Act.APPROVE, POSTED_IT),
        (ANYBODY, (stand_in("BEN", "ab" * 16),), Act.APPROVE, None),
        (ANYBODY, ("forgotten:0123",), Act.APPROVE, None),
    ],
)
def test_who_posted_an_image(
    rules: ReviewRules, posters: tuple[str, ...], act: Act, words: str | None
) -> None:
    assert refused("ANA", rules, act, posters=posters) == words


def test_a_group_of_reviewers_that_is_gone() -> None:
    assert refused("ANA", DESIGNERS, group=None) == REVIEWERS_ARE_GONE


def test_what_stands_for_somebody_does_not_hold_their_name() -> None:
    marker = stand_in("U0ANA", "0f" * 16)
    assert "U0ANA" not in marker
    assert marker != stand_in("U0ANA", "1f" * 16)


def test_nobody_is_mentioned() -> None:
    assert not_named(4).startswith("Only people named in /masko settings can review here. One of them can")
