from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.invisible import visible

FAMILY = "👩\u200d👩\u200d👧"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        "Felix the Fox",
        "two\nlines",
        FAMILY,
        "🏳️\u200d🌈",
        "👩🏽\u200d🚀",
        "❤️",
        "❤\ufe0e",
        "🙂\u200d↔️",
        "1️⃣ and #️⃣",
        ENGLAND,
        "می\u200cخواهم",  # noqa: RUF001 - Persian: I want
        "क्\u200dष and क्\u200cष",  # Hindi: half forms
        "ന്\u200d",  # Malayalam: a chillu at the end of a word
        "葛\U000e0100城",  # a variant of an ideograph
        "ᠰᠡᠷᠭᠡᠯᠡᠩ\u180b",
        "Zoë, José, Ω, 🦊, Привет, 日本語, العربية",
    ],
)
def test_what_is_seen_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Fe\u200blix", "Felix"),
        ("Fe\u00adlix", "Felix"),
        ("\u2066Felix\u2069\u202e", "Felix"),
        ("\ufeffFelix\u2060", "Felix"),
        ("Fe\u200dlix\ufe0f", "Felix"),
        ("Fe\u200clix", "Felix"),
        ("🦊\u200d", "🦊"),
        ("\u200d🦊\ufe0f\ufe0f", "🦊\ufe0f"),
        ("🦊\u200dx", "🦊x"),
        ("می\u200c", "می"),
        ("🏴\U000e0067\U000e0062", "🏴"),
        ("Felix\U000e0041\U000e0042", "Felix"),
        ("a\tb\u0085c\u2800d\re", "a b c d e"),
        ("\x00\x1b[31mFelix\x7f", "[31mFelix"),
        ("\ud83eFelix", "Felix"),
        ("\u3164\uffa0\u115f\u034f\u180e", ""),
        ("\U000e0100\u2063\u2064", ""),
        ("0\ufe0f", "0"),
    ],
)
def test_what_nobody_sees_goes(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text())
def test_once_is_enough(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_every_format_character_goes_but_the_signs_that_are_seen() -> None:
    formats = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
    left = {visible(each) for each in formats} - {""}
    seen = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    assert {ord(each) for each in left if not 0x13430 <= ord(each) <= 0x1343F} == seen  # and Egyptian joints
