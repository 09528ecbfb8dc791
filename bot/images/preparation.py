"""The way from a downloaded file to what Masko takes and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.images.facts import Background, ImageFacts, Shading
from bot.images.formats import HEAD_BYTES, ImageFormat, sniff, upload_name
from bot.images.refusals import MAX_BYTES, EmptyImage, NotAnImage, TooManyBytes


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
    """Check an image, measure it, and make of it what Masko takes.

    PNG, JPEG, WebP and GIF of up to 10 MB are uploaded as they are, without their metadata.  HEIC, AVIF, TIFF
    (its first page), BMP and SVG become PNG.  Whatever is larger is written anew and scaled down as far as
    needed.  What a file is, its bytes alone say.  Only the first of them are read here; all else is the work
    of a child process.

    Args:
        path: the file's bytes on disk.
        name: what the file is called by whoever posted it; only for words and for the upload's name.
        folder: an existing folder where a converted file may be written; the caller removes it.

    Raises:
        ImageRefused: it cannot become a reference; the error says why.
        DecodingFailed, OSError: a child process or the disk failed; the file is not to blame.
    """
    # The child process imports this package as well: asyncio would take a third of its start.
    import asyncio

    from bot.images import isolation

    size, image_format = await asyncio.to_thread(_checked, path, name)
    target = folder / f"{path.name}.upload"
    try:
        answer = await isolation.run(path, target, image_format, name=name)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    upload, seen = answer["upload"], answer["facts"]
    if not upload["written"]:
        target.unlink()
    suffix, content_type = upload["type"]
    kinds = {"background": Background(seen["background"]), "shading": Shading(seen["shading"])}
    return PreparedImage(
        path=target if upload["written"] else path,
        filename=upload_name(name, suffix),
        content_type=content_type,
        facts=ImageFacts(name=name, format=image_format, size=size, **{**seen, **kinds}),
        converted_from=None if image_format.upload == (suffix, content_type) else image_format,
        scaled=tuple(upload["scaled"]) if upload["scaled"] else None,
        first_frame=upload["first_frame"],
        missing=tuple(answer["missing"]),
    )


def _checked(path: Path, name: str) -> tuple[int, ImageFormat]:
    """A file's size in bytes and its format, by its first bytes."""
    size = path.stat().st_size
    if size == 0:
        raise EmptyImage(name)
    if size > MAX_BYTES:
        raise TooManyBytes(name, size)
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if not isinstance(found, ImageFormat):
        raise NotAnImage(name, found)
    return size, found
