"""What is kept of a channel's settings, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channel_settings import USUAL, ChannelSettings, MayAdd, MayReview, Mode, ReviewRules
from bot.channels import Channels
from bot.store import Store, channels, people

EVERYTHING = ChannelSettings(
    Mode.ASK, None, True, MayAdd.GROUP, "S1", ReviewRules(3, True, MayReview.PEOPLE, ("U1", "W2", "U3"), "S2")
)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()


async def forget(store: Store, user: str) -> None:
    await store.write_at_once(lambda session: people.forget(session, "T1", user))


async def named_in(store: Store, user: str) -> int:
    async with store.read() as session:
        return (await people.kept(session, "T1", user)).reviewer_in


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
    kept = Channels(store)
    await kept.save("T1", "C1", EVERYTHING, by="U1")
    await kept.save("T1", "C1", settings, by="U1")
    assert await kept.settings("T1", "C1") == settings
    assert await kept.settings("T1", "C2") == await kept.settings("T2", "C1") == USUAL


async def test_a_channel_that_is_known_for_something_else_has_the_usual_rules(store: Store) -> None:
    await store.write_at_once(lambda session: channels.introduce(session, "T1", "C1", datetime.now(UTC)))
    assert await Channels(store).settings("T1", "C1") == USUAL


async def test_other_changes_leave_the_rules_alone(store: Store) -> None:
    kept = Channels(store)
    await kept.save("T1", "C1", EVERYTHING, by="U1")
    await kept.ask_first("T1", "C1", by="U1")
    await kept.use("T1", "C1", None, by="U1")
    assert (await kept.settings("T1", "C1")).review == EVERYTHING.review


async def test_who_is_forgotten_is_named_nowhere(store: Store) -> None:
    kept = Channels(store)
    alone = replace(USUAL, review=ReviewRules(who=MayReview.PEOPLE, people=("U1",)))
    await kept.save("T1", "C1", EVERYTHING, by="U9")
    await kept.save("T1", "C2", alone, by="U9")
    await kept.save("T1", "C3", USUAL, by="U9")
    await kept.save("T2", "C4", alone, by="U9")
    assert await named_in(store, "U1") == 2
    await forget(store, "U1")
    assert (await kept.settings("T1", "C1")).review == replace(EVERYTHING.review, people=("W2", "U3"))
    assert (await kept.settings("T1", "C2")).review == ReviewRules(who=MayReview.PEOPLE)
    assert (await kept.settings("T1", "C3")).review == ReviewRules()
    assert (await kept.settings("T2", "C4")).review.people == ("U1",)
    assert await named_in(store, "U1") == 0
