"""The way from a downloaded file to what Masko takes and what is known about it."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bot.images.conversion import MASKO_BYTES, encoding_for, write
from bot.images.decoding import Picture, decode
from bot.images.facts import ImageFacts
from bot.images.formats import HEAD_BYTES, ImageFormat, sniff, upload_name
from bot.images.isolation import draw_svg, load_apart
from bot.images.refusals import MAX_BYTES, EmptyImage, NotAnImage, TooManyBytes
from bot.images.seeing import see

# Decoding keeps a core busy and holds up to half a gigabyte: two at a time, whoever asks.
_DECODERS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="image")


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
    """

    path: Path
    filename: str
    content_type: str
    facts: ImageFacts
    converted_from: str | None = None
    scaled: tuple[int, int] | None = None
    first_frame: bool = False


async def prepare(path: Path, *, name: str, folder: Path) -> PreparedImage:
    """Check an image, measure it, and make of it what Masko takes.

    PNG, JPEG, WebP and GIF of up to 10 MB are uploaded as they are.  HEIC, AVIF, TIFF (its first page), BMP
    and SVG become PNG.  Whatever is larger is written anew and scaled down as far as needed.  What a file is,
    its bytes alone say.  All work is done in threads or processes, two images at a time.

    Args:
        path: the file's bytes on disk.
        name: what the file is called by whoever posted it; only for words and for the upload's name.
        folder: an existing folder where a converted file may be written; the caller removes it.

    Raises:
        ImageRefused: it cannot become a reference; the error says why.
        DecodingFailed, OSError: a child process or the disk failed; the file is not to blame.
    """
    work = partial(_prepare, path, name=name, folder=folder)
    return await asyncio.get_running_loop().run_in_executor(_DECODERS, work)


def _prepare(path: Path, *, name: str, folder: Path) -> PreparedImage:
    size = _check_size(path, name)
    image_format = _check_format(path, name)
    picture = _picture(path, image_format, name=name, folder=folder)
    facts = _facts(path, picture, name=name, size=size, image_format=image_format)
    upload = image_format.upload
    if upload is not None and size <= MASKO_BYTES:
        suffix, content_type = upload
        return PreparedImage(path, upload_name(name, suffix), content_type, facts)
    encoding = encoding_for(image_format)
    target = folder / f"{facts.sha256[:16]}{encoding.suffix}"
    written = write(picture, target, encoding)
    return PreparedImage(
        path=target,
        filename=upload_name(name, encoding.suffix),
        content_type=encoding.content_type,
        facts=facts,
        converted_from=None if upload == (encoding.suffix, encoding.content_type) else image_format,
        scaled=None if written == picture.size else written,
        first_frame=picture.animated,
    )


def _check_size(path: Path, name: str) -> int:
    size = path.stat().st_size
    if size == 0:
        raise EmptyImage(name)
    if size > MAX_BYTES:
        raise TooManyBytes(name, size)
    return size


def _check_format(path: Path, name: str) -> ImageFormat:
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if not isinstance(found, ImageFormat):
        raise NotAnImage(name, found)
    return found


def _picture(path: Path, image_format: ImageFormat, *, name: str, folder: Path) -> Picture:
    if image_format is ImageFormat.SVG:
        return Picture(draw_svg(path, name=name, folder=folder), turn=None, icc=None, animated=False)
    load = partial(load_apart, path, image_format, folder=folder)
    return decode(path, image_format, name=name, load=load)


def _facts(path: Path, picture: Picture, *, name: str, size: int, image_format: ImageFormat) -> ImageFacts:
    seen = see(picture)
    width, height = picture.size
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ImageFacts(
        name=name,
        format=image_format,
        width=width,
        height=height,
        size=size,
        background=seen.background,
        white=seen.white,
        shading=seen.shading,
        sha256=sha256,
        looks=seen.looks,
    )
