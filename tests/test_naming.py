from __future__ import annotations

import pytest

from bot.naming import (
    MOST_NAME,
    NO_NAME,
    Match,
    containing,
    match,
    nearest_word,
    suggested,
    tidy_name,
    wrong_with,
)

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
