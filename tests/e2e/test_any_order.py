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
from collections.abc import Sequence
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.databases import fresh_url
from tests.e2e.happenings import CALLS, Fail, Post, PressRetry, Restart, Step, TellAgain, Wait, play

MANY = int(os.environ.get("MASKO_EXAMPLES", "0"))
SECONDS_EACH = 120  # at most

posts = st.builds(
    Post,
    looks=st.lists(st.integers(0, 40), min_size=1, max_size=3).map(tuple),
    thread=st.none() | st.integers(0, 3),
    channel=st.sampled_from(["mascots", "unreleased"]),
    mention=st.booleans(),
)
roots = st.builds(
    Post,
    looks=st.lists(st.integers(0, 40), min_size=1, max_size=3).map(tuple),
    channel=st.sampled_from(["mascots", "unreleased"]),
)
fails = st.sampled_from(sorted(CALLS)).flatmap(
    lambda call: st.builds(Fail, st.just(call), st.sampled_from(sorted(CALLS[call])), times=st.integers(1, 3))
)
steps: st.SearchStrategy[Step] = st.one_of(
    posts,
    posts,
    posts,
    fails,
    fails,
    st.builds(TellAgain, st.integers(0, 20), retry=st.integers(0, 3), as_new=st.booleans()),
    st.builds(Restart, killed=st.booleans(), missed=st.lists(posts, max_size=1).map(tuple)),
    st.just(PressRetry()),
    st.just(Wait()),
    st.builds(Wait, st.sampled_from([1, 5, 20, 50, 100, 200, 400])),
)
stories = st.builds(lambda first, rest: [first, *rest], roots, st.lists(steps, max_size=12))


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


long_enough = pytest.mark.timeout(max(90, MANY * SECONDS_EACH))


@long_enough
@telling(few=20)
@given(story=stories)
def test_on_sqlite(story: Sequence[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(play(story, f"sqlite:///{folder}/masko.db")) == []


@long_enough
@telling(few=8)
@given(story=stories)
def test_on_postgresql(story: Sequence[Step], request: pytest.FixtureRequest) -> None:
    with contextmanager(fresh_url)("postgresql", request) as url:
        assert asyncio.run(play(story, url)) == []
