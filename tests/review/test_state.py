"""The review as a state machine: nothing is approved that its rules do not allow, in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.settings import ReviewRules
from bot.db.values import FORGOTTEN, Did, MayReview, State
from bot.review import text as words
from bot.review.model import VOTES, Edition, replay
from bot.review.votes import Act
from bot.slack.blocks import Person
from bot.slack.request import Request
from tests.review.model import (
    ANA,
    EDITIONS,
    PEOPLE,
    Again,
    Become,
    Cast,
    Desk,
    Do,
    Forget,
    Model,
    Rule,
    Step,
    content,
)

many = settings(max_examples=200, deadline=None, derandomize=True, database=None)
some = settings(many, max_examples=60)

rules = st.builds(
    ReviewRules,
    approvals=st.integers(1, 3),
    poster_may=st.booleans(),
    who=st.sampled_from([MayReview.EVERYONE, MayReview.MEMBERS, MayReview.PEOPLE]),
    people=st.sets(st.sampled_from(PEOPLE), min_size=1).map(lambda people: tuple(sorted(people))),
)
deeds = st.builds(
    Do,
    st.sampled_from(
        [Did.APPROVED] * 5
        + [Did.REQUESTED] * 2
        + [Did.WITHDREW, Did.WITHDREW, Did.DISMISSED, Did.DISMISSED, Did.COMMENTED, Did.ASKED, Did.ASKED]
    ),
    st.sampled_from(PEOPLE),
    late=st.sampled_from([0, 0, 0, 1, 3]),
    behind=st.sampled_from([0, 0, 0, 0, 1]),
    emoji=st.booleans(),
    named=st.sampled_from([(), (), (PEOPLE[2],), (PEOPLE[1], PEOPLE[3])]),
)
steps: st.SearchStrategy[Step] = st.one_of(
    *(deeds.map(replace) for _ in range(9)),  # each counts: one strategy given twice is taken once
    st.builds(Again, st.integers(0, 30)),
    st.builds(Become, st.integers(0, len(EDITIONS) - 1)),
    st.builds(Rule, rules),
    st.builds(Forget, st.sampled_from(PEOPLE)),
)
stories = st.lists(steps, min_size=10, max_size=30)  # shorter ones seldom approve anything


@dataclass(frozen=True)
class Told:
    """What Slack told, and what they who did it had before their eyes."""

    act: Act
    saw: Edition
    named: tuple[str, ...] = ()
    meant: Cast | None = None  # the request that is dismissed


class Play:
    """A story, told to the bot and to the plain reading of the rules."""

    def __init__(self) -> None:
        self.desk, self.model = Desk(), Model()
        self.told: list[Told] = []
        self.were = [EDITIONS[0]]
        self.moment = 0

    def take(self, step: Step) -> None:
        self.moment += 1
        match step:
            case Do():
                told = self._told(step)
                self.told.append(told)
                self._tell(told)
            case Again(which) if self.told:
                self._tell(self.told[which % len(self.told)])
            case Become(which):
                self.were.append(EDITIONS[which])
                self.desk.become(EDITIONS[which])
                self.model.become(EDITIONS[which])
            case Rule(given):
                self.desk.rules = self.model.rules = given
            case Forget(user):
                self.desk.forget(user)
                self.model.forget(user)

    def _tell(self, told: Told) -> None:
        known = self.model.do(told.act, told.saw, told.named, told.meant)
        assert (self.desk.do(told.act, told.named) is None) == known

    def _told(self, step: Do) -> Told:
        saw = self.were[-1 - min(step.behind, len(self.were) - 1)]
        emoji = step.emoji and step.did in (Did.APPROVED, Did.WITHDREW)
        named = step.named if step.did is Did.ASKED else ()
        requests = sorted(self.desk.record.review.requests, key=lambda each: each.at)
        meant = next(iter(self.model.requests()), None) if step.did is Did.DISMISSED else None
        act = Act(
            did=step.did,
            key=f"told:{self.moment}",
            at=self.moment - step.late * 1.25,
            request=Request("T", "C", step.user, "1.0"),
            mascot_id="M",
            seen=saw.digest if step.did in (Did.APPROVED, Did.REQUESTED) else None,
            words="Bigger ears" if step.did is Did.REQUESTED else None,
            undoes=Did.APPROVED if emoji and step.did is Did.WITHDREW else None,
            quietly=emoji,
            answers=(requests[0].id if requests else 999) if step.did is Did.DISMISSED else None,
        )
        return Told(act, saw, named, meant)


@many
@given(stories)
def test_nothing_is_approved_that_the_rules_do_not_allow(story: Sequence[Step]) -> None:
    play = Play()
    for step in story:
        play.take(step)
        review, model = play.desk.record.review, play.model
        on = content(play.desk.edition)
        assert review.state is model.state
        known = [each.user for each in review.approvals if not each.user.startswith(FORGOTTEN)]
        assert sorted(known) == sorted(model.who(Did.APPROVED, on) - model.ghosts)
        counted = model.who(Did.APPROVED, on) - (set() if on in model.approved else model.ghosts)
        assert len(review.approvals) == len(counted)
        assert len(review.requests) == len(model.wants_changes())
        assert review.named == model.named
        if review.state is State.APPROVED:
            assert not model.wants_changes()
            assert len(model.who(Did.APPROVED, on)) >= model.approved[on].needed
            assert model.who(Did.APPROVED, on) >= model.approved[on].named


def test_what_changes_after_its_approval_needs_all_who_were_asked_again() -> None:
    play = Play()
    ben, chris = PEOPLE[1:3]
    votes = [Do(Did.APPROVED, ben), Do(Did.APPROVED, chris)]
    asked = Do(Did.ASKED, ANA, named=(ben, chris))
    story: list[Step] = [asked, *votes, Become(2), votes[0]]
    for step in story:
        play.take(step)
    review = play.desk.record.review
    assert (review.state, play.model.state) == (State.IN_REVIEW, State.IN_REVIEW)
    assert review.named == play.model.named == {ben, chris}
    play.take(votes[1])
    assert (play.desk.record.review.state, play.model.state) == (State.APPROVED, State.APPROVED)


@some
@given(stories)
def test_the_card_says_what_the_record_tells(story: Sequence[Step]) -> None:
    play = Play()
    for step in story:
        play.take(step)
        record = play.desk.record
        card, review = words.on_card(record), replay(play.desk.entries, play.desk.edition.digest)
        assert card.state is review.state
        blocked, open_ = review.state is State.CHANGES_REQUESTED, review.state is State.IN_REVIEW
        missing = review.named - {each.user for each in review.approvals}
        assert not open_ or missing or f"{len(review.approvals)} of " in str(card.headline[0])
        named = [part.user for part in card.headline if isinstance(part, Person)]
        assert set(named) <= {each.user for each in (review.requests if blocked else review.approvals)}
        assert len(set(named)) == len(named)


@some
@given(stories)
def test_what_is_told_once_more_changes_nothing(story: Sequence[Step]) -> None:
    play = Play()
    for step in story:
        play.take(step)
    before = list(play.desk.entries)
    written = [each for each in play.told if each.act.key in play.desk.known]
    for told in written:
        assert play.desk.do(told.act) == "known"
    assert play.desk.entries == before


@some
@given(stories, st.randoms(use_true_random=False))
def test_the_order_in_which_votes_were_written_down_does_not_matter(
    story: Sequence[Step], chance: Random
) -> None:
    """Of each person's votes the one counts that they gave last."""
    play = Play()
    for step in story:
        play.take(step)
    digest = play.desk.edition.digest
    votes = [each for each in play.desk.entries if each.did in VOTES | {Did.DISMISSED}]
    shuffled = list(votes)
    chance.shuffle(shuffled)
    one, other = replay(votes, digest), replay(shuffled, digest)
    assert one.last_vote == other.last_vote
    assert set(one.approvals) == set(other.approvals)
    assert set(one.requests) == set(other.requests)


