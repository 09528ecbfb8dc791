"""From a file to pixels: one decoder per format, the header judged before the pixels are touched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
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
from bot.images.refusals import MAX_PIXELS, MAX_WEBP_PIXELS, TooManyPixels, TruncatedImage
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

# One thread: each takes memory for its stack, and of time the processor's counts.
pillow_heif.options.DECODE_THREADS = 1
pillow_heif.options.THUMBNAILS = pillow_heif.options.DEPTH_IMAGES = pillow_heif.options.AUX_IMAGES = False
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_FULL_SCALE: Final = 20_000_000
"""Pixels; a JPEG of more is decoded at half its scale: a progressive one takes six bytes a pixel beside."""

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


@dataclass(slots=True)
class Picture:
    """A decoded image, its first frame or page.

    Attributes:
        pixels: in the mode that the decoder chose, not yet upright; perhaps at a smaller scale.
        turn: what makes it upright; None when it is.
        icc: its colour profile, if it carries one.
        animated: whether more frames follow.
        full: width and height in pixels by the header, where `pixels` are at a smaller scale.
    """

    pixels: Image.Image
    turn: Image.Transpose | None = None
    icc: bytes | None = None
    animated: bool = False
    full: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, upright."""
        width, height = self.full or self.pixels.size
        return (height, width) if self.turn in _QUARTER_TURNS else (width, height)

    def release(self) -> Image.Image:
        """The pixels; this picture lets go of them, so that they last no longer than their taker needs."""
        pixels = self.pixels
        self.pixels = Image.new("1", (1, 1))
        return pixels


def decode(data: bytes, image_format: ImageFormat) -> Picture:
    """Decode an image, its first frame or page, to the last pixel.

    Args:
        data: the file.
        image_format: what `sniff` told; not SVG.

    Raises:
        TooManyPixels: by the header, before anything is decoded.
        TruncatedImage: it cannot be read to its end.
        MemoryError: it takes more than this process may have.
    """
    try:
        if not is_whole(data, image_format):
            raise TruncatedImage("", image_format)
        image = _DECODERS[image_format](BytesIO(data))
        size = image.size
        _check_pixels(size, image_format)
        animated = getattr(image, "is_animated", False)
        if image_format is ImageFormat.JPEG and size[0] * size[1] > _FULL_SCALE:
            image.draft(None, (size[0] // 2, size[1] // 2))
        image.load()
        return Picture(image, _turn(image), image.info.get("icc_profile"), animated, size)
    except (BotError, MemoryError):
        raise
    except Exception as error:
        # Broken bytes make the decoders raise almost anything: OSError, SyntaxError, struct.error…
        raise TruncatedImage("", image_format) from error


def _check_pixels(size: tuple[int, int], image_format: ImageFormat) -> None:
    width, height = size
    most = MAX_WEBP_PIXELS if image_format is ImageFormat.WEBP else MAX_PIXELS
    if width * height > most:
        raise TooManyPixels("", width, height, most)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """A damaged EXIF block is no reason to refuse a picture that decodes: it counts as upright."""
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError):
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return None
