"""Colour modes: whatever a decoder gives, as 8-bit sRGB with or without transparency."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Final, Literal

from PIL import Image, ImageCms

BAND: Final = 256
"""Rows that are converted at a time: a conversion may take several copies of what it converts."""


def as_rgb(image: Image.Image) -> Image.Image:
    """The image as RGB, or as RGBA when it can be see-through.

    Raises:
        ValueError: a mode that has no way to RGB.
    """
    if image.mode == "RGBA" or (image.mode == "RGB" and not image.has_transparency_data):
        return image
    mode = "RGBA" if image.has_transparency_data else "RGB"
    brightest = _brightest(image) if image.mode.startswith(("I", "F")) else 0.0
    whole = Image.new(mode, image.size)
    for top in range(0, image.height, BAND):
        band = image.crop((0, top, image.width, min(image.height, top + BAND)))
        whole.paste(_converted_band(band, mode, brightest), (0, top))
    return whole


def _converted_band(band: Image.Image, mode: str, brightest: float) -> Image.Image:
    if brightest:
        band = band.convert("F").point(lambda value: value * (255.0 / brightest) + 0.0).convert("L")
    if band.mode == "LAB":
        return _converted(band, _profile("LAB"), _profile("sRGB"))
    return band.convert(mode)


def averaged(image: Image.Image, side: int) -> Image.Image:
    """An image averaged down by a whole factor to under twice `side`; RGB, RGBA, CMYK or L.

    Band by band: a picture of 50 megapixels takes 200 MB, and averaging transparency takes a copy.
    """
    if image.mode.startswith(("I", "F")):
        image = as_rgb(image)  # what is white in it, the whole tells
    plain = image.mode in ("RGB", "RGBA", "CMYK", "L") and "transparency" not in image.info
    factor = max(image.size) // side
    if factor < 2:
        return image if plain else as_rgb(image)
    rows = BAND // factor * factor or factor
    bands = []
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(image.height, top + rows)))
        bands.append((band if plain else as_rgb(band)).reduce(factor))
    whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    for at, band in enumerate(bands):
        whole.paste(band, (0, at * bands[0].height))
    return whole


def as_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """The image as RGB or RGBA in sRGB, for a file that will carry no colour profile.

    A profile that is broken, or meant for another mode, is passed over: the picture looks
    slightly off then, which is better than no picture.
    """
    if icc and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            return _converted(image, ImageCms.ImageCmsProfile(BytesIO(icc)), _profile("sRGB"))
    return as_rgb(image)


def on_white(image: Image.Image) -> Image.Image:
    """An RGB or RGBA image as it looks on white paper."""
    if image.mode == "RGB":
        return image
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _profile(space: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space))


def _converted(
    image: Image.Image,
    source: ImageCms.ImageCmsProfile,
    target: ImageCms.ImageCmsProfile,
) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    result = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    if result is None:  # only when converting in place
        raise ValueError("not converted")
    result.info.clear()
    return result


def _brightest(image: Image.Image) -> float:
    """What is white in grey of 16 or 32 bits, or in fractions; Pillow's own conversion cuts it off at 255."""
    if image.mode.startswith("I;16"):
        return 65535.0
    extrema = image.getextrema()
    brightest = float(extrema[1]) if isinstance(extrema[1], (int, float)) else 255.0
    return next((top for top in (1.0, 255.0, 65535.0) if brightest <= top), brightest)
