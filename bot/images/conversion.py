"""A file that Masko takes, made from a picture: PNG or JPEG, upright, sRGB, 10 MB at most, and no metadata.

Nothing but pixels is carried over: no EXIF (where a photo was taken), no XMP, no comments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

from bot.images.colours import as_srgb, averaged
from bot.images.decoding import Picture
from bot.images.formats import ImageFormat

MASKO_BYTES: Final = 10_000_000
"""The largest image that Masko takes.  Documented for its imports as 10 MB; a Choice for uploads."""

LONGEST_SIDES: Final = (4096, 3072, 2048, 1536, 1024, 768, 512)
"""Pixels: the first always holds, the others are tried in this order until the file is small enough.
Noise of 1024 x 1024 takes 4 MB."""

SAMPLE_SIDE: Final = 1024


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is written: what Pillow calls it, its suffix and content type, and how well."""

    pillow: str
    suffix: str
    content_type: str
    options: Mapping[str, int]


PNG: Final = Encoding("PNG", ".png", "image/png", {})
JPEG: Final = Encoding("JPEG", ".jpg", "image/jpeg", {"quality": 92})


def encoding_for(image_format: ImageFormat) -> Encoding:
    """A photo stays a JPEG, which keeps far more of it within the limit; everything else becomes PNG."""
    return JPEG if image_format is ImageFormat.JPEG else PNG


def encode(picture: Picture, encoding: Encoding) -> tuple[bytes, tuple[int, int]]:
    """A picture as a file of at most `MASKO_BYTES`, scaled down as far as that needs; the picture is used up.

    Returns:
        The file, and its width and height in pixels: the picture's own unless it was scaled.
    """
    image = _bare(picture)
    size = _expected(image, encoding)
    data = b""
    if size <= 2 * MASKO_BYTES:
        data = _encoded(image, encoding)
        size = len(data)
    for side in LONGEST_SIDES:
        if data and size <= MASKO_BYTES:
            break
        if side < max(image.size) and _may_fit(size, image.size, side):
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            data = _encoded(image, encoding)
            size = len(data)
    return data, image.size


def _bare(picture: Picture) -> Image.Image:
    """The picture upright, in sRGB, pixels alone; no side longer than `LONGEST_SIDES`' first.

    Copies of 50 megapixels take 200 MB each: none outlives its use.
    """
    longest = LONGEST_SIDES[0]
    image = picture.release()
    image = averaged(image, longest // 2 if max(image.size) > longest else longest)
    image = as_srgb(image, picture.icc)
    image = image if picture.turn is None else image.transpose(picture.turn)
    image.info.clear()
    return image


def _expected(image: Image.Image, encoding: Encoding) -> int:
    """About how many bytes the whole will take, from its middle.

    Writing 50 noisy megapixels as PNG takes ten seconds, only to find that they do not fit.
    """
    width, height = image.size
    left, top = max(0, (width - SAMPLE_SIDE) // 2), max(0, (height - SAMPLE_SIDE) // 2)
    middle = image.crop((left, top, min(width, left + SAMPLE_SIDE), min(height, top + SAMPLE_SIDE)))
    if middle.size == image.size:
        return 0
    sample = BytesIO()
    middle.save(sample, format=encoding.pillow, **encoding.options)
    return sample.tell() * width * height // (middle.width * middle.height)


def _may_fit(size: int, pixels: tuple[int, int], side: int) -> bool:
    """Whether it is worth trying: a file shrinks about as its pixels do."""
    return size * (side / max(pixels)) ** 2 <= MASKO_BYTES * 1.25


def _encoded(image: Image.Image, encoding: Encoding) -> bytes:
    file = BytesIO()
    image.save(file, format=encoding.pillow, **encoding.options)
    return file.getvalue()
