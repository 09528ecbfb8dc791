"""Images made on the spot, so that no binary file has to be kept."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageDraw

from bot.images.formats import ImageFormat

PILLOW_NAMES = {
    ImageFormat.PNG: "PNG",
    ImageFormat.JPEG: "JPEG",
    ImageFormat.WEBP: "WEBP",
    ImageFormat.GIF: "GIF",
    ImageFormat.AVIF: "AVIF",
    ImageFormat.TIFF: "TIFF",
    ImageFormat.BMP: "BMP",
}
RASTER = (*PILLOW_NAMES, ImageFormat.HEIC)

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
    b'<rect width="20" height="20" fill="#ff0000"/><rect x="20" width="20" height="20" fill="#0000ff"/></svg>'
)

ENDLESS = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    b'<filter id="f"><feTurbulence baseFrequency="0.01" numOctaves="100000"/></filter>'
    b'<rect width="100" height="100" filter="url(#f)"/></svg>'
)
"""An SVG whose drawing never ends."""


def mascot(size: tuple[int, int] = (160, 120), mode: str = "RGB", background: Any = "white") -> Image.Image:
    """A face, its left ear red and its right ear blue, so that every turn of it shows."""
    image = Image.new("RGBA" if mode == "RGBA" else "RGB", size, background)
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.ellipse((width * 0.2, height * 0.2, width * 0.8, height * 0.9), fill="#e8833a")
    draw.rectangle((width * 0.2, height * 0.1, width * 0.35, height * 0.35), fill="#ff0000")
    draw.rectangle((width * 0.65, height * 0.1, width * 0.8, height * 0.35), fill="#0000ff")
    return image if image.mode == mode else image.convert(mode)


def encoded(image: Image.Image, image_format: ImageFormat, **options: Any) -> bytes:
    """An image in one of the formats, as bytes."""
    data = BytesIO()
    if image_format is ImageFormat.HEIC:
        pillow_heif.from_pillow(image).save(data, **options)
    else:
        image.save(data, format=PILLOW_NAMES[image_format], **options)
    return data.getvalue()


def sample(image_format: ImageFormat) -> bytes:
    return SVG if image_format is ImageFormat.SVG else encoded(mascot(), image_format)


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image


def is_near(pixel: Any, colour: tuple[int, ...], tolerance: int = 40) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=False))


Write = Callable[[bytes], Path]
