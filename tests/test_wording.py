from __future__ import annotations

import pytest

from bot.wording import about, listed


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ""),
        (("a.png",), "a.png"),
        (("a.png", "b.png"), "a.png and b.png"),
        (("a", "b", "c"), "a, b and c"),
        (("a", "b", "c", "d"), "a, b, c and d"),
        (("a", "b", "c", "d", "e", "f"), "a, b, c and 3 more"),
    ],
)
def test_lists_read_like_a_sentence(names: tuple[str, ...], expected: str) -> None:
    assert listed(names) == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about 1 s"),
        (8.4, "about 8 s"),
        (38, "about 40 s"),
        (99, "about 100 s"),
        (130, "about 2 minutes"),
        (3600, "about 60 minutes"),
    ],
)
def test_waits_are_told_roughly(seconds: float, words: str) -> None:
    assert about(seconds) == words
