"""Advice: only where it is true, named, short, most useful first."""

from __future__ import annotations

from typing import Any

import pytest

from bot.images import (
    Advice,
    AdviceKind,
    Background,
    ImageFacts,
    ImageFormat,
    Shading,
    advice,
)

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


def texts(references: list[ImageFacts], **more: Any) -> list[str]:
    return [each.text for each in advice(references, **more)]


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ([], []),
        ([A, B, C], []),
        ([A], ["Two or three more angles would keep poses consistent."]),
        ([A, B], ["One or two more angles would keep poses consistent."]),
        ([A, B, image("c.png", 1024)], []),
        ([A, B, image("c.png", 512)], ["c.png is 512 x 512; 1024 x 1024 or larger works best."]),
        (
            [A, B, image("c.png", width=1024, height=900)],
            ["c.png is 1024 x 900; 1024 x 1024 or larger works best."],
        ),
        ([A, B, image("c.svg", 512, format=ImageFormat.SVG)], []),
        (
            [A, image("b.png", 512), image("c.png", 512)],
            ["b.png and c.png are 512 x 512; 1024 x 1024 or larger works best."],
        ),
        (
            [A, image("b.png", 512), image("c.png", 64)],
            ["b.png (512 x 512) and c.png (64 x 64) are small; 1024 x 1024 or larger works best."],
        ),
        (
            [image(f"{letter}.png", 10) for letter in "abcde"],
            ["a.png, b.png, c.png and 2 more are 10 x 10; 1024 x 1024 or larger works best."],
        ),
        ([A, B, image("c.png", **CLEAR)], []),
        (
            [A, B, image("c.jpg", **SCENE)],
            ["c.jpg shows a scene behind the character; white or transparent works best."],
        ),
        (
            [A, B, image("c.jpg", **BLUE)],
            ["c.jpg has a coloured background; white or transparent works best."],
        ),
        (
            [A, image("b.jpg", **SCENE), image("c.jpg", **BLUE)],
            [
                "b.jpg shows a scene behind the character and c.jpg has a coloured background; "
                "white or transparent works best."
            ],
        ),
        (
            [A, B, image("c.png", **SHADED)],
            ["c.png looks shaded, the others flat: one art style throughout works best, all flat or all 3D."],
        ),
        (
            [image("a.png", **SHADED), B, image("c.png", **SHADED)],
            ["b.png looks flat, the others shaded: one art style throughout works best, all flat or all 3D."],
        ),
        ([image(f"{letter}.png", **SHADED) for letter in "abc"], []),
        # A sky is always shaded: before a scene there is no telling what the character is.
        (
            [A, B, image("c.jpg", **SHADED, **SCENE)],
            ["c.jpg shows a scene behind the character; white or transparent works best."],
        ),
        (
            [A, B, image("c.png", looks=A.looks)],
            ["c.png looks nearly the same as a.png; another angle would add more."],
        ),
        (
            [A, image("b.png", looks=A.looks), image("c.png", looks=A.looks)],
            ["b.png and c.png look nearly the same as a.png; another angle would add more."],
        ),
        ([A, B, C, image("a.png")], []),
        (
            [A, B, image("x" * 60 + ".png", 512)],
            [f"{'x' * 29}…xxxxxx.png is 512 x 512; 1024 x 1024 or larger works best."],
        ),
    ],
)
def test_advice_is_given_where_it_is_true(references: list[ImageFacts], expected: list[str]) -> None:
    assert texts(references) == [text.replace(" x ", " \u00d7 ") for text in expected]


def test_the_most_useful_comes_first_and_each_kind_once() -> None:
    references = [image("a.png", 100, **BLUE), image("b.png", 100, looks=A.looks, **SHADED)]
    kinds = [each.kind for each in advice(references)]
    assert kinds == [
        AdviceKind.MIXED_STYLES,
        AdviceKind.MORE_ANGLES,
        AdviceKind.SMALL,
        AdviceKind.BUSY_BACKGROUND,
        AdviceKind.RESEMBLES,
    ]


def test_advice_names_the_images_it_is_about() -> None:
    long = image("x" * 60 + ".png", 512)
    assert advice([A, B, long]) == [Advice(AdviceKind.SMALL, (long.name,), texts([A, B, long])[0])]
    assert advice([A])[0].names == ()


OLD_SMALL = image("a.png", 512)


@pytest.mark.parametrize(
    ("references", "new", "kinds"),
    [
        ([OLD_SMALL, B, C], {"c.png"}, []),
        ([OLD_SMALL, B, C], {"a.png"}, [AdviceKind.SMALL]),
        ([OLD_SMALL, B, C], None, [AdviceKind.SMALL]),
        ([OLD_SMALL], set(), []),
        ([image("a.png", **SHADED), B], {"b.png"}, [AdviceKind.MIXED_STYLES, AdviceKind.MORE_ANGLES]),
        # Two flat ones join one that is shaded: the mixture is new, though the odd one is not.
        ([image("a.png", **SHADED), B, C], {"b.png", "c.png"}, [AdviceKind.MIXED_STYLES]),
        # They were mixed before, and the new one only adds to the greater part.
        ([image("a.png", **SHADED), B, C], {"c.png"}, []),
        ([A, image("b.png", looks=A.looks), C], {"b.png"}, [AdviceKind.RESEMBLES]),
        ([A, image("b.png", looks=A.looks), C], {"c.png"}, []),
    ],
)
def test_only_the_new_ones_are_spoken_of(
    references: list[ImageFacts], new: set[str] | None, kinds: list[AdviceKind]
) -> None:
    assert [each.kind for each in advice(references, new=new)] == kinds


def test_of_two_styles_the_new_one_is_named() -> None:
    old, new = image("a.png", **SHADED), image("b.png")
    assert texts([old, new], new={"b.png"})[0].startswith("b.png looks flat, a.png shaded:")
