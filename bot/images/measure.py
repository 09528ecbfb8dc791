"""What a picture shows, told from its pixels: background, shading, and a hash of its looks.

Measured on copies of at most 256 pixels a side.  The numbers were chosen on drawn and rendered mascots, saved
as PNG and as JPEG of quality 50-95 (tests/images/test_seeing.py).
"""

from __future__ import annotations

from functools import reduce
from heapq import nlargest
from itertools import pairwise
from typing import Final, cast

from PIL import Image, ImageChops, ImageFilter

from bot.images.facts import Background, Shading
from bot.images.pixels import on_white

COPY_SIDE: Final = 256
STYLE_SIDE: Final = 128

SEE_THROUGH: Final = 25  # alpha, of 255, up to which a pixel counts as transparent
TRANSPARENT_SHARE: Final = 0.4  # of the border: a bust leaves half of it; an app icon's corners are a third
PLAIN_SHARE: Final = 0.7  # of the border's opaque pixels, in one colour: a bust on white still is on white
ONE_COLOUR: Final = 24  # greatest difference of a channel, of 255, within one colour
NEAR_WHITE: Final = 235

FEW_COLOURS: Final = 8
FEW_COLOURS_SHARE: Final = 0.85
STILL: Final = 3
STILL_UNAVERAGED: Final = 9
"""Greatest difference of a channel around a pixel that lies in an area of one colour.  The second is for
pictures too small to be averaged, whose noise remains."""
EDGE: Final = 40  # least difference of a channel around a pixel at an edge between two colours
SHADED_SHARE: Final = 0.45  # of the pixels away from edges, in a gradient, for the picture to be shaded
GRADIENT_SHARE: Final = 0.01  # of the whole picture, in a gradient: less is no evidence of anything

HASH_SIDE: Final = 8
HASH_STEP: Final = 4  # least step between neighbours, of 255: white is never quite white in a JPEG


def see(image: Image.Image) -> dict[str, str | bool]:
    """Measure a decoded image (RGB or RGBA); return those fields of `ImageFacts` that its pixels tell."""
    small = image.resize(_fitting(image.size, COPY_SIDE), Image.Resampling.BOX)
    background, colour = _background(small)
    subject = _subject(small, background, colour)
    # Single pixels, not averaged: a flat drawing keeps its few exact colours.
    sample = on_white(image.resize(_fitting(image.size, STYLE_SIDE), Image.Resampling.NEAREST))
    return {
        "background": background,
        "white": colour is not None and min(colour) >= NEAR_WHITE,
        "shading": _shading(small, subject, sample),
        "looks": _looks(small, subject),
    }


def _fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    longest = max(size)
    if longest <= side:
        return size
    return max(1, round(size[0] * side / longest)), max(1, round(size[1] * side / longest))


