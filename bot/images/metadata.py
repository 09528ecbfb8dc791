"""A file that Masko takes as it is, without its metadata, and without decoding it.

Removed are EXIF (where a photo was taken, its thumbnail), XMP, comments, and whatever follows the picture's
end.  Kept are the pixels, their orientation and colours, and the frames of animations.  Names of chunks and
segments are from the PNG specification (third edition), ITU T.81 (JPEG), the WebP container specification
and GIF89a.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from struct import error as StructError
from typing import Final

from PIL import Image, PngImagePlugin

from bot.images.errors import truncated
from bot.images.formats import ImageFormat

ORIENTATION: Final = 0x0112
MAX_PROFILE: Final = PngImagePlugin.MAX_TEXT_CHUNK  # bytes unpacked; Pillow refuses a file with more


def bare(data: bytes, image_format: ImageFormat) -> bytes:
    """Return the file with nothing but its picture; raise ImageRefused where a later frame is cut off."""
    return _CUTS.get(image_format, bytes)(data)


def orientation_in(exif: bytes) -> int:
    """How the picture is turned (EXIF 2.32, tag 0x0112): 1 to 8; 1, upright, where it does not say."""
    found = Image.Exif()
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError, StructError):
        found.load(exif)
        turn = found.get(ORIENTATION, 1)
        return turn if turn in range(1, 9) else 1
    return 1


def _exif(turn: int) -> bytes:
    """EXIF that tells how the picture is turned, and nothing else."""
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    return exif.tobytes()


END_OF_JPEG: Final = b"\xff\xd9"
_SCAN: Final = 0xDA
_MARKER: Final = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)  # no stuffed byte, no restart
_WITHOUT_LENGTH: Final = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})


def _jpeg(data: bytes) -> bytes:
    view, turn, at = memoryview(data), 1, 2
    parts: list[bytes | memoryview] = [view[:2]]
    while (marker := _MARKER.search(data, at)) is not None:
        code, at = marker[1][0], marker.end()
        if code == END_OF_JPEG[1]:
            parts.append(END_OF_JPEG)
            break
        if code in _WITHOUT_LENGTH:
            continue
        end = at + int.from_bytes(data[at : at + 2], "big")
        body = data[at + 2 : end]
        if code == _SCAN:
            following = _AFTER_SCAN.search(data, end)
            end = following.start() if following is not None else len(data)
        elif code == 0xE1 and body.startswith(b"Exif\0\0") and turn == 1:
            turn = orientation_in(body)
        if code == 0xE0 and body.startswith(b"JFIF\0"):
            parts.append(b"\xff\xe0\0\x10" + body[:12].ljust(12, b"\0") + b"\0\0")  # without its thumbnail
        elif _matters_to_jpeg(code, body):
            parts.append(view[at - 2 : end])
        at = max(at, end)
    if turn != 1:
        exif = _exif(turn)
        after = 2 if len(parts) > 1 and parts[1][:2] == b"\xff\xe0" else 1
        parts.insert(after, b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif)
    return b"".join(parts)


def _matters_to_jpeg(code: int, body: bytes) -> bool:
    """Frames, tables and scans; of the application segments the colour profile, and Adobe's transform."""
    is_profile = code == 0xE2 and body.startswith(b"ICC_PROFILE\0")
    return 0xC0 <= code <= 0xDF or is_profile or (code == 0xEE and body.startswith(b"Adobe"))


