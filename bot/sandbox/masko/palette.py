"""Colours by the names that people use. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

Rgb = tuple[int, int, int]
_Lab = tuple[float, float, float]


class Colour(NamedTuple):
    """A named colour, and the family that a name for a character is chosen from."""

    name: str
    family: str


_SWATCHES: tuple[tuple[str, str, str], ...] = (
    ("near-black", "dark", "14121a"),
    ("charcoal", "dark", "3a3d42"),
    ("grey", "grey", "808489"),
    ("silver grey", "grey", "b9bdc2"),
    ("light grey", "grey", "dfe3e6"),
    ("white", "white", "ffffff"),
    ("warm white", "white", "fcf8f0"),
    ("cream", "white", "fff1dc"),
    ("beige", "brown", "ead0a8"),
    ("peach", "orange", "ffcfa6"),
    ("tan", "brown", "c99b6b"),
    ("brown", "brown", "8a5433"),
    ("dark brown", "brown", "4b2b22"),
    ("maroon", "red", "7a1f2b"),
    ("crimson", "red", "c4203f"),
    ("red", "red", "e5302e"),
    ("coral", "red", "ff7a6b"),
    ("rust orange", "orange", "cc5f18"),
    ("orange", "orange", "f58634"),
    ("light orange", "orange", "ffab66"),
    ("amber", "yellow", "ffb020"),
    ("golden yellow", "yellow", "ffd054"),
    ("yellow", "yellow", "fff04a"),
    ("pale yellow", "yellow", "fff3ae"),
    ("olive", "green", "7d8434"),
    ("lime green", "green", "a4d83c"),
    ("green", "green", "3aa845"),
    ("dark green", "green", "2a5a36"),
    ("mint", "green", "a9ecc8"),
    ("turquoise", "teal", "2cc5b6"),
    ("teal", "teal", "15908a"),
    ("deep teal", "teal", "1b4b57"),
    ("aqua", "teal", "86f2e4"),
    ("sky blue", "blue", "6cbcf5"),
    ("pale blue", "blue", "c4e1fa"),
    ("royal blue", "blue", "2e6be0"),
    ("blue", "blue", "3d88e8"),
    ("dark blue", "blue", "22408f"),
    ("navy", "blue", "1a2650"),
    ("slate blue", "blue", "5b6b8c"),
    ("indigo", "purple", "47379b"),
    ("dark purple", "purple", "36195e"),
    ("purple", "purple", "8552d0"),
    ("light purple", "purple", "9d70e6"),
    ("lavender", "purple", "cdb4f6"),
    ("plum", "purple", "74436f"),
    ("magenta", "pink", "cf3aa6"),
    ("pink", "pink", "ff8fc0"),
    ("pale pink", "pink", "fbcfe0"),
    ("rose", "pink", "e0567f"),
)


def _lab(rgb: Rgb) -> _Lab:
    """Oklab, in which distance is close to what the eye sees (bottosson.github.io/posts/oklab)."""
    red, green, blue = (_linear(level / 255) for level in rgb)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)


_MEASURED = tuple(
    (_lab((int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16))), Colour(name, family))
    for name, family, code in _SWATCHES
)


@lru_cache(maxsize=8192)
def named(rgb: Rgb) -> Colour:
    """The swatch that looks most like `rgb` (0 to 255 each)."""
    lightness, a, b = _lab(rgb)

    def distance(swatch: tuple[_Lab, Colour]) -> float:
        other = swatch[0]
        return (lightness - other[0]) ** 2 + 2 * (a - other[1]) ** 2 + 2 * (b - other[2]) ** 2

    return min(_MEASURED, key=distance)[1]
