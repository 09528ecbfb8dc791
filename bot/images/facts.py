"""What is known about an image: values that are stored, compared and turned into advice."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from bot.images.formats import ImageFormat

NEAR_DUPLICATE_BITS: Final = 5
"""Perceptual hashes that differ in at most so many of their 64 bits belong to nearly the same picture."""


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
    """Facts about one image, all taken from its bytes.

    Attributes:
        name: the file's name as it was given.
        format: of the original.
        width, height: in pixels, upright (EXIF orientation applied); of an SVG, as it was drawn.
        size: of the original, in bytes.
        background: what the border of the picture shows.
        white: the background is plain and white, or nearly so.
        shading: of the character, as far as it can be told apart from the background.
        sha256: of the original bytes, hexadecimal.
        looks: perceptual hash of 64 bits, 16 hexadecimal digits.
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
        """The facts that `as_json` wrote.

        Raises:
            ValueError, KeyError, TypeError: `text` is something else.
        """
        return cls.from_values(json.loads(text))

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> ImageFacts:
        """The facts whose fields are given, as JSON has them; raises as `from_json`."""
        kinds = {"format": ImageFormat, "background": Background, "shading": Shading}
        return cls(**{**values, **{name: kind(values[name]) for name, kind in kinds.items()}})
