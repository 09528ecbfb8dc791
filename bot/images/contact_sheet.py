"""A contact sheet: several images side by side on white, numbered from 1.  Runs in a decoder's process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.images.formats import HEAD_BYTES, ImageFormat, sniff
from bot.images.pixels import decode, on_white

CELL: Final = 400  # pixels a side; of two or three cells a row, a phone and a desktop show the whole
_MARGIN: Final = 12
_NUMBER: Final = 56  # pixels: diameter of the disc that a number stands in
_DARK, _PALE = "#1d1c1d", "#dddddd"


def compose(files: Sequence[bytes | None]) -> Image.Image:
    """Return the sheet of files that `prepare` wrote; None leaves the place of an image empty.

    Raises ImageRefused or MemoryError.
    """
    columns = 3 if len(files) > 2 else 2
    rows = -(-len(files) // columns)
    sheet = Image.new("RGB", (columns * CELL, rows * CELL), "white")
    for position, file in enumerate(files):
        row, column = divmod(position, columns)
        cell = _cell(file, str(position + 1))
        sheet.paste(cell, (column * CELL, row * CELL))
    return sheet


def _cell(file: bytes | None, number: str) -> Image.Image:
    cell = Image.new("RGB", (CELL, CELL), "white")
    draw, end = ImageDraw.Draw(cell), CELL - _MARGIN
    if file is None:
        font = ImageFont.load_default(28)
        draw.text((CELL / 2, CELL / 2), "No preview", fill=_DARK, font=font, anchor="mm")
    else:
        image = _fitting(file, CELL - 2 * _MARGIN)
        cell.paste(image, ((CELL - image.width) // 2, (CELL - image.height) // 2))
    draw.rectangle((_MARGIN, _MARGIN, end, end), outline=_PALE, width=2)
    middle = _MARGIN + _NUMBER / 2
    draw.ellipse((_MARGIN, _MARGIN, _MARGIN + _NUMBER, _MARGIN + _NUMBER), fill=_DARK)
    draw.text((middle, middle), number, fill="white", font=ImageFont.load_default(34), anchor="mm")
    return cell


def _fitting(file: bytes, side: int) -> Image.Image:
    """Return an image on white, no side longer than `side` pixels."""
    image_format = sniff(file[:HEAD_BYTES])
    assert isinstance(image_format, ImageFormat), "it was written by this program"
    image, _ = decode(file, image_format)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return on_white(image)
