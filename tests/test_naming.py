from __future__ import annotations

import pytest

from bot.naming import Match, containing, match, nearest_word

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
