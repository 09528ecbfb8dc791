"""Whether a file is all there, by the formats' own structure.

Pillow forgives a missing end: a PNG cut right behind its pixels, or an animation cut in its second
frame, decodes without complaint.  Walking the blocks finds such cuts without decoding a frame, so an
animation of thousands of frames costs no more than reading it.  Formats that are not walked here are
told whole by decoding them.
"""

from __future__ import annotations

import os
from io import BytesIO
from typing import BinaryIO, Final

from bot.images.formats import ImageFormat

MOST_SCANS: Final = 200


def is_whole(data: bytes, image_format: ImageFormat) -> bool:
    """False when the file ends before its format says that it should, or when decoding it would never end."""
    walk = {
        ImageFormat.PNG: _png_is_whole,
        ImageFormat.JPEG: _jpeg_is_sane,
        ImageFormat.GIF: _gif_is_whole,
        ImageFormat.WEBP: _webp_is_whole,
    }.get(image_format)
    if walk is None:
        return True
    return walk(BytesIO(data), len(data))


def _png_is_whole(file: BinaryIO, size: int) -> bool:
    """Chunk by chunk (length, type, data, CRC) to IEND.  PNG specification, 5.3."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        file.seek(int.from_bytes(head[:4], "big") + 4, os.SEEK_CUR)
        if head[4:] == b"IEND":
            return file.tell() <= size
    return False


def _jpeg_is_sane(file: BinaryIO, size: int) -> bool:
    """Its end is found by decoding; but a scan of 50 bytes may cost as much work as the whole picture.

    Within a scan 0xFF is always followed by 0x00 or a restart marker, so start-of-scan cannot appear by
    chance (ITU T.81, B.1.1.5).  Progressive JPEGs have about ten.
    """
    return file.read().count(b"\xff\xda") <= MOST_SCANS


def _webp_is_whole(file: BinaryIO, size: int) -> bool:
    """The RIFF header holds the length of what follows it.  WebP container specification."""
    return int.from_bytes(file.read(8)[4:], "little") + 8 <= size


def _gif_is_whole(file: BinaryIO, size: int) -> bool:
    """Block by block to the trailer.  GIF89a specification, 15-27."""
    _skip_colour_table(file, file.read(13)[10])
    while introducer := file.read(1):
        if introducer == b"\x3b":
            return True
        if introducer == b"\x21":  # an extension: one byte of label before its sub-blocks
            file.seek(1, os.SEEK_CUR)
        elif introducer == b"\x2c":  # a frame: descriptor, perhaps a colour table, code size
            descriptor = file.read(9)
            if len(descriptor) < 9:
                return False
            _skip_colour_table(file, descriptor[8])
            file.seek(1, os.SEEK_CUR)
        else:
            return False
        _skip_sub_blocks(file)
    return False


def _skip_colour_table(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 * 2 ** ((flags & 0x07) + 1), os.SEEK_CUR)


def _skip_sub_blocks(file: BinaryIO) -> None:
    while (length := file.read(1)) not in (b"", b"\0"):
        file.seek(length[0], os.SEEK_CUR)
