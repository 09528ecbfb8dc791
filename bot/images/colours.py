"""Colour modes: whatever a decoder gives, as 8-bit sRGB with or without transparency."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Literal

from PIL import Image, ImageCms


def as_rgb(image: Image.Image) -> Image.Image:
    """The image as RGB, or as RGBA when it can be see-through.

    Raises:
        ValueError: a mode that has no way to RGB.
    """
    if image.mode == "RGBA" or (image.mode == "RGB" and not image.has_transparency_data):
        return image
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.mode == "LAB":
        return _converted(image, _profile("LAB"), _profile("sRGB"))
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


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


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits, or in fractions, as grey of 8; Pillow's own conversion cuts it off at 255."""
    grey = image.convert("F")
    extrema = grey.getextrema()
    brightest = float(extrema[1]) if isinstance(extrema[1], (int, float)) else 255.0
    whole = next((top for top in (1.0, 255.0, 65535.0) if brightest <= top), brightest)
    if image.mode.startswith("I;16"):
        whole = 65535.0
    return grey.point(lambda value: value * (255.0 / whole) + 0.0).convert("L")
