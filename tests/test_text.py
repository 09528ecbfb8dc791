from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import (
    MOST_NAME,
    NO_NAME,
    Match,
    about,
    containing,
    listed,
    match,
    nearest_word,
    suggested,
    tidy_name,
    visible,
    wrong_with,
)


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


NAMES = {"1": "Felix the Fox", "2": "Felicity", "3": "Bruno", "4": "Émile", "5": "bruno", "6": "Captain Bear"}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("Felix the Fox", ("1",)),
        ("felix THE fox", ("1",)),
        ("  felix   the fox ", ("1",)),
        ("Felix", ("1",)),
        ("Fel", ("1", "2")),
        ("bruno", ("3", "5")),
        ("emile", ("4",)),
        ("bear", ("6",)),
        ("the f", ("1",)),
        ("Felxi", ("1",)),
        ("Captian Bear", ("6",)),
    ],
)
def test_what_a_name_means(wanted: str, ids: tuple[str, ...]) -> None:
    assert match(wanted, NAMES).ids == ids


@pytest.mark.parametrize("wanted", ["", "   ", "Zebra", "x"])
def test_a_name_that_means_nothing(wanted: str) -> None:
    assert match(wanted, NAMES) == Match()


def test_two_similar_names_are_suggested_and_not_guessed() -> None:
    found = match("Brumo", NAMES)
    assert found.only is None
    assert set(found.near) == {"3", "5"}


def test_an_equal_name_goes_before_those_that_begin_with_it() -> None:
    assert match("Felix", {"1": "Felix the Fox", "2": "Felix"}).only == "2"


@pytest.mark.parametrize(
    ("words", "ids"),
    [("fox", ["1"]), ("fox felix", ["1"]), ("", ["3", "5", "6", "4", "2", "1"]), ("bru", ["3", "5"])],
)
def test_names_that_hold_words(words: str, ids: list[str]) -> None:
    assert containing(words, NAMES) == ids


@pytest.mark.parametrize(("word", "nearest"), [("lsit", "list"), ("rname", "rename"), ("qqq", None)])
def test_the_nearest_word(word: str, nearest: str | None) -> None:
    assert nearest_word(word, ["list", "rename", "status"]) == nearest


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("  Felix \t the\u00a0\u2003Fox\n", "Felix the Fox"),
        ("Fe\u200blix\u202e", "Felix"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("\u2800\u200b\u3164", ""),
    ],
)
def test_a_tidy_name(written: str, name: str) -> None:
    assert tidy_name(written) == name


def test_what_a_name_may_be() -> None:
    assert wrong_with("") == NO_NAME
    assert wrong_with("x" * MOST_NAME) is None
    assert wrong_with("x" * 100_000) == "A name has at most 80 characters, and this one has 100,000."


def test_a_long_name_is_found_by_its_beginning_and_never_by_likeness() -> None:
    long = "Felix " * 100
    assert match(long, {"1": long, "2": "Felix"}) == Match(("1",))
    assert match("Fexil " * 100, {"1": long}) == Match()
    assert match("\ufdfa" * 12_000, {"1": "\ufdfa" * 80}).only == "1"


def test_suggestions_go_by_name() -> None:
    assert suggested("bru", NAMES) == ["3", "5"]
    assert suggested("Brumo", NAMES) == ["3", "5"]
    assert suggested("fel", NAMES) == ["2", "1"]


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
        ("\u200d🦊\ufe0f\ufe0f", "🦊\ufe0f"),
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
