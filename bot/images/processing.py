"""What the child process does with one file: decode it, measure it, make of it what Masko takes."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from bot.images.conversion import MASKO_BYTES, encode, encoding_for
from bot.images.decoding import Picture, decode, with_end
from bot.images.drawing import draw
from bot.images.formats import ImageFormat
from bot.images.limits import forbid_files
from bot.images.metadata import bare
from bot.images.refusals import ImageRefused, TooComplex, TooComplexSvg, as_answer
from bot.images.seeing import see

Image.preinit()  # what Pillow would import at its first `save`, when no file can be opened any more


def process(source: bytes, image_format: ImageFormat, *, target: BinaryIO, folder: Path) -> dict[str, Any]:
    """Measure a file and write to `target` what is to be uploaded, where that is not the file itself.

    Returns:
        `facts`: fields of `ImageFacts`, all but those that the parent knows.  `upload`: whether a file was
        `written`, and of what is to be uploaded `type` (suffix, content type), `scaled` and `first_frame` as
        in `PreparedImage`; `missing` as there.  Of a file that cannot be used, `refusal` instead (see
        `refusals.as_answer`).
    """
    try:
        return _process(source, image_format, target, folder)
    except ImageRefused as refusal:
        return as_answer(refusal)
    except MemoryError:
        svg = image_format is ImageFormat.SVG
        return as_answer(TooComplexSvg("") if svg else TooComplex("", image_format))


def _process(source: bytes, image_format: ImageFormat, target: BinaryIO, folder: Path) -> dict[str, Any]:
    data = source
    missing: list[str] = []
    if image_format is ImageFormat.SVG:
        pixels, missing = draw(source, folder=folder)
        picture = Picture(pixels)
    else:
        forbid_files()
        data = bare(source, image_format)
        data = with_end(data) if image_format is ImageFormat.JPEG else data
        picture = decode(data, image_format)
    size = picture.size
    sha256 = hashlib.sha256(source).hexdigest()
    facts = {"width": size[0], "height": size[1], "sha256": sha256, **asdict(see(picture))}
    if image_format.upload is not None and len(data) <= MASKO_BYTES:
        if data != source:
            target.write(data)
        return {"facts": facts, "upload": _upload(image_format.upload, written=data != source), "missing": []}
    encoding = encoding_for(image_format)
    encoded, written = encode(picture, encoding)
    target.write(encoded)
    scaled = None if written == size else written
    kind = (encoding.suffix, encoding.content_type)
    upload = _upload(kind, scaled=scaled, first_frame=picture.animated)
    return {"facts": facts, "upload": upload, "missing": missing}


def _upload(
    kind: tuple[str, str],
    *,
    written: bool = True,
    scaled: tuple[int, int] | None = None,
    first_frame: bool = False,
) -> dict[str, Any]:
    return {"type": kind, "written": written, "scaled": scaled, "first_frame": first_frame}
