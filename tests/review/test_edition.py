"""What a vote is on: when two editions are the same, and how one became another."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.review.model import Difference, Edition, Part, difference

examples = settings(max_examples=100, deadline=None, derandomize=True, database=None)

keys = st.text(st.sampled_from("0123456789abcdef"), min_size=1, max_size=4)
anything = st.text(st.characters(exclude_categories=()), max_size=20)  # surrogates and NUL too
prompts = st.none() | anything
parts = st.builds(
    Part, keys, st.text(max_size=3), anything, alt=prompts, file_id=st.none() | st.just("F1"), by=anything
)
editions = st.builds(Edition, st.lists(parts, max_size=6).map(tuple), prompts)
different = st.lists(parts, max_size=6, unique_by=lambda each: each.key).map(tuple)
without_twins = st.builds(Edition, different, prompts)


def part(key: str, name: str = "") -> Part:
    return Part(key, f"asset-{key}", name or f"{key}.png")


def edition(*letters: str, prompt: str | None = "A fox") -> Edition:
    return Edition(tuple(map(part, letters)), prompt)


@examples
@given(editions, st.randoms(use_true_random=False), anything, prompts)
def test_order_and_names_make_no_other_edition(
    one: Edition, chance: object, name: str, alt: str | None
) -> None:
    turned = tuple(
        replace(each, name=name, alt=alt, asset_id="other", file_id=None, by=name)
        for each in reversed(one.parts)
    )
    assert Edition(turned, one.prompt).digest == one.digest


@examples
@given(editions, editions)
def test_another_picture_or_prompt_makes_another_edition(one: Edition, other: Edition) -> None:
    same = one.prompt == other.prompt and sorted(p.key for p in one.parts) == sorted(
        p.key for p in other.parts
    )
    assert (one.digest == other.digest) == same


@examples
@given(editions, keys, st.integers(0, 5))
def test_every_picture_counts(one: Edition, key: str, place: int) -> None:
    added = Edition((*one.parts[:place], part(key), *one.parts[place:]), one.prompt)
    assert added.digest != one.digest
    for number, each in enumerate(added.parts):
        others = added.parts[:number] + added.parts[number + 1 :]
        assert Edition(others, one.prompt).digest != added.digest
        changed = (*others, replace(each, key=f"{each.key}0"))
        assert Edition(changed, one.prompt).digest != added.digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (edition("a", prompt=None), edition("a", prompt="")),
        (edition("a", prompt=None), edition("a", prompt="None")),
        (edition("a", prompt=None), edition("a", prompt="null")),
        (edition("a", prompt="x"), edition("a", prompt="x ")),
        (edition("a", prompt="x"), edition("a", prompt="x\0")),
        (edition("a", prompt="\ud800"), edition("a", prompt="\ud801")),
        (edition("a", prompt="\ud800"), edition("a", prompt="?")),
        (edition("a", prompt="é"), edition("a", prompt="e\u0301")),
        (edition("a", "b"), edition("ab")),
        (edition('a","b'), edition("a", "b")),
        (edition("a"), edition("a", "a")),
        (edition(), edition(prompt=None)),
        (edition("asset:1"), edition("1")),
    ],
)
def test_what_is_nearly_the_same_is_not(one: Edition, other: Edition) -> None:
    assert one.digest != other.digest


@examples
@given(editions)
def test_a_digest_is_64_digits(one: Edition) -> None:
    assert re.fullmatch("[0-9a-f]{64}", one.digest)


def test_a_digest_stays_what_it_is() -> None:
    """Votes that were given years ago are on these."""
    kept = "16dd94d5b0970f35"
    assert edition("b", "a", prompt="Ein Fuchs 🦊").digest.startswith(kept)


@examples
@given(without_twins, without_twins)
def test_what_differs_is_told_whenever_something_does(one: Edition, other: Edition) -> None:
    changed = difference(one, other)
    assert (changed == Difference((), None)) == (one.digest == other.digest)
    went = sorted(old.key for old, _ in changed.pairs if old)
    came = sorted(new.key for _, new in changed.pairs if new)
    left = sorted(each.key for each in one.parts)
    for key in went:
        left.remove(key)
    assert sorted([*left, *came]) == sorted(each.key for each in other.parts)
    assert all(old or new for old, new in changed.pairs)


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ("abc", "abc", []),
        ("abc", "cab", []),
        ("abc", "abd", [("c", "d")]),
        ("abc", "dbe", [("a", "d"), ("c", "e")]),
        ("ab", "abc", [(None, "c")]),
        ("abc", "a", [("b", None), ("c", None)]),
        ("abc", "d", [("a", "d"), ("b", None), ("c", None)]),
        ("", "a", [(None, "a")]),
    ],
)
def test_pairs_of_old_and_new(old: str, new: str, pairs: list[tuple[str | None, str | None]]) -> None:
    changed = difference(edition(*old), edition(*new))
    assert [(o and o.key, n and n.key) for o, n in changed.pairs] == pairs
    assert changed.prompts is None


@pytest.mark.parametrize(
    ("old", "new", "prompts"),
    [("x", "x", None), ("x", "y", ("x", "y")), (None, "", (None, "")), (None, None, None)],
)
def test_prompts_that_differ(
    old: str | None, new: str | None, prompts: tuple[str | None, str | None] | None
) -> None:
    assert difference(edition("a", prompt=old), edition("a", prompt=new)).prompts == prompts
