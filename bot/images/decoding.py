"""From a file to pixels: one decoder per format, the header judged before the pixels are touched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from bot.errors import BotError
from bot.images.formats import ImageFormat
from bot.images.refusals import MAX_PIXELS, TooManyPixels, TruncatedImage
from bot.images.whole import is_whole

# Called by name rather than through Image.open: no other format can be reached, nothing needs to be
# registered, and our own limit speaks first (Pillow's guard warns at 89 and raises at 179 megapixels).
_DECODERS: Final[dict[ImageFormat, Callable[[BinaryIO], ImageFile.ImageFile]]] = {
    ImageFormat.PNG: PngImagePlugin.PngImageFile,
    ImageFormat.JPEG: JpegImagePlugin.JpegImageFile,
    ImageFormat.WEBP: WebPImagePlugin.WebPImageFile,
    ImageFormat.GIF: GifImagePlugin.GifImageFile,
    ImageFormat.HEIC: pillow_heif.HeifImageFile,
    ImageFormat.AVIF: AvifImagePlugin.AvifImageFile,
    ImageFormat.TIFF: TiffImagePlugin.TiffImageFile,
    ImageFormat.BMP: BmpImagePlugin.BmpImageFile,
}

_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → what makes the picture upright.  EXIF 2.32, tag 0x0112; 1 is upright already."""

_QUARTER_TURNS: Final = tuple(_TURNS[value] for value in (5, 6, 7, 8))

Load = Callable[[ImageFile.ImageFile], Image.Image]


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image, its first frame or page.

    Attributes:
        pixels: in the mode that the decoder chose, not yet upright.
        turn: what makes it upright; None when it is.
        icc: its colour profile, if it carries one.
        animated: whether more frames follow.
    """

    pixels: Image.Image
    turn: Image.Transpose | None
    icc: bytes | None
    animated: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, upright."""
        width, height = self.pixels.size
        return (height, width) if self.turn in _QUARTER_TURNS else (width, height)


def load_here(image: ImageFile.ImageFile) -> Image.Image:
    """Decode in this thread."""
    image.load()
    return image


def decode(path: Path, image_format: ImageFormat, *, name: str, load: Load = load_here) -> Picture:
    """Decode an image, its first frame or page, to the last pixel.

    Args:
        path: the file.
        image_format: what `sniff` told; not SVG.
        name: of the file, for the words of a refusal.
        load: turns the opened image, whose header was read and judged, into pixels.

    Raises:
        TooManyPixels: by the header, before anything is decoded.
        TruncatedImage: it cannot be read to its end.
    """
    if not is_whole(path, image_format):
        raise TruncatedImage(name, image_format)
    try:
        with path.open("rb") as file:
            image = _DECODERS[image_format](file)
            _check_pixels(image.size, name)
            animated = getattr(image, "is_animated", False)
            pixels = load(image)
            return Picture(pixels, _turn(image), image.info.get("icc_profile"), animated)
    except (BotError, MemoryError):
        raise
    except Exception as error:
        # Broken bytes make the decoders raise almost anything: OSError, SyntaxError, struct.error…
        raise TruncatedImage(name, image_format) from error


def _check_pixels(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise TooManyPixels(name, width, height)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """A damaged EXIF block is no reason to refuse a picture that decodes: it counts as upright."""
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError):
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return None
