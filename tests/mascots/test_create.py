from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.db import Store, open_store, posts
from bot.db.tables import CreateIntentRow, PostRow
from bot.errors import Refusal
from bot.mascots.create import FIRST_LOOK, ExactlyOnce, Unsettled, check_settled
from bot.masko import Mascot, MaskoClient
from bot.masko.errors import MaskoAnswerLost
from bot.masko.rate_limit import RateLimiter

KEY = SecretStr("masko_key")


def check_after(seconds: float) -> None:
    check_settled(datetime.now(UTC) - timedelta(seconds=seconds), 100.0)


@pytest.mark.parametrize(
    ("since", "seconds"),
    [(0, FIRST_LOOK), (5, 5), (10, 10), (20, 20), (40, 40), (80, 20), (98, 2), (-3600, FIRST_LOOK)],
)
def test_looks_get_rarer_and_the_last_is_when_nothing_can_be_under_way(since: float, seconds: float) -> None:
    """Nor does a clock that was set back make them rarer."""
    with pytest.raises(Unsettled) as caught:
        check_after(since)
    assert caught.value.retry_after == pytest.approx(seconds, abs=0.5)


def test_what_was_lost_long_ago_has_settled() -> None:
    check_after(100)
    check_settled(None, 100.0)


class SlowMasko:
    """Hangs up at once when it is asked for a mascot, and makes it all the same, a little later.

    Attributes:
        asked: how often it was asked for one.
    """

    def __init__(self, takes: float) -> None:
        self.asked = 0
        self._takes = takes
        self._made: dict[str, float] = {}  # id → when it is there

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.asked += 1
            self._made[f"c{self.asked}"] = time.monotonic() + self._takes
            raise httpx.ReadError("hung up")
        there = [mascot_id for mascot_id, at in self._made.items() if time.monotonic() >= at]
        if request.url.path == "/v1/collections":
            return httpx.Response(200, json={"data": [{"id": mascot_id} for mascot_id in there]})
        held = {"config": {"reference_asset_ids": ["asset"]}}
        return httpx.Response(200, json={"data": {"id": request.url.path.rpartition("/")[2], **held}})


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


async def a_post(store: Store, ts: str = "1.000001") -> PostRow:
    known = {"team": "T1", "channel": "C1", "ts": ts, "thread_ts": ts, "user": "U1"}
    async with store.write() as session:
        post_id = await posts.note(session, PostRow(**known, from_outside=False, among_strangers=False), [])
        post = await posts.get(session, post_id or 0)
    assert post is not None
    return post


async def intend(store: Store, post: PostRow, assets: Sequence[str] = (), **values: Any) -> None:
    nothing: dict[str, Any] = {"links": [], "before": [], "asked_at": datetime.now(UTC)}
    async with store.write() as session:
        session.add(
            CreateIntentRow(
                post_id=post.id, project_id="project", asset_ids=list(assets), **(nothing | values)
            )
        )


async def made_at_last(once: ExactlyOnce, post: PostRow) -> Mascot:
    while True:
        try:
            return await once.create(post, "project", ["asset"])
        except (MaskoAnswerLost, Unsettled):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("killed", [False, True], ids=["answer lost", "killed"])
async def test_a_mascot_that_takes_its_time_is_made_once(store: Store, killed: bool) -> None:
    """Nobody waits for it any more, and a healthy Masko is still at work on it."""
    slow = SlowMasko(takes=0.5)
    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as http:
        masko = MaskoClient(
            api_key=KEY,
            base_url="https://api.masko.test/v1",
            http=http,
            limiter=RateLimiter(),
        )
        once, post = ExactlyOnce(store, masko, creating=5.0, adding=0.1), await a_post(store)
        if killed:
            await intend(store, post, assets=["asset"])
            with pytest.raises(MaskoAnswerLost):
                await masko.create_mascot(project_id="project", reference_asset_ids=["asset"])
        mascot = await asyncio.wait_for(made_at_last(once, post), 10.0)
    assert mascot.id == "c1"
    assert slow.asked == 1


LINKS = ["https://example.com/fox.png"]


@pytest.mark.parametrize(
    ("other", "outcome"),
    [(None, "found"), (timedelta(seconds=10), Refusal), (timedelta(hours=2), "found")],
    ids=["nobody", "may be another's", "was given up long ago"],
)
async def test_the_one_mascot_that_has_appeared_is_ours_unless_it_may_be_anothers(
    store: Store, other: timedelta | None, outcome: type[Exception] | str
) -> None:
    now = datetime.now(UTC)
    made = {"name": "Rusty", "created_at": now.isoformat(), "config": {"reference_asset_ids": ["fetched"]}}

    def masko(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET", "it is not asked for again"
        listed = [{"id": each, **made} for each in ("known before", "new")]
        one = {"id": request.url.path.rpartition("/")[2], **made}
        return httpx.Response(200, json={"data": listed if request.url.path.endswith("collections") else one})

    mine, theirs = await a_post(store), await a_post(store, "2.000001")
    await intend(store, mine, links=LINKS, before=["known before"])
    if other is not None:
        await intend(store, theirs, links=LINKS, created_at=now - other)
    async with httpx.AsyncClient(transport=httpx.MockTransport(masko)) as http:
        client = MaskoClient(
            api_key=KEY,
            base_url="https://api.masko.test/v1",
            http=http,
            limiter=RateLimiter(),
        )
        once = ExactlyOnce(store, client, creating=90.0, adding=30.0)
        if isinstance(outcome, str):
            assert (await once.create(mine, "project", links=LINKS)).id == "new"
            return
        with pytest.raises(outcome):
            await once.create(mine, "project", links=LINKS)
