"""What is kept of a channel's settings, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import privacy as people
from bot.channels import queries as channels
from bot.channels.settings import USUAL, ChannelSettings, ReviewRules
from bot.db import Store, open_store
from bot.db.values import MayAdd, MayReview, Mode, stand_in
from tests.e2e.team import set_channel, settings_now

EVERYTHING = ChannelSettings(
    Mode.ASK,
    None,
    True,
    MayAdd.GROUP,
    "S1",
    ReviewRules(3, True, MayReview.PEOPLE, ("U1", "W2", "U3"), "S2"),
    True,
    ("U4", "U1"),
)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


async def forget(store: Store, user: str) -> None:
    await store.write_at_once(lambda session: people.forget(session, "T1", user, stand_in(user, "0" * 32)))


async def kept(store: Store, user: str) -> list[str]:
    async with store.read() as session:
        return await people.kept(session, "T1", user)


@pytest.mark.parametrize(
    "settings",
    [
        EVERYTHING,
        USUAL,
        replace(USUAL, review=ReviewRules(5, who=MayReview.GROUP, group_id="S2")),
        replace(USUAL, review=ReviewRules(who=MayReview.MEMBERS)),
        replace(USUAL, review=ReviewRules(who=MayReview.PEOPLE)),
    ],
)
async def test_what_was_saved_is_read_back(store: Store, settings: ChannelSettings) -> None:
    await set_channel(store, "T1", "C1", EVERYTHING)
    await set_channel(store, "T1", "C1", settings)
    assert await settings_now(store, "T1", "C1") == settings
    assert await settings_now(store, "T1", "C2") == await settings_now(store, "T2", "C1") == USUAL


async def test_a_channel_that_is_known_for_something_else_has_the_usual_rules(store: Store) -> None:
    await store.write_at_once(lambda session: channels.introduce(session, "T1", "C1", datetime.now(UTC)))
    assert await settings_now(store, "T1", "C1") == USUAL


async def test_who_is_forgotten_is_named_nowhere(store: Store) -> None:
    alone = replace(USUAL, review=ReviewRules(who=MayReview.PEOPLE, people=("U1",)))
    await set_channel(store, "T1", "C1", EVERYTHING)
    await set_channel(store, "T1", "C2", alone)
    await set_channel(store, "T1", "C3", USUAL)
    await set_channel(store, "T2", "C4", alone)
    assert await kept(store, "U1") == ["2 channels that name you"]
    await forget(store, "U1")
    assert (await settings_now(store, "T1", "C1")).review == replace(EVERYTHING.review, people=("W2", "U3"))
    assert (await settings_now(store, "T1", "C1")).setters == ("U4",)
    assert (await settings_now(store, "T1", "C2")).review == ReviewRules(who=MayReview.PEOPLE)
    assert (await settings_now(store, "T1", "C3")).review == ReviewRules()
    assert (await settings_now(store, "T2", "C4")).review.people == ("U1",)
    assert await kept(store, "U1") == []