@some
@given(stories, st.sampled_from(PEOPLE))
def test_who_is_forgotten_leaves_what_was_decided(story: Sequence[Step], user: str) -> None:
    play = Play()
    for step in story:
        play.take(step)
    before = play.desk.record.review
    play.desk.forget(user)
    after = play.desk.record.review
    assert after.state is before.state
    assert len(after.requests) == len(before.requests)
    assert len(after.approvals) == len(before.approvals) or after.concluded is None


EMOJI = st.lists(st.sampled_from([Did.APPROVED, Did.WITHDREW]), min_size=1, max_size=4)


@some
@given(EMOJI)
def test_the_order_in_which_slack_tells_of_somebodys_emoji_does_not_matter(puts: list[Did]) -> None:
    acts = []
    for number, did in enumerate(puts):
        play = Play()
        play.moment = number
        acts.append(play._told(Do(did, PEOPLE[2], emoji=True)).act)
    ends = set()
    for order in permutations(acts):
        desk = Desk()
        for act in order:
            desk.do(act)
        review = desk.record.review
        ends.add((review.state, tuple(each.user for each in review.approvals)))
    stands = puts[-1] is Did.APPROVED
    assert ends == {(State.APPROVED, (PEOPLE[2],)) if stands else (State.DRAFT, ())}


@pytest.mark.parametrize("did", sorted(VOTES))
def test_one_person_has_one_vote(did: Did) -> None:
    play = Play()
    play.take(Rule(ReviewRules(approvals=2)))
    for each in (Did.APPROVED, Did.REQUESTED, Did.APPROVED, did):
        play.take(Do(each, PEOPLE[2]))
        review = play.desk.record.review
        assert len(review.approvals) + len(review.requests) <= 1
        assert review.state is not State.APPROVED
