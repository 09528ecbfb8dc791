"""From a file to pixels: one decoder per format, the header judged before the pixels are touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
from bot.images.metadata import END_OF_JPEG, ORIENTATION
from bot.images.refusals import MAX_PIXELS, MAX_WEBP_PIXELS, TooManyPixels, TruncatedImage

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
        data: the file, as `metadata.bare` leaves it.
        image_format: what `sniff` told; not SVG.

    Raises:
        TooManyPixels: by the header, before anything is decoded.
        TruncatedImage: it cannot be read to its end.
        MemoryError: it takes more than this process may have.
    """
    with _damage_told(image_format):
        image = _opened(data, image_format)
        size = image.size
        animated = getattr(image, "is_animated", False)
        if image_format is ImageFormat.JPEG and size[0] * size[1] > _FULL_SCALE:
            image.draft(None, (size[0] // 2, size[1] // 2))
        image.load()
        return Picture(image, _turn(image), image.info.get("icc_profile"), animated, size)


def with_end(jpeg: bytes) -> bytes:
    """A JPEG with its end-of-image marker, which some cameras and programs leave out.

    The decoder fills what is missing with grey, and tells nobody.  So it is decoded with two continuations:
    where the pixels are the same, they are all the file's own.

    Raises:
        TooManyPixels, MemoryError: as `decode`.
        TruncatedImage: pixels are missing.
    """
    if jpeg.endswith(END_OF_JPEG):
        return jpeg
    data = jpeg.rstrip(b"\0")  # a file that was cut off may be filled up with them
    data = data[:-1] if data.endswith(b"\xff") else data
    with _damage_told(ImageFormat.JPEG):
        if _eighth(data + END_OF_JPEG) != _eighth(data + _OTHER_PIXELS + END_OF_JPEG):
            raise TruncatedImage("", ImageFormat.JPEG)
    return data + END_OF_JPEG


_OTHER_PIXELS: Final = bytes(each * 37 % 251 for each in range(4096))


def _eighth(jpeg: bytes) -> bytes:
    image = _opened(jpeg, ImageFormat.JPEG)
    image.draft(None, (1, 1))
    return image.tobytes()


@contextmanager
def _damage_told(image_format: ImageFormat) -> Iterator[None]:
    """Broken bytes make the decoders raise almost anything: OSError, SyntaxError, struct.error…"""
    try:
        yield
    except (BotError, MemoryError):
        raise
    except Exception as error:
        raise TruncatedImage("", image_format) from error


def _opened(data: bytes, image_format: ImageFormat) -> ImageFile.ImageFile:
    image = _DECODERS[image_format](BytesIO(data))
    width, height = image.size
    most = MAX_WEBP_PIXELS if image_format is ImageFormat.WEBP else MAX_PIXELS
    if width * height > most:
        raise TooManyPixels("", width, height, most)
    return image


def _turn(image: Image.Image) -> Image.Transpose | None:
    """A damaged EXIF block is no reason to refuse a picture that decodes: it counts as upright."""
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError):
        return _TURNS.get(image.getexif().get(ORIENTATION, 1))
    return None
