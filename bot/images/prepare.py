"""The way from a downloaded file to what Masko takes and what is known about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot.images import pool
from bot.images.errors import MAX_BYTES, EmptyImage, ImageRefused, NotAnImage, TooManyBytes
from bot.images.facts import ImageFacts
from bot.images.formats import HEAD_BYTES, ImageFormat, sniff, upload_name


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A file ready for Masko.

    Attributes:
        path: of the file to upload: the original, or one written into the folder that was given.
        filename: safe for a multipart header, with the suffix of what the file is.
        content_type: of the file to upload.
        facts: about the original.
        converted_from: the original's format when the file is in another one ("HEIC").
        scaled: width and height in pixels when it had to be made smaller to fit Masko's 10 MB.
        first_frame: only the first frame of an animation is in the file.
        missing: what could not be drawn of an SVG, in words: "an embedded picture".
    """

    path: Path
    filename: str
    content_type: str
    facts: ImageFacts
    converted_from: str | None = None
    scaled: tuple[int, int] | None = None
    first_frame: bool = False
    missing: tuple[str, ...] = ()


async def prepare(path: Path, *, name: str, folder: Path) -> PreparedImage:
    """Check an image, measure it, and make of it what Masko takes; all but the first bytes in a child
    process.

    PNG, JPEG, WebP and GIF of up to 10 MB are uploaded as they are, without their metadata.  HEIC, AVIF, TIFF
    (its first page), BMP and SVG become PNG.  Whatever is larger is scaled down as far as needed.

    Args:
        name: what the poster called the file; only for words and for the upload's name.
        folder: an existing folder where a converted file may be written; the caller removes it.

    Raises:
        ImageRefused: it cannot become a reference; the error says why.
        DecodingFailed, OSError: a child process or the disk failed; the file is not to blame.
    """
    target = folder / f"{path.name}.upload"
    try:
        size, image_format = await asyncio.to_thread(_checked, path)
        answer = await pool.decode(path, target, image_format)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, ImageRefused):
            error.name = name
        raise
    suffix, content_type = answer["type"]
    is_written = target.stat().st_size > 0
    if not is_written:
        target.unlink()
    return PreparedImage(
        path=target if is_written else path,
        filename=upload_name(name, suffix),
        content_type=content_type,
        facts=ImageFacts.from_values({"name": name, "format": image_format, "size": size, **answer["facts"]}),
        converted_from=None if image_format.upload == (suffix, content_type) else image_format,
        scaled=tuple(answer["scaled"]) if answer["scaled"] else None,
        first_frame=answer["first_frame"],
        missing=tuple(answer["missing"]),
    )


def _checked(path: Path) -> tuple[int, ImageFormat]:
    """A file's size in bytes and its format, by its first bytes."""
    size = path.stat().st_size
    if size == 0:
        raise EmptyImage
    if size > MAX_BYTES:
        raise TooManyBytes(size)
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if not isinstance(found, ImageFormat):
        raise NotAnImage(found)
    return size, found
