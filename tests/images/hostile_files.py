"""Files that mean harm to whoever decodes them: mutated, crafted, and drawings.

    python -m tests.images.hostile_files FOLDER [EACH] [SEED]    write them into FOLDER

Everything is made here, and the same seed makes the same files.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image

from bot.images import MAX_BYTES
from bot.images.formats import ImageFormat
from tests.images.hostile_svg import drawings
from tests.images.samples import RASTER, encoded, mascot

EACH = 30


@dataclass(frozen=True)
class HostileFile:
    """One of them.

    Attributes:
        name: its kind first: "mutated-png-3", "crafted-tiff-strips".
        make: gives its bytes; some take seconds, and 20 MB.
        costly: decoding it would take long, or much memory.
    """

    name: str
    make: Callable[[], bytes]
    costly: bool = False


def all_files(each: int = EACH, seed: int = 1) -> Iterator[HostileFile]:
    """Every file: `each` mutations of every format, then those that were crafted, then drawings."""
    yield from mutated(each, seed)
    yield from crafted()
    for name, (make, costly) in drawings().items():
        yield HostileFile(f"svg-{name}", make, costly)


def mutated(each: int, seed: int) -> Iterator[HostileFile]:
    """Good files with some bytes changed, cut out, doubled, or numbers in them made huge."""
    for image_format in RASTER:
        bases = _bases(image_format)
        for number in range(each):
            random = Random(f"{seed} {image_format} {number}")
            data = _mutation(bases[number % len(bases)], random)
            yield HostileFile(f"mutated-{image_format.lower()}-{number}", partial(bytes, data))


def _bases(image_format: ImageFormat) -> list[bytes]:
    image = mascot()
    bases = [encoded(image, image_format)]
    if image_format is ImageFormat.JPEG:
        bases += [
            encoded(image, image_format, progressive=True),
            encoded(image.convert("CMYK"), image_format),
        ]
    if image_format is ImageFormat.TIFF:
        bases += [
            encoded(image, image_format, compression=each)
            for each in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg")
        ]
        bases.append(encoded(image.convert("1"), image_format, compression="group4"))
    if image_format in (ImageFormat.GIF, ImageFormat.PNG, ImageFormat.WEBP):
        frames = [image.rotate(turn) for turn in (90, 180)]
        bases.append(encoded(image, image_format, save_all=True, append_images=frames))
        bases.append(encoded(image.convert("P"), image_format))
    if image_format is ImageFormat.WEBP:
        bases.append(encoded(image, image_format, lossless=True))
    return bases


def _mutation(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    kept = random.choice((8, 12, 16, 32))
    for _ in range(random.choice((1, 2, 4, 16))):
        at = random.randrange(kept, len(changed) - 8)
        match random.randrange(6):
            case 0:
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                changed[at : at + 4] = random.choice(
                    (b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\xff\x7f\0\0")
                )
            case 2:
                del changed[at : at + random.randrange(1, 64)]
            case 3:
                changed[at:at] = changed[kept : kept + random.randrange(1, 256)] * random.randrange(1, 4)
            case 4:
                changed[at : at + 16] = random.randbytes(16)
            case _:  # in the header, where numbers are
                early = random.randrange(kept, min(len(changed) - 2, 256))
                changed[early] = random.choice((0, 1, 0x7F, 0x80, 0xFF))
        if len(changed) < 64:
            break
    return bytes(changed)


def crafted() -> Iterator[HostileFile]:
    """Files made to cost as much as their bytes allow."""
    text_bomb = _chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 1_000_000))
    profile_bomb = _chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 90_000_000))
    kinds: dict[str, tuple[Callable[[], bytes], bool]] = {
        "bmp-row": (endless_bmp, True),
        "bmp-rows": (lambda: _bmp(1, 50_000_000, b"\x01\x01" * 1000), True),
        "bmp-deltas": (lambda: _bmp(7000, 7000, b"\0\2\xff\xff" * 1000), True),
        "bmp-palette": (lambda: _bmp(7000, 7000, b"\1\1" * 500_000, colours=65_536), True),
        "bmp-negative": (lambda: _bmp(2**31, 1, b""), False),
        "tiff-strips": (lambda: tiff_of_strips(4_800_000), True),
        "tiff-two-strips": (lambda: tiff_of_strips(2), False),
        "tiff-loop": (lambda: _tiff([(256, 3, 1, 1), (257, 3, 1, 1)], following=8), False),
        "tiff-count": (lambda: _tiff([(256, 4, 2**32 - 1, 8), (257, 4, 2**31, 8)]), False),
        "tiff-tags": (lambda: _tiff([(700 + at, 2, 2**20, 8) for at in range(5000)]), True),
        "tiff-deflate": (
            lambda: encoded(_blank(49_000_000), ImageFormat.TIFF, compression="tiff_deflate"),
            True,
        ),
        "jpeg-exif": (lambda: jpeg_of_segments(b"\xff\xe1\0\x09Exif\0\0a", 1_700_000), True),
        "jpeg-icc": (lambda: jpeg_of_segments(b"\xff\xe2\0\x11ICC_PROFILE\0\1\1a", 1_000_000), True),
        "jpeg-comments": (lambda: jpeg_of_segments(b"\xff\xfe\0\2", 4_900_000), True),
        "jpeg-mpf": (lambda: jpeg_of_segments(b"\xff\xe2\0\6MPF\0", 2_000_000), True),
        "jpeg-photoshop": (lambda: jpeg_of_segments(b"\xff\xed\0\x10Photoshop 3.0\0", 1_000_000), True),
        "jpeg-tables": (lambda: jpeg_of_segments(b"\xff\xdd\0\4\0\1", 3_000_000), True),
        "jpeg-scans": (lambda: jpeg_of_scans(6000, 200_000), True),
        "jpeg-empty": (lambda: b"\xff\xd8\xff" * 6_000_000, True),
        "jpeg-fill": (lambda: b"\xff\xd8" + b"\xff" * 19_000_000, True),
        "png-blank": (lambda: encoded(_blank(49_000_000), ImageFormat.PNG), False),
        "png-chunks": (lambda: _png_with(_chunk(b"teSt", b""), 1_500_000), True),
        "png-texts": (lambda: _png_with(_chunk(b"tEXt", b"a\0b"), 1_200_000), True),
        "png-bombs": (
            lambda: _png_with(text_bomb, 2000),
            True,
        ),
        "png-profile": (
            lambda: _png_with(profile_bomb, 1),
            False,
        ),
        "png-empty-idat": (lambda: _png_with(_chunk(b"IDAT", b""), 1_600_000), True),
        "png-length": (lambda: _png_with(b"\xff\xff\xff\xfftEXt", 1), False),
        "gif-blank": (lambda: encoded(_blank(49_000_000).convert("P"), ImageFormat.GIF), False),
        "gif-comments": (lambda: _gif_with(b"\x21\xfe\1a\0", 3_900_000), True),
        "gif-blocks": (lambda: _gif_with(b"\x21\xfe" + b"\1a" * 9_000_000 + b"\0", 1), True),
        "gif-frames": (lambda: _gif_with(b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0", 1_200_000), True),
        "gif-zeros": (lambda: _gif_with(b"\0", 19_000_000), True),
        "webp-blank": (lambda: encoded(_blank(24_000_000), ImageFormat.WEBP, lossless=True), True),
        "webp-frames": (_webp_of_frames, True),
        "webp-chunks": (lambda: _webp_with(b"teSt\0\0\0\0", 2_400_000), True),
        "heic-boxes": (lambda: _boxes(ImageFormat.HEIC, b"\0\0\0\x08free", 2_400_000), True),
        "heic-deep": (lambda: _nested_boxes(ImageFormat.HEIC, 100_000), True),
        "avif-boxes": (lambda: _boxes(ImageFormat.AVIF, b"\0\0\0\x08free", 2_400_000), True),
        "avif-deep": (lambda: _nested_boxes(ImageFormat.AVIF, 100_000), True),
        "avif-blank": (lambda: encoded(_blank(49_000_000), ImageFormat.AVIF, speed=10), True),
    }
    for name, (make, costly) in kinds.items():
        yield HostileFile(f"crafted-{name}", make, costly)


def endless_bmp() -> bytes:
    """About 1 KB; one row of 50 million pixels, which Pillow fills one by one."""
    return _bmp(50_000_000, 1, b"\1\1\0\0")


def _bmp(width: int, height: int, runs: bytes, colours: int = 256) -> bytes:
    palette = bytes(each % 251 for each in range(4 * min(colours, 256)))
    header = struct.pack("<IIIHHIIIIII", 40, width, height, 1, 8, 1, len(runs), 0, 0, colours, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + palette + runs


def tiff_of_strips(strips: int) -> bytes:
    """One pixel wide, a strip for every row; all strips are the same byte."""
    data = 8 + 2 + 12 * 8 + 4
    tags = [
        *((256, 3, 1, 1), (257, 4, 1, strips), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 3, strips, data), (278, 3, 1, 1), (279, 3, strips, data)),
    ]
    return _tiff(tags) + b"\1\0" * strips


def _tiff(tags: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


def jpeg_of_segments(segment: bytes, count: int) -> bytes:
    """A good picture with so many segments before it."""
    picture = encoded(mascot(), ImageFormat.JPEG)
    room = (MAX_BYTES - len(picture)) // len(segment)
    return picture[:2] + segment * min(count, room) + picture[2:]


def jpeg_of_scans(side: int, scans: int) -> bytes:
    """A large progressive picture whose last scan is repeated."""
    picture = encoded(Image.new("L", (side, side), 200), ImageFormat.JPEG, progressive=True)
    last = picture.rindex(b"\xff\xda")
    scan = picture[last:-2]
    return picture[:-2] + scan * min(scans, (MAX_BYTES - len(picture)) // len(scan)) + picture[-2:]


def _deflated_tiff() -> bytes:
    return encoded(_blank(49_000_000), ImageFormat.TIFF, compression="tiff_deflate")


def _blank(pixels: int) -> Image.Image:
    return Image.new("L", (pixels // 7000, 7000))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_with(chunk: bytes, count: int) -> bytes:
    """A good picture with so many chunks after its header."""
    picture = encoded(mascot(), ImageFormat.PNG)
    return picture[:33] + chunk * min(count, (MAX_BYTES - len(picture)) // len(chunk)) + picture[33:]


def _gif_with(block: bytes, count: int) -> bytes:
    picture = encoded(mascot(), ImageFormat.GIF)
    return picture[:-1] + block * min(count, (MAX_BYTES - len(picture)) // len(block)) + b"\x3b"


def _webp_with(chunk: bytes, count: int) -> bytes:
    body = encoded(mascot(), ImageFormat.WEBP)[8:] + chunk * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_of_frames() -> bytes:
    frames = [Image.new("RGB", (2, 2), (at % 256, at // 256, 0)) for at in range(20_000)]
    file = BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], method=0)
    return file.getvalue()


def _boxes(image_format: ImageFormat, box: bytes, count: int) -> bytes:
    data = encoded(mascot(), image_format)
    after = int.from_bytes(data[:4], "big")
    return data[:after] + box * count + data[after:]


def _nested_boxes(image_format: ImageFormat, depth: int) -> bytes:
    data = encoded(mascot(), image_format)
    after = int.from_bytes(data[:4], "big")
    nest = b"".join(struct.pack(">I", 8 * (depth - at)) + b"dinf" for at in range(depth))
    meta = struct.pack(">I", 12 + len(nest)) + b"meta\0\0\0\0" + nest
    return data[:after] + meta + data[after:]


def main() -> None:
    folder = Path(sys.argv[1])
    each = int(sys.argv[2]) if len(sys.argv) > 2 else EACH
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for file in all_files(each, seed):
        (folder / file.name).write_bytes(file.make())


if __name__ == "__main__":
    main()
