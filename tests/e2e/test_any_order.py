"""Whatever happens, in whatever order: nothing is lost, nothing is there twice, nothing said is untrue.

`tests.e2e.happenings` has what may happen, `tests.e2e.expectations` what must be true in the end.

In CI a few stories are told, the same each time. To hear more of them, others each time:

    MASKO_EXAMPLES=300 pytest -n 0 tests/e2e/test_any_order.py [--hypothesis-seed=7]

A story that ends badly is printed as a list of steps, shortened as far as hypothesis gets with it. How steps
fall together is the machine's business too, so the same story need not end badly each time.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.databases import fresh_url
from tests.e2e.happenings import (
    CALLS,
    CHANGES,
    Fail,
    Post,
    PressRetry,
    Restart,
    Step,
    TellAgain,
    Wait,
    play,
)

pytestmark = pytest.mark.slow

MANY = int(os.environ.get("MASKO_EXAMPLES", "0"))
SECONDS_EACH = 120  # at most

looks = st.lists(st.integers(0, 40), min_size=1, max_size=3).map(tuple)
channels = st.sampled_from(["mascots", "unreleased"])
roots = st.builds(Post, looks, channel=channels, mention=st.booleans())
replies = st.builds(Post, looks, thread=st.sampled_from([0, 0, 0, 1, 2]), mention=st.booleans())
posts = roots | replies | replies


def fails(calls: Iterable[str]) -> st.SearchStrategy[Fail]:
    """One of these calls goes wrong in one of the ways in which it can."""
    can = [(call, fault) for call in calls for fault in CALLS[call]]
    return st.builds(
        lambda how, times: Fail(how[0], how[1], times), st.sampled_from(can), st.sampled_from([1, 1, 1, 2, 3])
    )


troubles = fails(sorted(CHANGES)) | fails(sorted(CHANGES)) | fails(sorted(CALLS))
moments = st.builds(Wait, st.sampled_from([1, 5, 10, 20, 40, 80, 160, 320]))
turns: st.SearchStrategy[Step] = st.one_of(
    st.builds(Restart, killed=st.booleans(), missed=st.lists(posts, max_size=1).map(tuple)),
    st.builds(TellAgain, st.integers(0, 20), retry=st.integers(0, 3), as_new=st.booleans()),
    moments,
    st.sampled_from([Wait(), PressRetry()]),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Chapters of troubles to come, posts at the same instant, and what happens while they are worked on."""
    story: list[Step] = []
    for _ in range(draw(st.integers(1, 6))):
        story += draw(st.lists(troubles, max_size=2))
        story += draw(st.lists(posts if story else roots, min_size=1, max_size=3))
        story += draw(st.lists(moments, max_size=1))
        story += draw(st.lists(turns, max_size=2))
    return story


def telling(few: int) -> settings:
    """How many stories, and how."""
    return settings(
        max_examples=MANY or few,
        deadline=None,
        derandomize=not MANY,
        database=None,
        phases=[Phase.generate, Phase.shrink] if MANY else [Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


long_enough = pytest.mark.timeout(max(300, MANY * SECONDS_EACH))


@long_enough
@telling(few=20)
@given(story=stories())
def test_on_sqlite(story: Sequence[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(play(story, f"sqlite:///{folder}/masko.db")) == []


@long_enough
@telling(few=8)
@given(story=stories())
def test_on_postgresql(story: Sequence[Step], request: pytest.FixtureRequest) -> None:
    with contextmanager(fresh_url)("postgresql", request) as url:
        assert asyncio.run(play(story, url)) == []
