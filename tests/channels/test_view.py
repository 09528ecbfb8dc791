"""The rules of a review in the form with a channel's settings, and in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.channels.settings import USUAL, ChannelSettings, ReviewRules
from bot.channels.view import (
    APPROVALS,
    MAY_REVIEW,
    MOST_APPROVALS,
    MOST_REVIEWERS,
    POSTERS,
    REVIEWERS,
    mistakes,
    read_settings,
    rules_words,
    settings,
)
from bot.db.values import MayAdd, MayReview
from bot.sandbox.slack.blockkit import Surroundings, check_view, too_large
from bot.sandbox.slack.view_state import state_values
from bot.slack.forms import Unreadable
from tests.slack.limits import text_objects

HOSTILE = [
    "",
    "designers",
    "F" * 300,
    "🦊" * 300,
    "\u202eخلف " * 100,
    "<!channel> *x* :tada: & <https://evil.example|co>",
    "<@U0ANA000001>",
    "two\nlines\x00",
]
SOMEBODY = ("U1", "W2")
RULES = [
    ReviewRules(),
    ReviewRules(2, True, MayReview.MEMBERS),
    ReviewRules(2, False, MayReview.PEOPLE, SOMEBODY),
    ReviewRules(1, False, MayReview.EVERYONE, SOMEBODY),
    ReviewRules(5, True, MayReview.GROUP, (), "S7"),
    ReviewRules(1, True, MayReview.GROUP, SOMEBODY, "S-of-old"),
]


def form(rules: ReviewRules, groups: dict[str, str] | None = None, mascots: int = 0) -> dict[str, Any]:
    names = {f"col_{n}": "Felix" for n in range(mascots)}
    view: dict[str, Any] = settings("C1", replace(USUAL, review=rules), names, groups).to_dict()
    return view


def field(view: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each["element"] for each in view["blocks"] if each.get("block_id") == name)
    return found


def filled(view: dict[str, Any], **entered: Any) -> ReviewRules:
    """What is read of the form with this entered, as Slack would send it."""
    values = state_values(view["blocks"], {name: {name: value} for name, value in entered.items()})
    _, read = read_settings(view | {"state": {"values": values}})
    return read.review


@pytest.mark.parametrize("handle", HOSTILE)
@pytest.mark.parametrize("groups", [0, 1, 40, 300])
@pytest.mark.parametrize("rules", RULES)
def test_slack_takes_the_form_whatever_is_in_it(rules: ReviewRules, groups: int, handle: str) -> None:
    people = tuple(f"U{n:010}" for n in range(200)) if rules.people else ()
    now = ChannelSettings(may_add=MayAdd.GROUP, group_id="S-other", review=replace(rules, people=people))
    offered = {f"S{n}": handle for n in range(groups)}
    view = settings("C1", now, {f"col_{n}": handle for n in range(120)}, offered, home="h" * 2000).to_dict()
    assert check_view(view, Surroundings("modal")) == []
    assert not too_large(view)
    assert len(view["private_metadata"]) <= 3000
    marked_up = [each["text"] for each in text_objects(view) if each["type"] == "mrkdwn"]
    assert marked_up == ["For <#C1>, from now on."]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("groups", [{}, {"S7": "designers"}])
def test_a_form_that_is_sent_as_it_opened_changes_nothing(rules: ReviewRules, groups: dict[str, str]) -> None:
    assert filled(form(rules, groups)) == rules


def test_it_reads_in_three_parts() -> None:
    heads = [block["text"]["text"] for block in form(ReviewRules())["blocks"] if block["type"] == "header"]
    assert heads == ["Images", "Review", "Settings"]


def test_what_it_offers() -> None:
    view = form(ReviewRules(), {"S7": "designers"})
    assert [each["text"]["text"] for each in field(view, MAY_REVIEW)["options"]] == [
        "Everyone",
        "Members, but no guests",
        "Only the people named below",
        "Only @designers",
    ]
    assert [each["value"] for each in field(view, APPROVALS)["options"]] == ["1", "2", "3", "4", "5"]
    assert field(view, REVIEWERS)["max_selected_items"] == MOST_REVIEWERS
    assert "initial_users" not in field(view, REVIEWERS)
    assert "initial_options" not in field(view, POSTERS)


@pytest.mark.parametrize("value", ["everyone", "members", "people", "group:S7"])
def test_what_is_chosen_is_read(value: str) -> None:
    read = filled(
        form(ReviewRules(), {"S7": "designers"}),
        **{
            APPROVALS: {"selected_option": {"value": "3"}},
            MAY_REVIEW: {"selected_option": {"value": value}},
            REVIEWERS: {"selected_users": ["U1", "W2"]},
            POSTERS: {"selected_options": [{"value": "yes"}]},
        },
    )
    who, _, group_id = value.partition(":")
    assert read == ReviewRules(3, True, MayReview(who), SOMEBODY, group_id or None)


@pytest.mark.parametrize(("sent", "kept"), [(["U1", "U1", "W2"], ("U1", "W2")), (None, ())])
def test_each_person_is_kept_once(sent: list[str] | None, kept: tuple[str, ...]) -> None:
    read = filled(form(ReviewRules()), **{REVIEWERS: {"selected_users": sent}})
    assert read.people == kept


@pytest.mark.parametrize("nobody", ["<!channel>", "U1\n", "u1", "U1 U2", "", "U", "B1", "Ü1", "U\u0661"])
def test_what_looks_like_nobody_is_refused(nobody: str) -> None:
    with pytest.raises(Unreadable):
        filled(form(ReviewRules()), **{REVIEWERS: {"selected_users": ["U1", nobody]}})


@pytest.mark.parametrize("sent", ["0", "-3", "99", "1.5", "NaN"])
def test_only_so_many_approvals_as_are_offered_are_read(sent: str) -> None:
    with pytest.raises(Unreadable):
        filled(form(ReviewRules()), **{APPROVALS: {"selected_option": {"value": sent}}})


@pytest.mark.parametrize(("rules", "shown"), [(0, "1"), (99, str(MOST_APPROVALS))])
def test_as_many_approvals_are_shown_as_can_be_chosen(rules: int, shown: str) -> None:
    assert field(form(ReviewRules(rules)), APPROVALS)["initial_option"]["value"] == shown


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        (ReviewRules(), {}),
        (ReviewRules(5), {}),
        (ReviewRules(5, who=MayReview.GROUP, group_id="S7"), {}),
        (ReviewRules(5, who=MayReview.MEMBERS, people=("U1",)), {}),
        (ReviewRules(2, who=MayReview.PEOPLE, people=SOMEBODY), {}),
        (
            ReviewRules(2, who=MayReview.PEOPLE),
            {REVIEWERS: "Name at least one person, or let others review too."},
        ),
        (
            ReviewRules(2, who=MayReview.PEOPLE, people=("U1",)),
            {APPROVALS: "This needs 2 approvals, but only 1 person is named to review."},
        ),
        (
            ReviewRules(3, who=MayReview.PEOPLE, people=SOMEBODY),
            {APPROVALS: "This needs 3 approvals, but only 2 people are named to review."},
        ),
    ],
)
def test_what_cannot_be_saved(rules: ReviewRules, wrong: dict[str, str]) -> None:
    assert mistakes(replace(USUAL, review=rules)) == wrong


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (ReviewRules(), "1 approval, by members, but no guests"),
        (ReviewRules(who=MayReview.EVERYONE), "1 approval, by anyone"),
        (
            ReviewRules(2, True, MayReview.MEMBERS),
            "2 approvals, by members, but no guests; whoever posted an image can approve it too",
        ),
        (ReviewRules(1, False, MayReview.PEOPLE, ("U1",)), "1 approval, by 1 named person"),
        (ReviewRules(2, False, MayReview.PEOPLE, SOMEBODY), "2 approvals, by 2 named people"),
        (ReviewRules(1, False, MayReview.PEOPLE), "1 approval, by nobody: no one is named"),
        (
            ReviewRules(2, False, MayReview.GROUP, SOMEBODY, "S7"),
            "2 approvals, by members of a user group",
        ),
    ],
)
def test_the_rules_in_words(rules: ReviewRules, words: str) -> None:
    assert rules_words(rules) == words
