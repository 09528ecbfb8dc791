"""Why a file cannot become a reference.

    ImageRefused
    ├── EmptyImage        no bytes at all
    ├── TooManyBytes      over MAX_BYTES
    ├── NotAnImage        something else, and what it looks like
    ├── TruncatedImage    an image that is cut off or damaged
    ├── TooManyPixels     over MAX_PIXELS, told by the header before anything is decoded
    ├── TooComplex        takes too much time or memory to decode
    └── UnreadableSvg     an SVG that does not become a picture
        ├── DamagedSvg        broken XML, or nothing to see
        ├── UndrawableSvg     nothing to see but what cannot be drawn
        ├── UnsafeSvg         needs other files or addresses
        └── TooComplexSvg     takes too much time or memory

Trying again helps none of them: the file stays what it is.  `DecodingFailed` stands beside them: the
process that decodes could not do its work, the file is not to blame, and trying again may help.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bot.errors import BotError
from bot.images.facts import ImageFormat, measured
from bot.text import short_name

MAX_BYTES: Final = 20_000_000
"""20 MB of 1,000,000 bytes each, as file managers count them."""

MAX_PIXELS: Final = 50_000_000
"""50 megapixels."""

MAX_WEBP_PIXELS: Final = 24_000_000
"""Its decoder holds four copies of a picture, of four bytes a pixel each."""

WHAT_WORKS: Final = "PNG, JPEG, WebP, GIF, HEIC, AVIF, TIFF, BMP and SVG images work."

_SMALLER: Final = f"Export it smaller: {measured(2048, 2048)} pixels are plenty."


@dataclass(eq=False)
class ImageRefused(BotError):
    """A file that cannot become a reference.

    Attributes:
        name: the file's name as it was given, whole; `prepare` sets it.
    """

    name: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        return f"{short_name(self.name)} {self.reason} {self.remedy}"

    @property
    def reason(self) -> str:
        """Why, as the rest of a sentence that begins with the name."""
        return "cannot be used."

    @property
    def remedy(self) -> str:
        """What would work, as a sentence."""
        return WHAT_WORKS


@dataclass(eq=False)
class EmptyImage(ImageRefused):
    reason = "is empty (0 bytes)."
    remedy = "Post it again from the original."


@dataclass(eq=False)
class TooManyBytes(ImageRefused):
    """A file of `size` bytes, more than `MAX_BYTES`."""

    size: int
    remedy = _SMALLER

    @property
    def reason(self) -> str:
        # Rounded up: "is 20.0 MB; at most 20 MB" would explain nothing.
        return f"is {-(-self.size // 100_000) / 10:.1f} MB; at most {MAX_BYTES // 1_000_000} MB can be used."


@dataclass(eq=False)
class NotAnImage(ImageRefused):
    """Bytes that are no image, whatever the file is called; perhaps they look like "a PDF document"."""

    looks_like: str | None
    remedy = f"Export the picture as PNG and post that. {WHAT_WORKS}"

    @property
    def reason(self) -> str:
        if self.looks_like is None:
            return "is not an image in a format known here."
        if self.looks_like.endswith("image"):
            return f"is {self.looks_like}, a format that cannot be used."
        return f"is not an image: it looks like {self.looks_like}."


@dataclass(eq=False)
class TruncatedImage(ImageRefused):
    """An image that begins well, as `format`, and cannot be read to its end."""

    format: ImageFormat

    @property
    def reason(self) -> str:
        return f"is damaged or cut off: it begins as {self.format} but cannot be read to its end."

    @property
    def remedy(self) -> str:
        again = "Post it again from the original"
        return f"{again}." if self.format is ImageFormat.PNG else f"{again}, or export it as PNG."


@dataclass(eq=False)
class TooManyPixels(ImageRefused):
    """An image whose header says `width` by `height` pixels, where `most` can be used."""

    width: int
    height: int
    most: int = MAX_PIXELS
    remedy = _SMALLER

    @property
    def reason(self) -> str:
        # Rounded up, so that an image just over the limit does not read as one within it.
        megapixels = -(-self.width * self.height // 1_000_000)
        return (
            f"is {measured(self.width, self.height)} pixels ({megapixels:,} megapixels); "
            f"at most {self.most // 1_000_000} megapixels can be used."
        )


@dataclass(eq=False)
class TooComplex(ImageRefused):
    format: ImageFormat
    remedy = f"Open it in a picture editor and export it anew, at {measured(2048, 2048)} pixels or so."

    @property
    def reason(self) -> str:
        return f"is a {self.format} that takes too much time or memory to open."


@dataclass(eq=False)
class UnreadableSvg(ImageRefused):
    remedy = "Export it as PNG and post that."


@dataclass(eq=False)
class DamagedSvg(UnreadableSvg):
    reason = "is an SVG that cannot be drawn: it is damaged, cut off or empty."


@dataclass(eq=False)
class UndrawableSvg(UnreadableSvg):
    """An SVG in which there is nothing to see but what the renderer cannot draw: `missing`, in words."""

    missing: list[str]

    @property
    def reason(self) -> str:
        return f"is an SVG of which nothing can be drawn here. It consists of {' and '.join(self.missing)}."


@dataclass(eq=False)
class UnsafeSvg(UnreadableSvg):
    """An SVG that needs `reference`, a file or an address ("file:///etc/passwd"), which is never read."""

    reference: str
    remedy = "Embed the linked pictures, or export it as PNG and post that."

    @property
    def reason(self) -> str:
        outside = short_name(self.reference)
        return f"is an SVG that needs something outside itself ({outside}), which is never read."


@dataclass(eq=False)
class TooComplexSvg(UnreadableSvg):
    reason = "is an SVG too complex to be drawn here."


def too_complex(image_format: ImageFormat) -> ImageRefused:
    """The refusal of a file that takes too long, or too much memory."""
    return TooComplexSvg() if image_format is ImageFormat.SVG else TooComplex(image_format)


@dataclass(eq=False)
class DecodingFailed(BotError):
    """The process that decodes failed: no memory to start it, a full disk, a broken installation.

    Attributes:
        detail: what the system or the process said, for the log.
    """

    detail: str
    worth_retrying = True

    @property
    def words(self) -> str:
        return "The image could not be looked at just now."


def as_answer(refusal: ImageRefused) -> dict[str, Any]:
    """A refusal as a JSON object, from the process that decodes to the one that asked."""
    return {"refusal": type(refusal).__name__, "facts": vars(refusal)}


def from_answer(answer: dict[str, Any]) -> ImageRefused:
    """The refusal that `as_answer` wrote."""
    facts = answer["facts"]
    if "format" in facts:
        facts["format"] = ImageFormat(facts["format"])
    kinds = (TruncatedImage, TooManyPixels, TooComplex, DamagedSvg, UndrawableSvg, UnsafeSvg, TooComplexSvg)
    kind: type[ImageRefused] = next(each for each in kinds if each.__name__ == answer["refusal"])
    return kind(**facts)
