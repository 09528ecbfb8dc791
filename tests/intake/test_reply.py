"""When a post that waits is worth a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.intake.reply import is_news

NOW = datetime(2026, 1, 1, tzinfo=UTC)


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
