"""Between files and pixels: one decoder per format, colours as 8-bit sRGB, and PNG or JPEG for Masko.

The header is judged before the pixels are touched.  A written file holds pixels and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import BinaryIO, Final

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from bot.errors import BotError
from bot.images.errors import MAX_PIXELS, MAX_WEBP_PIXELS, too_many_pixels, truncated
from bot.images.formats import ImageFormat
from bot.images.metadata import END_OF_JPEG, ORIENTATION

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

# Pixels; a JPEG of more is decoded at half its scale: a progressive one takes six bytes a pixel beside.
_FULL_SCALE: Final = 20_000_000

_TURNS: Final = {  # EXIF 2.32, tag 0x0112 (1 is upright) → what makes the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUARTER_TURNS: Final = tuple(_TURNS[value] for value in (5, 6, 7, 8))


def decode(data: bytes | BinaryIO, image_format: ImageFormat) -> tuple[Image.Image, tuple[int, int]]:
    """Decode an image (not SVG), its first frame or page, to the last pixel.

    Return it upright, as RGB or RGBA in sRGB, averaged down if longer than the first of `LONGEST_SIDES`; and
    its own width and height.  Raises ImageRefused, for too many pixels before anything is decoded.
    """
    with _damage_told(image_format):
        image = _opened(data, image_format)
        width, height = image.size
        if image_format is ImageFormat.JPEG and width * height > _FULL_SCALE:
            image.draft(None, (width // 2, height // 2))
        image.load()
        turn, profile = _turn(image), image.info.get("icc_profile")
        pixels = _in_srgb(_reduced(image), profile)
        pixels.info.clear()
        if turn is None:
            return pixels, (width, height)
        return pixels.transpose(turn), (height, width) if turn in _QUARTER_TURNS else (width, height)


def with_end(jpeg: bytes) -> bytes:
    """Return a JPEG with its end-of-image marker, which some programs leave out.

    The decoder fills missing pixels with grey without a word.  So it is decoded with two continuations: where
    the pixels are the same, they are all the file's own.  Raises as `decode`, and where pixels are missing.
    """
    if jpeg.endswith(END_OF_JPEG):
        return jpeg
    data = jpeg.rstrip(b"\0").removesuffix(b"\xff")  # a file that was cut off may be filled up with zeros
    with _damage_told(ImageFormat.JPEG):
        if _eighth(data + END_OF_JPEG) != _eighth(data + _OTHER_PIXELS + END_OF_JPEG):
            raise truncated(ImageFormat.JPEG)
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
        raise truncated(image_format) from error


def _opened(data: bytes | BinaryIO, image_format: ImageFormat) -> ImageFile.ImageFile:
    image = _DECODERS[image_format](BytesIO(data) if isinstance(data, bytes) else data)
    width, height = image.size
    most = MAX_WEBP_PIXELS if image_format is ImageFormat.WEBP else MAX_PIXELS
    if width * height > most:
        raise too_many_pixels(width, height, most)
    return image


def _turn(image: Image.Image) -> Image.Transpose | None:
    """A damaged EXIF block is no reason to refuse a picture that decodes: it counts as upright."""
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError):
        return _TURNS.get(image.getexif().get(ORIENTATION, 1))
    return None


def _reduced(image: Image.Image) -> Image.Image:
    """Average an image down by a whole factor, if needed; return it as RGB, RGBA, CMYK or L."""
    longest = max(image.size)
    factor = longest // (LONGEST_SIDES[0] // 2) if longest > LONGEST_SIDES[0] else 1
    mode = "RGBA" if image.has_transparency_data else image.mode if image.mode in ("CMYK", "L") else "RGB"
    if factor == 1 and image.mode == mode:
        return image
    brightest = _brightest(image) if image.mode.startswith(("I", "F")) else 0.0
    whole = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    rows = 256 // factor * factor or factor  # at a time: a conversion may take several copies of them
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(image.height, top + rows)))
        whole.paste(_converted_band(band, mode, brightest).reduce(factor), (0, top // factor))
    return whole


def _converted_band(band: Image.Image, mode: str, brightest: float) -> Image.Image:
    if brightest:
        band = band.convert("F").point(lambda value: value * (255.0 / brightest) + 0.0).convert("L")
    if band.mode == "LAB":
        return _converted(band, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    return band.convert(mode)


def _in_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """Return an image as RGB or RGBA in sRGB; a broken profile is ignored."""
    if icc:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            return _converted(image, ImageCms.ImageCmsProfile(BytesIO(icc)))
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    result = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode=mode)
    assert result is not None, "None only comes of converting in place"
    return result


def _brightest(image: Image.Image) -> float:
    """What is white in grey of 16 or 32 bits, or in fractions; Pillow's own conversion cuts it off at 255."""
    if image.mode.startswith("I;16"):
        return 65535.0
    extrema = image.getextrema()
    brightest = float(extrema[1]) if isinstance(extrema[1], (int, float)) else 255.0
    return next((top for top in (1.0, 255.0, 65535.0) if brightest <= top), brightest)


def on_white(image: Image.Image) -> Image.Image:
    """An RGB or RGBA image as it looks on white paper."""
    if image.mode == "RGB":
        return image
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


MASKO_BYTES: Final = 10_000_000  # that Masko takes: documented for its imports; a Choice for uploads
LONGEST_SIDES: Final = (4096, 3072, 2048, 1536, 1024, 768, 512)
"""Pixels: the first always holds, the others are tried in this order until the file is small enough."""
SAMPLE_SIDE: Final = 1024
_OPTIONS: Final[dict[ImageFormat, dict[str, int]]] = {ImageFormat.JPEG: {"quality": 92}, ImageFormat.PNG: {}}


def encode(image: Image.Image, image_format: ImageFormat) -> tuple[bytes, tuple[int, int]]:
    """Write an image as a PNG or JPEG of at most `MASKO_BYTES`, scaled down in place if needed.

    Return the file, and its width and height in pixels.
    """
    size, data, longest = _expected(image, image_format), b"", max(image.size)
    for side in (longest, *(each for each in LONGEST_SIDES if each < longest)):
        if size * (side / max(image.size)) ** 2 <= 2 * MASKO_BYTES:  # a file shrinks about as its pixels do
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            data = _encoded(image, image_format)
            size = len(data)
            if size <= MASKO_BYTES:
                break
    return data, image.size


def _expected(image: Image.Image, image_format: ImageFormat) -> int:
    """Estimate the file's bytes from its middle: writing noise of 4096 x 4096 takes seconds."""
    width, height = image.size
    left, top = max(0, (width - SAMPLE_SIDE) // 2), max(0, (height - SAMPLE_SIDE) // 2)
    middle = image.crop((left, top, min(width, left + SAMPLE_SIDE), min(height, top + SAMPLE_SIDE)))
    if middle.size == image.size:
        return 0
    size = len(_encoded(middle, image_format))
    return size * width * height // (middle.width * middle.height)


def _encoded(image: Image.Image, image_format: ImageFormat) -> bytes:
    file = BytesIO()
    image.save(file, format=image_format, **_OPTIONS[image_format])
    return file.getvalue()
