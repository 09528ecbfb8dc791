"""What is known about an image, and advice on what would make a mascot's references better.

Advice follows "Best Practices" on Masko's page "Create from Image": 3-4 references from different angles; one
art style, never 3D beside flat vector; 1024x1024 or larger; white or transparent background.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from bot.images.formats import ImageFormat, measured
from bot.text import short_name

NEAR_DUPLICATE_BITS: Final = 5  # the most bits, of 64, in which the hashes of nearly the same picture differ


class Background(StrEnum):
    """What stands behind the character."""

    TRANSPARENT = "transparent"
    PLAIN = "plain"
    SCENE = "scene"


class Shading(StrEnum):
    """How the character is coloured: areas of one colour, or modelled with light and shadow."""

    FLAT = "flat"
    SHADED = "shaded"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Facts about one image as it was posted.

    Width and height are in pixels, upright (an SVG's as drawn); `size` is in bytes; `white` says that the
    background is plain and nearly white; `looks` is a perceptual hash of 64 bits, hexadecimal.
    """

    name: str
    format: ImageFormat
    width: int
    height: int
    size: int
    background: Background
    white: bool
    shading: Shading
    sha256: str
    looks: str

    def resembles(self, other: ImageFacts) -> bool:
        """Whether both show nearly the same picture: a copy in another size, format or background."""
        mine, theirs = int(self.looks, 16), int(other.looks, 16)
        if min(mine.bit_count(), theirs.bit_count()) <= NEAR_DUPLICATE_BITS:
            return False  # hardly any structure to compare: all such pictures would resemble each other
        return (mine ^ theirs).bit_count() <= NEAR_DUPLICATE_BITS

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ImageFacts:
        """Return what `as_json` wrote.  Raises ValueError, KeyError or TypeError for other text."""
        return cls.from_values(json.loads(text))

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> ImageFacts:
        """Return facts from their fields as JSON has them; raises as `from_json`."""
        kinds = {"format": ImageFormat, "background": Background, "shading": Shading}
        return cls(**{**values, **{name: kind(values[name]) for name, kind in kinds.items()}})


GOOD_COUNT: Final = 3
GOOD_SIDE: Final = 1024
NAMED_AT_MOST: Final = 3


class AdviceKind(StrEnum):
    """What a piece of advice is about, most useful first."""

    MIXED_STYLES = "mixed_styles"
    MORE_ANGLES = "more_angles"
    SMALL = "small"
    BUSY_BACKGROUND = "busy_background"
    RESEMBLES = "resembles"


@dataclass(frozen=True, slots=True)
class Advice:
    """Plain text about the images of these names; without names, about all."""

    kind: AdviceKind
    names: tuple[str, ...]
    text: str


def advice(references: Sequence[ImageFacts], *, new: Collection[str] | None = None) -> list[Advice]:
    """Return advice about all references of a mascot, oldest first; most useful first, one of each kind.

    `new` holds the sha256 of those just added: only these are spoken of.
    """
    fresh = [each for each in references if new is None or each.sha256 in new]
    if not fresh:
        return []
    found = (
        _mixed_styles(references, fresh),
        _more_angles(len(references)),
        _small(fresh),
        _busy_background(fresh),
        _resembles(references, fresh),
    )
    return [each for each in found if each is not None]


def _mixed_styles(references: Sequence[ImageFacts], fresh: Sequence[ImageFacts]) -> Advice | None:
    """Names the fewer of the two styles, and of equally many those just added."""
    flat = [each for each in references if each.shading is Shading.FLAT]
    # Before a scene the character cannot be told apart, and a sky is always shaded: no evidence of 3D.
    shaded = [each for each in references if each not in flat and each.background is not Background.SCENE]
    odd, even = sorted((flat, shaded), key=lambda group: (len(group), not _meet(group, fresh)))
    mixed_before = all(any(each not in fresh for each in group) for group in (odd, even))
    if not odd or (mixed_before and not _meet(odd, fresh)):
        return None
    looks = "look" if len(odd) > 1 else "looks"
    others = short_name(even[0].name) if len(even) == 1 else "the others"
    text = (
        f"{_names(odd)} {looks} {odd[0].shading}, {others} {even[0].shading}: "
        "one art style throughout works best, all flat or all 3D."
    )
    return _about(AdviceKind.MIXED_STYLES, odd, text)


def _meet(images: Iterable[ImageFacts], fresh: Collection[ImageFacts]) -> bool:
    return any(each in fresh for each in images)


def _more_angles(count: int) -> Advice | None:
    if count >= GOOD_COUNT:
        return None
    missing = "Two or three" if count == 1 else "One or two"
    return Advice(AdviceKind.MORE_ANGLES, (), f"{missing} more angles would keep poses consistent.")


def _small(fresh: Sequence[ImageFacts]) -> Advice | None:
    """Name those with a side under 1024; an SVG has no pixels of its own."""
    rasters = [each for each in fresh if each.format is not ImageFormat.SVG]
    small = [each for each in rasters if min(each.width, each.height) < GOOD_SIDE]
    if not small:
        return None
    sizes = {(each.width, each.height) for each in small}
    verb = "are" if len(small) > 1 else "is"
    if len(sizes) == 1:
        subject = f"{_names(small)} {verb} {measured(small[0].width, small[0].height)}"
    else:
        with_sizes = (f"{short_name(each.name)} ({measured(each.width, each.height)})" for each in small)
        subject = f"{_listed(with_sizes)} {verb} small"
    return _about(
        AdviceKind.SMALL, small, f"{subject}; {measured(GOOD_SIDE, GOOD_SIDE)} or larger works best."
    )


def _busy_background(fresh: Sequence[ImageFacts]) -> Advice | None:
    scenes = [each for each in fresh if each.background is Background.SCENE]
    coloured = [each for each in fresh if each.background is Background.PLAIN and not each.white]
    parts = [
        f"{_names(group)} {verb[len(group) > 1]} {what}"
        for group, verb, what in (
            (scenes, ("shows", "show"), "a scene behind the character"),
            (coloured, ("has", "have"), "a coloured background"),
        )
        if group
    ]
    if not parts:
        return None
    text = f"{' and '.join(parts)}; white or transparent works best."
    return _about(AdviceKind.BUSY_BACKGROUND, scenes + coloured, text)


def _resembles(references: Sequence[ImageFacts], fresh: Sequence[ImageFacts]) -> Advice | None:
    """Names those that resemble an earlier one; the same bytes twice are no matter for advice."""
    for at, first in enumerate(references):
        later = [each for each in references[at + 1 :] if each in fresh and each.sha256 != first.sha256]
        alike = [each for each in later if each.resembles(first)]
        if alike:
            looks = "look" if len(alike) > 1 else "looks"
            same = f"{_names(alike)} {looks} nearly the same as {short_name(first.name)}"
            text = f"{same}; another angle would add more."
            return _about(AdviceKind.RESEMBLES, [*alike, first], text)
    return None


def _about(kind: AdviceKind, images: Iterable[ImageFacts], text: str) -> Advice:
    return Advice(kind, tuple(each.name for each in images), text)


def _names(images: Iterable[ImageFacts]) -> str:
    return _listed(short_name(each.name) for each in images)


def _listed(names: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c", "a, b, c and 2 more"."""
    every = list(names)
    shown = every[:NAMED_AT_MOST]
    if len(every) > NAMED_AT_MOST:
        shown.append(f"{len(every) - NAMED_AT_MOST} more")
    *most, last = shown
    return f"{', '.join(most)} and {last}" if most else last
