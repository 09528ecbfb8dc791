"""Bytes → a picture that is known to decode, or the reason why not.

Accepted: PNG, JPEG, WebP, GIF up to 10 MB, as documented for Masko's MCP imports (for REST a Choice).
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from bot.sandbox.masko.refusals import bad_request

ACCEPTED = ("PNG", "JPEG", "WEBP", "GIF")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
"""Choice: the documents name no bound on pixels, and a decoder needs one."""

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error, MemoryError)
"""What Pillow's decoders raise for files that begin well."""


@dataclass(frozen=True)
class Picture:
    """What decoding found: Pillow's name of the format and the size in pixels."""

    format: str
    width: int
    height: int


def decode(data: bytes) -> Picture:
    """Decode every pixel of `data` (blocking: call it in a thread).

    Raises:
        Refusal: 400 naming what the bytes are, or how they are broken.
    """
    if not data:
        raise bad_request("The file is empty (0 bytes).")
    if len(data) > MOST_BYTES:
        raise bad_request(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    try:
        with Image.open(io.BytesIO(data), formats=ACCEPTED) as image:
            return _whole(image)
    except UnidentifiedImageError:
        raise bad_request(f"Unsupported file: {kind_of(data)}. Use PNG, JPEG, WebP or GIF.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except _BROKEN as broken:
        raise bad_request(f"The {_format(data)} is damaged or incomplete: {broken}.") from broken


def _whole(image: Image.Image) -> Picture:
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    image.load()
    return Picture(image.format or "", image.width, image.height)


def _format(data: bytes) -> str:
    return kind_of(data).removeprefix("a damaged ")


def _too_many_pixels() -> Exception:
    return bad_request(f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels.")


_HEIF_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF"}
_OPENINGS = (
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x89PNG", "a damaged PNG"),
    (b"\xff\xd8\xff", "a damaged JPEG"),
    (b"GIF8", "a damaged GIF"),
    (b"RIFF", "a damaged WebP"),
)


def kind_of(data: bytes) -> str:
    """What bytes that are no accepted picture look like, for the words of a refusal."""
    if data[4:8] == b"ftyp":
        return _HEIF_BRANDS.get(data[8:12], "an ISO media file (video?)")
    for opening, name in _OPENINGS:
        if data.startswith(opening):
            return name
    text = data[:1024].lstrip().lower()
    if b"<svg" in text:
        return "SVG"
    if text.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    return "not a picture"
