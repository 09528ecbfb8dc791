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

from typing import Any, Final

from bot.errors import BotError
from bot.images.formats import ImageFormat, measured
from bot.text import short_name

MAX_BYTES: Final = 20_000_000
"""20 MB of 1,000,000 bytes each, as file managers count them."""

MAX_PIXELS: Final = 50_000_000
"""50 megapixels."""

MAX_WEBP_PIXELS: Final = 24_000_000
"""Its decoder holds four copies of a picture, of four bytes a pixel each."""

WHAT_WORKS: Final = "PNG, JPEG, WebP, GIF, HEIC, AVIF, TIFF, BMP and SVG images work."


class ImageRefused(BotError):
    """A file that cannot become a reference.

    Attributes:
        name: the file's name as it was given, whole.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        return f"{self.shown} {self.reason} {self.remedy}"

    @property
    def shown(self) -> str:
        """The file's name, short enough to read."""
        return short_name(self.name)

    @property
    def reason(self) -> str:
        """Why, as the rest of a sentence that begins with the name."""
        return "cannot be used."

    @property
    def remedy(self) -> str:
        """What would work, as a sentence."""
        return WHAT_WORKS


class EmptyImage(ImageRefused):
    """A file without a single byte: mostly an upload that broke off."""

    @property
    def reason(self) -> str:
        return "is empty (0 bytes)."

    @property
    def remedy(self) -> str:
        return "Post it again from the original."


class TooManyBytes(ImageRefused):
    """A file of more than `MAX_BYTES`.

    Attributes:
        size: the file's size in bytes, as far as it is known.
    """

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name)
        self.size = size

    @property
    def reason(self) -> str:
        # Rounded up: "is 20.0 MB; at most 20 MB" would explain nothing.
        return f"is {-(-self.size // 100_000) / 10:.1f} MB; at most {MAX_BYTES // 1_000_000} MB can be used."

    @property
    def remedy(self) -> str:
        return f"Export it smaller: {measured(2048, 2048)} pixels are plenty."


class NotAnImage(ImageRefused):
    """Bytes that are no image, whatever the file is called.

    Attributes:
        looks_like: what the bytes look like ("a PDF document"), or None.
    """

    def __init__(self, name: str, looks_like: str | None) -> None:
        super().__init__(name)
        self.looks_like = looks_like

    @property
    def reason(self) -> str:
        if self.looks_like is None:
            return "is not an image in a format known here."
        if self.looks_like.endswith("image"):
            return f"is {self.looks_like}, a format that cannot be used."
        return f"is not an image: it looks like {self.looks_like}."

    @property
    def remedy(self) -> str:
        return f"Export the picture as PNG and post that. {WHAT_WORKS}"


class TruncatedImage(ImageRefused):
    """An image that is cut off or damaged: it begins well and cannot be read to its end.

    Attributes:
        format: what it begins as.
    """

    def __init__(self, name: str, format: ImageFormat) -> None:
        super().__init__(name)
        self.format = format

    @property
    def reason(self) -> str:
        return f"is damaged or cut off: it begins as {self.format} but cannot be read to its end."

    @property
    def remedy(self) -> str:
        again = "Post it again from the original"
        return f"{again}." if self.format is ImageFormat.PNG else f"{again}, or export it as PNG."


class TooManyPixels(ImageRefused):
    """An image of more than `MAX_PIXELS`.

    Attributes:
        width, height: what its header says, in pixels.
        most: how many can be used.
    """

    def __init__(self, name: str, width: int, height: int, most: int = MAX_PIXELS) -> None:
        super().__init__(name)
        self.width = width
        self.height = height
        self.most = most

    @property
    def reason(self) -> str:
        # Rounded up, so that an image just over the limit does not read as one within it.
        megapixels = -(-self.width * self.height // 1_000_000)
        return (
            f"is {measured(self.width, self.height)} pixels ({megapixels:,} megapixels); "
            f"at most {self.most // 1_000_000} megapixels can be used."
        )

    @property
    def remedy(self) -> str:
        return f"Export it smaller: {measured(2048, 2048)} pixels are plenty."


class TooComplex(ImageRefused):
    """An image that takes too long, or too much memory, to decode.

    Attributes:
        format: what it begins as.
    """

    def __init__(self, name: str, format: ImageFormat) -> None:
        super().__init__(name)
        self.format = format

    @property
    def reason(self) -> str:
        return f"is a {self.format} that takes too much time or memory to open."

    @property
    def remedy(self) -> str:
        return f"Open it in a picture editor and export it anew, at {measured(2048, 2048)} pixels or so."


class UnreadableSvg(ImageRefused):
    """An SVG that does not become a picture."""

    @property
    def reason(self) -> str:
        return "is an SVG that cannot be drawn."

    @property
    def remedy(self) -> str:
        return "Export it as PNG and post that."


class DamagedSvg(UnreadableSvg):
    """An SVG that is not well-formed, or in which there is nothing to see."""

    @property
    def reason(self) -> str:
        return "is an SVG that cannot be drawn: it is damaged, cut off or empty."


class UndrawableSvg(UnreadableSvg):
    """An SVG in which there is nothing to see but what the renderer cannot draw.

    Attributes:
        missing: what that is, in words.
    """

    def __init__(self, name: str, missing: list[str]) -> None:
        super().__init__(name)
        self.missing = missing

    @property
    def reason(self) -> str:
        return f"is an SVG of which nothing can be drawn here. It consists of {' and '.join(self.missing)}."


class UnsafeSvg(UnreadableSvg):
    """An SVG whose picture lies partly elsewhere.  Nothing outside the file itself is ever read.

    Attributes:
        reference: what it refers to ("file:///etc/passwd", "photo.png").
    """

    def __init__(self, name: str, reference: str) -> None:
        super().__init__(name)
        self.reference = reference

    @property
    def reason(self) -> str:
        outside = short_name(self.reference)
        return f"is an SVG that needs something outside itself ({outside}), which is never read."

    @property
    def remedy(self) -> str:
        return "Embed the linked pictures, or export it as PNG and post that."


class TooComplexSvg(UnreadableSvg):
    """An SVG that takes too long, or too much memory, to draw."""

    @property
    def reason(self) -> str:
        return "is an SVG too complex to be drawn here."


class DecodingFailed(BotError):
    """The process that decodes failed: no memory to start it, a full disk, a broken installation.

    Attributes:
        detail: what the system or the process said, for the log.
    """

    worth_retrying = True

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def words(self) -> str:
        return "The image could not be looked at just now."


def as_answer(refusal: ImageRefused) -> dict[str, Any]:
    """A refusal as a JSON object, from the process that decodes to the one that asked."""
    facts = {each: value for each, value in vars(refusal).items() if each != "name"}
    return {"refusal": type(refusal).__name__, "facts": facts}


def from_answer(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Give an answer back.

    Args:
        name: of the file.

    Raises:
        ImageRefused: the answer is a refusal.
    """
    if "refusal" not in answer:
        return answer
    kinds = (TruncatedImage, TooManyPixels, TooComplex, DamagedSvg, UndrawableSvg, UnsafeSvg, TooComplexSvg)
    kind = next(each for each in kinds if each.__name__ == answer["refusal"])
    facts = answer["facts"]
    if "format" in facts:
        facts["format"] = ImageFormat(facts["format"])
    raise kind(name, **facts)
