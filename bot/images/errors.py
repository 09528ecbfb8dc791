"""Why a file cannot become a reference, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.errors import BotError
from bot.images.formats import ImageFormat, measured
from bot.text import short_name

MAX_BYTES: Final = 20_000_000  # 20 MB of 1,000,000 bytes each, as file managers count them
MAX_PIXELS: Final = 50_000_000
MAX_WEBP_PIXELS: Final = 24_000_000  # its decoder holds four copies of a picture, of four bytes a pixel each

WHAT_WORKS: Final = "PNG, JPEG, WebP, GIF, HEIC, AVIF, TIFF, BMP and SVG images work."
AS_PNG: Final = "Export it as PNG and post that."
_PLENTY: Final = measured(2048, 2048)
_SMALLER: Final = f"Export it smaller: {_PLENTY} pixels are plenty."


@dataclass(eq=False)
class ImageRefused(BotError):
    """A file that cannot become a reference; trying again does not help.

    `reason` is the rest of a sentence that begins with the file's name, `remedy` a sentence of its own.
    `name` is whole, as the file was called; `prepare` sets it.
    """

    reason: str
    remedy: str = WHAT_WORKS
    name: str = ""

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        return f"{short_name(self.name)} {self.reason} {self.remedy}"


@dataclass(eq=False)
class DecodingFailed(BotError):
    """The decoding process failed (no memory, a full disk), not the file; `detail` is for the log."""

    detail: str
    worth_retrying = True

    @property
    def words(self) -> str:
        return "I couldn't open the image just now."


def too_many_bytes(size: int) -> ImageRefused:
    # Rounded up: "is 20.0 MB; at most 20 MB" would explain nothing.
    megabytes = -(-size // 100_000) / 10
    return ImageRefused(f"is {megabytes:.1f} MB; at most {MAX_BYTES // 1_000_000} MB can be used.", _SMALLER)


def not_an_image(looks_like: str | None) -> ImageRefused:
    """Return the refusal of what looks like "a PDF document", or like nothing known."""
    if looks_like is None:
        reason = "isn't in an image format that I know."
    elif looks_like.endswith("image"):
        reason = f"is {looks_like}, a format that can't be used."
    else:
        reason = f"is not an image: it looks like {looks_like}."
    return ImageRefused(reason, f"Export the image as PNG and post that. {WHAT_WORKS}")


def truncated(image_format: ImageFormat) -> ImageRefused:
    reason = f"is damaged or cut off: it begins as {image_format} but can't be read to its end."
    as_png = "" if image_format is ImageFormat.PNG else ", or export it as PNG"
    return ImageRefused(reason, f"Post it again from the original{as_png}.")


def too_many_pixels(width: int, height: int, most: int) -> ImageRefused:
    # Rounded up, so that an image just over the limit does not read as one within it.
    megapixels = -(-width * height // 1_000_000)
    size = f"{measured(width, height)} pixels ({megapixels:,} megapixels)"
    return ImageRefused(f"is {size}; at most {most // 1_000_000} megapixels can be used.", _SMALLER)


def too_complex(image_format: ImageFormat) -> ImageRefused:
    """Return the refusal of a file that takes too much time or memory."""
    if image_format is ImageFormat.SVG:
        return ImageRefused("is an SVG too complex to be drawn here.", AS_PNG)
    reason = f"is a {image_format} that takes too much time or memory to open."
    return ImageRefused(reason, f"Open it in an image editor and export it again, at {_PLENTY} pixels or so.")


def damaged_svg() -> ImageRefused:
    return ImageRefused("is an SVG that can't be drawn: it is damaged, cut off or empty.", AS_PNG)


def outside_svg(reference: str) -> ImageRefused:
    """Return the refusal of an SVG that needs a file or an address ("file:///etc/passwd")."""
    reason = f"is an SVG that needs something outside itself ({short_name(reference)}), which is never read."
    return ImageRefused(reason, "Embed the linked images, or export it as PNG and post that.")
