"""The tip: only where it is true, one at a time, the most useful; and near-duplicates."""

from __future__ import annotations

from typing import Any

import pytest

from bot.images import ImageFacts, near_duplicate, tip
from bot.images.facts import Background, Shading
from bot.images.formats import ImageFormat

PATTERNS = (
    "f0f0f0f0f0f0f0f0",
    "0f0f0f0f0f0f0f0f",
    "ff00ff00ff00ff00",
    "00ff00ff00ff00ff",
    "aaaaaaaaaaaaaaaa",
)


def image(name: str, side: int = 2048, **more: Any) -> ImageFacts:
    """A reference with nothing to say about, but for what is given."""
    values: dict[str, Any] = {
        "format": ImageFormat.PNG,
        "width": side,
        "height": side,
        "size": 1000,
        "background": Background.PLAIN,
        "white": True,
        "shading": Shading.FLAT,
        "sha256": name,
        "looks": PATTERNS[ord(name[0]) % len(PATTERNS)],
    }
    return ImageFacts(name=name, **{**values, **more})


A, B, C = image("a.png"), image("b.png"), image("c.png")
SHADED: dict[str, Any] = {"shading": Shading.SHADED}
SCENE: dict[str, Any] = {"background": Background.SCENE, "white": False}
BLUE: dict[str, Any] = {"background": Background.PLAIN, "white": False}
CLEAR: dict[str, Any] = {"background": Background.TRANSPARENT, "white": False}


LARGER = "1024 x 1024 or larger works best."
BACKGROUND = "Tip: a white or transparent background works best"
ANGLES = "Tip: reply with a side and a back view."
ONE_MORE = "Tip: reply with one more view of it."


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ([], None),
        ([A, B, C], None),
        ([A], ANGLES),
        ([A, B], ONE_MORE),
        ([A, B, image("c.png", 1024)], None),
        ([A, B, image("c.png", width=640, height=480)], f"Tip: c.png is 640 x 480. {LARGER}"),
        ([A, B, image("c.png", width=1024, height=900)], f"Tip: c.png is 1024 x 900. {LARGER}"),
        ([A, B, image("c.svg", 512, format=ImageFormat.SVG)], None),
        (
            [A, image("b.png", 512), image("c.png", 64)],
            f"Tip: b.png is 512 x 512 and c.png is 64 x 64. {LARGER}",
        ),
        (
            [image(f"{letter}.png", 10) for letter in "abcde"],
            f"Tip: a.png is 10 x 10, b.png is 10 x 10, c.png is 10 x 10 and 2 more. {LARGER}",
        ),
        ([A, B, image("c.png", **CLEAR)], None),
        ([A, B, image("c.jpg", **SCENE)], f"{BACKGROUND} (c.jpg has a scene behind it)."),
        ([A, B, image("c.jpg", **BLUE)], f"{BACKGROUND} (c.jpg has a coloured one)."),
        (
            [A, image("b.jpg", **SCENE), image("c.jpg", **SCENE)],
            f"{BACKGROUND} (b.jpg and c.jpg have a scene behind them).",
        ),
        (
            [A, image("b.jpg", **SCENE), image("c.jpg", **BLUE)],
            f"{BACKGROUND} (b.jpg has a scene behind it).",
        ),
        (
            [A, B, image("c.png", **SHADED)],
            "Tip: c.png looks shaded, the others flat. One art style works best.",
        ),
        (
            [image("a.png", **SHADED), B, image("c.png", **SHADED)],
            "Tip: b.png looks flat, the others shaded. One art style works best.",
        ),
        (
            [image("a.png", **SHADED), B, image("c.png", **SHADED), image("d.png"), image("e.png")],
            "Tip: a.png and c.png look shaded, the others flat. One art style works best.",
        ),
        (
            [image("a.png", **SHADED), B],
            "Tip: b.png looks flat, a.png shaded. One art style works best.",
        ),
        ([image(f"{letter}.png", **SHADED) for letter in "abc"], None),
        # A sky is always shaded: before a scene there is no telling what the character is.
        ([A, B, image("c.jpg", **SHADED, **SCENE)], f"{BACKGROUND} (c.jpg has a scene behind it)."),
        ([A, B, image("x" * 60 + ".png", 512)], f"Tip: {'x' * 29}…xxxxxx.png is 512 x 512. {LARGER}"),
        # Several are true: the most useful is said.
        ([image("a.png", 100, **BLUE), image("b.png", 100)], ONE_MORE),
        ([image("a.png", 100, **BLUE), B, C], f"Tip: a.png is 100 x 100. {LARGER}"),
    ],
)
def test_the_most_useful_tip_is_given_where_it_is_true(
    references: list[ImageFacts], expected: str | None
) -> None:
    assert tip(references) == (expected and expected.replace(" x ", " \u00d7 "))


COPY = image("b.png", looks=A.looks)


@pytest.mark.parametrize(
    ("references", "new", "pair"),
    [
        ([A, B, C], {"a.png", "b.png", "c.png"}, None),
        ([A, COPY, C], {"b.png"}, (A, "b.png looks nearly the same as a.png. Another angle would add more.")),
        ([A, COPY, C], {"c.png"}, None),  # said when it was added
        ([A, COPY, C], set(), None),
        (
            [A, C, COPY],
            {"a.png", "b.png"},
            (A, "b.png looks nearly the same as a.png. Another angle would add more."),
        ),
        ([A, B, C, image("a.png")], {"a.png"}, None),  # the same bytes
    ],
)
def test_of_those_just_added_one_that_nearly_equals_an_earlier_one_is_found(
    references: list[ImageFacts], new: set[str], pair: tuple[ImageFacts, str] | None
) -> None:
    assert near_duplicate(references, new) == pair
