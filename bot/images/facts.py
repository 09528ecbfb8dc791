"""What is known about an image, and the tip that would make a mascot's references better.

Tips follow "Best Practices" on Masko's page "Create from Image": 3-4 references from different angles; one
art style, never 3D beside flat vector; 1024x1024 or larger; white or transparent background.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any, Final

from bot.images.formats import ImageFormat, measured
from bot.text import listed, short_name

NEAR_DUPLICATE_BITS: Final = 5  # the most bits, of 64, in which the hashes of nearly the same picture differ
GOOD_COUNT: Final = 3
GOOD_SIDE: Final = 1024


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


def tip(references: Sequence[ImageFacts]) -> str | None:
    """Return the most useful sentence about all references of a mascot; None where they are fine."""
    found = next(_tips(references), None)
    return found and f"Tip: {found}"


def near_duplicate(references: Sequence[ImageFacts], new: Collection[str]) -> tuple[ImageFacts, str] | None:
    """Return the first reference that one just added nearly equals, and a sentence about both.

    `references` are a mascot's, oldest first; `new` holds the sha256 of those just added.
    """
    for earlier, later in combinations(references, 2):
        if later.sha256 in new and later.sha256 != earlier.sha256 and later.resembles(earlier):
            same = f"{short_name(later.name)} looks nearly the same as {short_name(earlier.name)}."
            return earlier, f"{same} Another angle would add more."
    return None


def _tips(references: Sequence[ImageFacts]) -> Iterator[str]:
    """Yield what would help, most useful first."""
    flat = [each for each in references if each.shading is Shading.FLAT]
    scenes = [each for each in references if each.background is Background.SCENE]
    # Before a scene the character cannot be told apart, and a sky is always shaded: no evidence of 3D.
    shaded = [each for each in references if each not in flat and each not in scenes]
    odd, even = sorted((flat, shaded), key=len)
    if odd:
        others = short_name(even[0].name) if len(even) == 1 else "the others"
        looks = f"{_names(odd)} {'look' if len(odd) > 1 else 'looks'} {odd[0].shading}"
        yield f"{looks}, {others} {even[0].shading}. One art style works best."
    if 0 < len(references) < GOOD_COUNT:
        yield f"reply with {'a side and a back view' if len(references) == 1 else 'one more view of it'}."
    rasters = [each for each in references if each.format is not ImageFormat.SVG]  # a drawing fits any size
    if small := [each for each in rasters if min(each.width, each.height) < GOOD_SIDE]:
        sizes = listed(f"{short_name(each.name)} is {measured(each.width, each.height)}" for each in small)
        yield f"{sizes}. {measured(GOOD_SIDE, GOOD_SIDE)} or larger works best."
    coloured = [each for each in references if each.background is Background.PLAIN and not each.white]
    if busy := scenes or coloured:
        have, them = ("have", "them") if len(busy) > 1 else ("has", "it")
        what = f"a scene behind {them}" if scenes else "a coloured one"
        yield f"a white or transparent background works best ({_names(busy)} {have} {what})."


def _names(images: Sequence[ImageFacts]) -> str:
    return listed(short_name(each.name) for each in images)
