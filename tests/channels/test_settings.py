"""What is kept of a channel's settings, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

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
    assert await kept(store, "U1") == ["2 channels that name you", "3 changes of settings that name you"]
    await forget(store, "U1")
    assert (await settings_now(store, "T1", "C1")).review == replace(EVERYTHING.review, people=("W2", "U3"))
    assert (await settings_now(store, "T1", "C1")).setters == ("U4",)
    assert (await settings_now(store, "T1", "C2")).review == ReviewRules(who=MayReview.PEOPLE)
    assert (await settings_now(store, "T1", "C3")).review == ReviewRules()
    assert (await settings_now(store, "T2", "C4")).review.people == ("U1",)
    assert await kept(store, "U1") == []


async def changes(store: Store, channel: str) -> list[tuple[str, str, object, object]]:
    """The record of a channel's settings, as it is stored."""
    async with store.read() as session:
        rows = await channels.setting_changes(session, "T1", channel)
    assert all(row.at.tzinfo is not None for row in rows)
    return [(row.user, row.setting, row.before, row.after) for row in rows]


async def test_each_setting_that_changes_is_recorded_as_it_was_and_is(store: Store) -> None:
    await set_channel(store, "T1", "C1", EVERYTHING)
    await set_channel(store, "T1", "C1", EVERYTHING)  # changes nothing
    again = replace(EVERYTHING, setters=("U1", "U4"), review=replace(EVERYTHING.review, group_id="S3"))
    await set_channel(store, "T1", "C1", again)  # the same people in another order
    assert sorted(await changes(store, "C1")) == [
        ("UANA", "guests_change", False, True),
        ("UANA", "may_add", "everyone", "group:S1"),
        ("UANA", "mode", "auto", "ask"),
        ("UANA", "review_approvals", 1, 3),
        ("UANA", "review_people", [], ["U1", "U3", "W2"]),
        ("UANA", "review_poster_may", False, True),
        ("UANA", "review_who", "members", "people:S2"),
        ("UANA", "review_who", "people:S2", "people:S3"),
        ("UANA", "setters", [], ["U1", "U4"]),
        ("UANA", "takes_outsiders", False, True),
    ]


async def test_a_change_that_is_not_saved_is_not_recorded(store: Store) -> None:
    async def fail(session: AsyncSession) -> None:
        await channels.write_settings(session, "T1", "C1", EVERYTHING, by="U1")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.write_at_once(fail)
    assert await changes(store, "C1") == []
    assert await settings_now(store, "T1", "C1") == USUAL


async def test_two_who_change_the_same_at_once_are_recorded_one_after_the_other(store: Store) -> None:
    modes = (Mode.ASK, Mode.OFF, Mode.PREVIEW)
    await asyncio.gather(*(set_channel(store, "T1", "C1", replace(USUAL, mode=each)) for each in modes))
    record = await changes(store, "C1")
    steps = ["auto", *(after for *_, after in record)]
    assert [before for *_, before, _ in record] == steps[:-1]
    assert len(record) == 3
    assert (await settings_now(store, "T1", "C1")).mode == steps[-1]


async def test_changes_by_and_about_a_forgotten_person_name_the_stand_in(store: Store) -> None:
    named = replace(USUAL, review=ReviewRules(who=MayReview.PEOPLE, people=("U1", "W2")))
    await set_channel(store, "T1", "C1", named)
    await set_channel(store, "T2", "C1", named)
    await store.write_at_once(
        lambda session: channels.write_settings(session, "T1", "C2", replace(USUAL, mode=Mode.OFF), by="U1")
    )
    assert await kept(store, "U1") == ["1 channel that names you", "2 changes of settings that name you"]
    await forget(store, "U1")
    nobody = stand_in("U1", "0" * 32)
    assert sorted(await changes(store, "C1"), key=str) == sorted(
        [
            ("UANA", "review_who", "members", "people"),
            ("UANA", "review_people", [], [nobody, "W2"]),
            (nobody, "review_people", [nobody, "W2"], ["W2"]),
        ],
        key=str,
    )
    assert await changes(store, "C2") == [(nobody, "mode", "auto", "off")]
    assert await kept(store, "U1") == []
    async with store.read() as session:
        assert await people.kept(session, "T2", "U1") != []


async def test_from_direct_messages_the_changes_of_all_channels_are_read_but_of_no_direct_messages(
    store: Store,
) -> None:
    for channel in ("C1", "G2", "D3"):
        await set_channel(store, "T1", channel, replace(USUAL, mode=Mode.OFF))
    await set_channel(store, "T2", "C4", replace(USUAL, mode=Mode.OFF))
    async with store.read() as session:
        rows = await channels.setting_changes(session, "T1", "D9")
    assert [row.channel for row in rows] == ["C1", "G2"]
