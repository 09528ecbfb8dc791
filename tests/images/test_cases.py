"""Files that browsers show although something about them is wrong, and what becomes of each.

What decodes completely is taken; only what lacks pixels is refused.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.images import ImageRefused
from bot.images.formats import ImageFormat
from tests.images.conftest import Preparing
from tests.images.samples import encoded, mascot, opened, sample

JPEG = sample(ImageFormat.JPEG)
PNG = sample(ImageFormat.PNG)
GIF = sample(ImageFormat.GIF)
WEBP = sample(ImageFormat.WEBP)
PROGRESSIVE = encoded(mascot((320, 240)), ImageFormat.JPEG, progressive=True)
SECRET = b"SECRET-PLACE"


def chunk(kind: bytes, body: bytes, *, sound: bool = True) -> bytes:
    checksum = zlib.crc32(kind + body) ^ (not sound)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def png_with(*chunks: bytes) -> bytes:
    """Chunks behind the header of a good PNG."""
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def jpeg_with(*segments: bytes, picture: bytes = JPEG) -> bytes:
    return picture[:2] + b"".join(segments) + picture[2:]


def segment(code: int, body: bytes) -> bytes:
    return bytes([0xFF, code]) + struct.pack(">H", len(body) + 2) + body


def webp_with(*chunks: tuple[bytes, bytes], **options: Any) -> bytes:
    """Chunks at the end of a WebP in the extended form."""
    picture = encoded(mascot(), ImageFormat.WEBP, exif=b"Exif\0\0" + SECRET, **options)
    more = b"".join(k + struct.pack("<I", len(b)) + b + b"\0" * (len(b) % 2) for k, b in chunks)
    return b"RIFF" + struct.pack("<I", len(picture) - 8 + len(more)) + picture[8:] + more


def animated(image_format: ImageFormat) -> bytes:
    frames = [mascot().rotate(turn) for turn in (90, 180, 270)]
    return encoded(mascot(), image_format, save_all=True, append_images=frames, duration=90, loop=3)


def exif(turn: int = 1, **tags: str) -> bytes:
    """EXIF with a place, and how the picture is turned."""
    data = Image.Exif()
    data[0x0112] = turn
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825)[1] = "N"
    return data.tobytes()


def gif_block(label: int, *blocks: bytes) -> bytes:
    return bytes([0x21, label]) + b"".join(bytes([len(each)]) + each for each in blocks) + b"\0"


@dataclass(frozen=True)
class Case:
    """One file.

    Attributes:
        name: what it is called.
        what: is wrong about it, or what it carries.
        make: gives it.
        same_as: it is taken, with the pixels of this good file; empty where it is refused.
        words: that the refusal ends with.
    """

    name: str
    what: str
    make: Callable[[], bytes]
    same_as: bytes = b""
    words: str = ""


JPEG_WORDS = (
    "it begins as JPEG but can't be read to its end. Post it again from the original, or export it as PNG."
)
PNG_WORDS = "it begins as PNG but can't be read to its end. Post it again from the original."


def taken(name: str, what: str, make: Callable[[], bytes], same_as: bytes) -> Case:
    return Case(name, what, make, same_as)


def refused(name: str, what: str, make: Callable[[], bytes], words: str) -> Case:
    return Case(name, what, make, words=words)


CASES = [
    taken("motion.jpg", "a film follows", lambda: JPEG + b"\0\0\0\x18ftypmp42" + b"\xff\xda" * 300, JPEG),
    taken("no-end.jpg", "no end-of-image marker", lambda: JPEG[:-2], JPEG),
    taken("half-end.jpg", "half of that marker", lambda: JPEG[:-1], JPEG),
    taken("zeros.jpg", "zeros in its place", lambda: JPEG[:-2] + b"\0" * 999, JPEG),
    taken("progressive.jpg", "progressive, no such marker", lambda: PROGRESSIVE[:-2], PROGRESSIVE),
    taken("scans.jpg", "500 more scans", lambda: _with_scans(500), PROGRESSIVE),
    taken("segments.jpg", "tiny segments", lambda: jpeg_with(segment(0xE1, b"Exif\0\0a") * 99_999), JPEG),
    taken("junk.jpg", "bytes between its segments", lambda: JPEG[:20] + b"\0\0junk" + JPEG[20:], JPEG),
    refused("cut.jpg", "its last rows are missing", lambda: JPEG[: len(JPEG) * 9 // 10], JPEG_WORDS),
    refused("cut-scan.jpg", "half of its first scan", lambda: _cut_in_first_scan(), JPEG_WORDS),
    refused("cut-zeros.jpg", "zeros for rows", lambda: JPEG[: len(JPEG) // 2] + b"\0" * 5000, JPEG_WORDS),
    taken("text.png", "compressed text of 80 MB", lambda: png_with(_packed(b"zTXt", 80_000_000)), PNG),
    taken("phys.png", "a wrong checksum in pHYs", lambda: png_with(_unsound(b"pHYs", b"\0" * 9)), PNG),
    taken("time.png", "a wrong checksum in tIME", lambda: png_with(_unsound(b"tIME", b"\0" * 7)), PNG),
    taken("idat.png", "a wrong checksum of sound pixels", lambda: _with_wrong_checksum(b"IDAT"), PNG),
    taken("profile.png", "a colour profile of 2 MB", lambda: png_with(_packed(b"iCCP", 2_000_000)), PNG),
    taken("bomb.png", "a colour profile of 90 MB", lambda: png_with(_packed(b"iCCP", 90_000_000)), PNG),
    taken("no-end.png", "no IEND", lambda: PNG[:-12], PNG),
    taken("half-end.png", "half of IEND", lambda: PNG[:-5], PNG),
    taken("more.png", "a zip follows", lambda: PNG + b"PK\3\4" * 99, PNG),
    refused("cut.png", "its last rows are missing", lambda: PNG[: len(PNG) * 3 // 4], PNG_WORDS),
    refused("header.png", "a wrong checksum of its size", lambda: _with_wrong_checksum(b"IHDR"), PNG_WORDS),
    taken("still.gif", "no trailer", lambda: GIF[:-1], GIF),
    taken("zeros.gif", "zeros between its blocks", lambda: GIF[:-1] + b"\0\0\0\x3b", GIF),
    taken("more.gif", "more follows", lambda: GIF + b"junk" * 99, GIF),
    taken("frames.gif", "frames, no trailer", lambda: animated(ImageFormat.GIF)[:-1], GIF),
    refused("cut.gif", "its last rows are missing", lambda: GIF[: len(GIF) * 3 // 4], "or export it as PNG."),
    taken("more.webp", "more follows", lambda: WEBP + b"junk" * 99, WEBP),
    taken("unknown.webp", "a chunk that nobody knows", lambda: webp_with((b"juNK", b"abc")), WEBP),
    taken("xmp.webp", "cut off in its metadata", lambda: webp_with((b"XMP ", b"x" * 999))[:-500], WEBP),
    refused("cut.webp", "its last rows are missing", lambda: WEBP[: len(WEBP) * 3 // 4], "export it as PNG."),
]


def _unsound(kind: bytes, body: bytes) -> bytes:
    return chunk(kind, body, sound=False)


def _packed(kind: bytes, size: int) -> bytes:
    return chunk(kind, b"a\0\0" + zlib.compress(b"\0" * size))


def _with_scans(count: int) -> bytes:
    """The first scan, of the coarsest values, said over and over."""
    first = PROGRESSIVE.index(b"\xff\xda")
    second = PROGRESSIVE.index(b"\xff\xda", first + 2)
    return PROGRESSIVE[:first] + PROGRESSIVE[first:second] * count + PROGRESSIVE[first:]


def _cut_in_first_scan() -> bytes:
    first = PROGRESSIVE.index(b"\xff\xda")
    return PROGRESSIVE[: first + (PROGRESSIVE.index(b"\xff\xda", first + 2) - first) // 2]


def _with_wrong_checksum(kind: bytes) -> bytes:
    data = bytearray(PNG)
    at = PNG.index(kind)
    data[at + 4 + int.from_bytes(PNG[at - 4 : at], "big")] ^= 1
    return bytes(data)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}: {case.what}")
async def test_what_decodes_completely_is_taken(preparing: Preparing, case: Case) -> None:
    if case.same_as:
        ready = await preparing(case.make(), case.name)
        with Image.open(BytesIO(case.same_as)) as good:
            assert opened(ready.path).convert("RGB").tobytes() == good.convert("RGB").tobytes()
        assert (ready.converted_from, ready.scaled) == (None, None)
    else:
        with pytest.raises(ImageRefused, match="damaged or cut off") as refusal:
            await preparing(case.make(), case.name)
        assert refusal.value.words.endswith(case.words)