def _background(small: Image.Image) -> tuple[Background, tuple[int, ...] | None]:
    """What the border shows, and its colour when it has one."""
    border = [pixel for pixel in _border(small) if len(pixel) < 4 or pixel[3] > SEE_THROUGH]
    every = 2 * (small.width + small.height)
    if len(border) < (1 - TRANSPARENT_SHARE) * every:
        return Background.TRANSPARENT, None
    colour = tuple(sorted(channel)[len(border) // 2] for channel in list(zip(*border, strict=True))[:3])
    alike = sum(_difference(pixel, colour) <= ONE_COLOUR for pixel in border)
    if alike < PLAIN_SHARE * len(border):
        return Background.SCENE, None
    return Background.PLAIN, colour


def _border(small: Image.Image) -> list[tuple[int, ...]]:
    """The pixels of the outermost line on each side."""
    width, height = small.size
    rows = ((0, 0, width, 1), (0, height - 1, width, height))
    columns = ((0, 0, 1, height), (width - 1, 0, width, height))
    bands = len(small.getbands())
    sides = (small.crop(box).tobytes() for box in (*rows, *columns))
    return [tuple(side[at : at + bands]) for side in sides for at in range(0, len(side), bands)]


def _difference(pixel: tuple[int, ...], colour: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(pixel, colour, strict=False))


def _subject(small: Image.Image, background: Background, colour: tuple[int, ...] | None) -> Image.Image:
    """A mask (L, 0 or 255) of what is not background."""
    mask = Image.new("L", small.size, 255)
    if colour is not None:
        away = _greatest(ImageChops.difference(small.convert("RGB"), Image.new("RGB", small.size, colour)))
        mask = away.point(_over(ONE_COLOUR))
    if small.mode == "RGBA":
        mask = ImageChops.multiply(mask, small.getchannel("A").point(_over(SEE_THROUGH)))
    return mask


def _greatest(image: Image.Image) -> Image.Image:
    """Of each pixel's channels, the greatest."""
    red, green, blue = image.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _over(limit: int) -> list[int]:
    return [255 if value > limit else 0 for value in range(256)]


def _shading(small: Image.Image, subject: Image.Image, sample: Image.Image) -> Shading:
    """Flat when few exact colours make up the subject, or when most of it lies in areas of one colour."""
    if _few_colours(sample, subject.resize(sample.size, Image.Resampling.NEAREST)):
        return Shading.FLAT
    still, gradient = _areas(small, subject, STILL if max(small.size) >= COPY_SIDE else STILL_UNAVERAGED)
    least = max(SHADED_SHARE * (still + gradient), GRADIENT_SHARE * (sample.width * sample.height))
    return Shading.SHADED if gradient >= least else Shading.FLAT


def _few_colours(sample: Image.Image, subject: Image.Image) -> bool:
    marked = sample.copy()
    marked.putalpha(subject)
    colours = cast(list[tuple[int, tuple[int, ...]]], marked.getcolors(sample.width * sample.height))
    inside = [count for count, (*_, there) in colours if there]
    return sum(nlargest(FEW_COLOURS, inside)) >= FEW_COLOURS_SHARE * sum(inside)


def _areas(small: Image.Image, subject: Image.Image, still: int) -> tuple[int, int]:
    """Count the subject's pixels in areas of one colour, and those in gradients; edges are neither."""
    size = _fitting(small.size, STYLE_SIDE)
    paper = on_white(small).resize(size, Image.Resampling.BOX)
    smooth = paper.filter(ImageFilter.MedianFilter(3))
    edges = _brightest_near(_change(smooth).point(_over(EDGE)))
    inside = ImageChops.subtract(subject.resize(size, Image.Resampling.NEAREST), edges)
    counts = _change(paper.filter(ImageFilter.BoxBlur(2))).histogram(mask=inside)
    return sum(counts[: still + 1]), sum(counts[still + 1 :])


def _change(image: Image.Image) -> Image.Image:
    """How much the colour changes within two pixels around each pixel."""
    darkest = ImageChops.invert(_brightest_near(ImageChops.invert(image)))
    return _greatest(ImageChops.difference(_brightest_near(image), darkest))


def _brightest_near(image: Image.Image) -> Image.Image:
    """The same as `ImageFilter.MaxFilter(5)`, in a thirtieth of the time: first along rows, then columns."""
    width, height = image.size
    for x, y in ((1, 0), (0, 1)):
        moved = (image.crop((x * by, y * by, width + x * by, height + y * by)) for by in (-2, -1, 1, 2))
        image = reduce(ImageChops.lighter, moved, image)
    return image


def _looks(small: Image.Image, subject: Image.Image) -> str:
    """A difference hash (dHash) of the subject on white: is a pixel brighter than its right neighbour?"""
    box = subject.getbbox() or (0, 0, *small.size)
    paper = Image.new("RGB", small.size, "white")
    paper.paste(on_white(small), mask=subject)
    tiny = paper.crop(box).convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX).tobytes()
    rows = [tiny[start : start + HASH_SIDE + 1] for start in range(0, len(tiny), HASH_SIDE + 1)]
    bits = [left > right + HASH_STEP for row in rows for left, right in pairwise(row)]
    return f"{sum(bit << at for at, bit in enumerate(bits)):016x}"