_PICTURE: Final = frozenset({b"IHDR", b"PLTE", b"IDAT"})
_COLOURS: Final = frozenset(
    {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs"}
)
_ANIMATION: Final = frozenset({b"acTL", b"fcTL", b"fdAT"})
_END_OF_PNG: Final = b"\0\0\0\0IEND\xaeB`\x82"


def _png(data: bytes) -> bytes:
    view, turn, frames, announced, at = memoryview(data), 1, 0, 1, 8
    parts: list[bytes | memoryview] = [view[:8]]
    while len(head := data[at : at + 8]) == 8 and head[4:] != b"IEND":
        kind, end = head[4:], at + 8 + int.from_bytes(head[:4], "big")
        body = view[at + 8 : end]
        checksum = zlib.crc32(body, zlib.crc32(kind)).to_bytes(4, "big")
        sound = data[end : end + 4] == checksum
        if kind == b"fdAT" and end > len(data):
            raise truncated(ImageFormat.PNG)
        if kind == b"IDAT":  # whether it is all there, or was changed, unpacking tells
            parts += [len(body).to_bytes(4, "big"), kind, body, checksum]
        elif kind in _PICTURE or (sound and _matters_to_png(kind, body)):
            parts.append(view[at : end + 4])
        elif kind == b"eXIf":
            turn = orientation_in(bytes(body))
        frames += kind == b"fcTL"
        announced = int.from_bytes(body[:4], "big") if kind == b"acTL" and sound else announced
        at = end + 4
    if frames and frames < announced:
        raise truncated(ImageFormat.PNG)
    if turn != 1:
        exif = b"eXIf" + _exif(turn)[6:]
        parts.insert(2, (len(exif) - 4).to_bytes(4, "big") + exif + zlib.crc32(exif).to_bytes(4, "big"))
    return b"".join([*parts, _END_OF_PNG])


def _matters_to_png(kind: bytes, body: memoryview) -> bool:
    if kind == b"iCCP":
        unpacking = zlib.decompressobj()
        with suppress(zlib.error):
            profile = unpacking.decompress(bytes(body).partition(b"\0")[2][1:], MAX_PROFILE + 1)
            return len(profile) <= MAX_PROFILE
        return False
    return kind in _COLOURS or kind in _ANIMATION or kind[:1].isupper()


_WEBP_KEPT: Final = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"})
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def _webp(data: bytes) -> bytes:
    end_of_file = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    chunks, turn = _webp_chunks(data, 12, end_of_file)
    if chunks and chunks[0][0] == b"VP8X":
        flags = chunks[0][1][0] & ~(_EXIF_FLAG | _XMP_FLAG) | (_EXIF_FLAG if turn != 1 else 0)
        chunks[0] = b"VP8X", bytes([flags]) + chunks[0][1][1:]
        if turn != 1:
            chunks.append((b"EXIF", _exif(turn)[6:]))
    body = b"WEBP" + b"".join(map(_webp_chunk, chunks))
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _webp_chunks(data: bytes, at: int, end: int) -> tuple[list[tuple[bytes, bytes]], int]:
    """The chunks that are kept, as (kind, content), and how the picture is turned."""
    chunks, turn = [], 1
    while at + 8 <= end:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : min(at + 8 + size, end)]
        if kind == b"EXIF":
            turn = orientation_in(body)
        elif kind == b"ANMF":
            if len(body) < size:
                raise truncated(ImageFormat.WEBP)
            inner, _ = _webp_chunks(body, 16, len(body))
            chunks.append((kind, body[:16] + b"".join(map(_webp_chunk, inner))))
        elif kind in _WEBP_KEPT and body:
            chunks.append((kind, body))
        at += 8 + size + size % 2
    return chunks, turn


def _webp_chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, body = chunk
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


_LOOPS_AND_COLOURS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")


def _gif(data: bytes) -> bytes:
    at = 13 + _colour_table(data[10:11])
    parts = [data[:at]]
    frames = 0
    while (introducer := data[at : at + 1]) in (b"\x21", b"\x2c", b"\0"):
        begun = at
        if introducer == b"\0":  # some programs leave one between blocks
            at += 1
        elif introducer == b"\x21":
            at = _after_sub_blocks(data, at + 2)
            is_ours = data[begun + 3 : begun + 14] in _LOOPS_AND_COLOURS
            if data[begun + 1 : begun + 2] == b"\xf9" or (data[begun + 1 : begun + 2] == b"\xff" and is_ours):
                parts.append(data[begun:at])
        else:
            at = _after_sub_blocks(data, at + 11 + _colour_table(data[at + 9 : at + 10]))
            frames += 1
            if at > len(data) and frames > 1:
                raise truncated(ImageFormat.GIF)
            parts.append(data[begun:at])
    return b"".join([*parts, b"\0" * (at > len(data)), b"\x3b"])


def _colour_table(flags: bytes) -> int:
    """Bytes of the colour table that follows, by the flags of its descriptor."""
    return 3 * 2 ** ((flags[0] & 0x07) + 1) if flags and flags[0] & 0x80 else 0


def _after_sub_blocks(data: bytes, at: int) -> int:
    """Where the sub-blocks that begin at `at` have ended; beyond the file's end where they do not."""
    size = len(data)
    while at < size and (length := data[at]):
        at += 1 + length
    return at + 1


_CUTS: Final[dict[ImageFormat, Callable[[bytes], bytes]]] = {
    ImageFormat.JPEG: _jpeg,
    ImageFormat.PNG: _png,
    ImageFormat.WEBP: _webp,
    ImageFormat.GIF: _gif,
}
