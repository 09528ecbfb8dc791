from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.db.posts import WaitingPost
from bot.intake.order import come_again, images_before, is_news

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def posts(*waiting: tuple[str, int]) -> list[WaitingPost]:
    return [WaitingPost(number, channel, images) for number, (channel, images) in enumerate(waiting)]


def test_within_a_channel_who_posted_first_goes_first() -> None:
    waiting = posts(("C1", 3), ("C1", 2), ("C1", 1))
    assert [images_before(waiting, post.id) for post in waiting] == [0, 3, 5]


def test_one_image_does_not_wait_for_another_channels_hundreds() -> None:
    waiting = posts(*[("C1", 1)] * 200, ("C2", 1))
    assert images_before(waiting, 200) == 0
    assert images_before(waiting, 199) == 199 + 1  # and that one image goes before the last of them


def test_channels_take_turns_image_by_image() -> None:
    waiting = posts(("C1", 6), ("C1", 6), ("C2", 2), ("C2", 1))
    assert images_before(waiting, 1) == 6 + 3
    assert images_before(waiting, 3) == 2 + 2


def test_who_does_not_wait_has_nobody_before_it() -> None:
    assert images_before(posts(("C1", 3)), 99) == 0


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 6)), min_size=1, max_size=30))
def test_somebody_always_goes_next_and_nobody_waits_for_more_than_there_is(
    channels: list[tuple[str, int]],
) -> None:
    waiting = posts(*channels)
    before = [images_before(waiting, post.id) for post in waiting]
    assert min(before) == 0
    total = sum(post.images for post in waiting)
    assert all(each + post.images <= total for each, post in zip(before, waiting, strict=True))


@pytest.mark.parametrize(("seconds", "again"), [(3, 3), (20, 20), (60, 20), (400, 100)])
def test_a_long_wait_is_looked_at_again_now_and_then(seconds: float, again: float) -> None:
    assert come_again(seconds) == again


def news(promised: float | None, expected: float) -> bool:
    at = None if promised is None else NOW + timedelta(seconds=promised)
    return is_news(at, NOW + timedelta(seconds=expected), NOW)


def test_a_wait_is_told_when_it_is_worth_a_word() -> None:
    assert not news(None, 3)
    assert news(None, 40)


def test_a_changed_wait_is_told_only_when_it_changed_by_much() -> None:
    assert not news(60, 75)
    assert news(60, 100)
    assert not news(600, 700)
    assert news(600, 900)
    assert news(900, 300)
    assert news(-60, 40)  # what was promised is past
