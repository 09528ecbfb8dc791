"""How many images fit into a quota, and when there is room for the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.cli.local import words_of
from bot.intake.upload import HOUR, room
from bot.intake.view import Over, over_quota

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def ago(*minutes: int) -> list[datetime]:
    return [NOW - timedelta(minutes=each) for each in minutes]


@pytest.mark.parametrize(
    ("most", "taken", "wanted", "fits", "minutes"),
    [
        (3, (), 3, 3, 0),  # all fit, and there is nothing to wait for
        (3, (), 5, 3, 60),
        (3, (50, 40), 3, 1, 20),  # 1 now; the other 2 when both earlier ones are an hour old
        (3, (50, 40), 2, 1, 10),
        (3, (50, 40, 30), 1, 0, 10),
        (3, (50, 40, 30), 9, 0, 30),  # no more than 3 ever fit together
        (2, (50, 40, 30, 20), 1, 0, 30),  # the quota was lowered: 3 have to end before 1 fits
    ],
)
def test_what_fits_and_when_the_others_do(
    most: int, taken: tuple[int, ...], wanted: int, fits: int, minutes: int
) -> None:
    found, over = room(most, "from one person", ago(*taken), wanted, NOW)
    assert found == fits
    assert over.until == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("left", "posted", "which"), [(1, 1, "your image"), (2, 2, "your 2 images"), (1, 3, "1 of your 3 images")]
)
def test_the_note_says_how_many_why_and_when(left: int, posted: int, which: str) -> None:
    note = over_quota(Over(NOW + HOUR, "I take in at most 2 images an hour from one person"), 7, left, posted)
    until = int((NOW + HOUR).timestamp()) + 60  # Slack shows it without seconds
    assert note.text.startswith(
        f"I didn't take in {which}, as I take in at most 2 images an hour from one person. "
        f"Press Retry here or at my Home <!date^{until}^"
    )
    assert note.text.endswith("> or later.")
    assert "Retry" in words_of({"text": note.text, "blocks": note.blocks})
