"""Decoding in a process of its own (`bot.images.child`), watched from here.

Two reasons put a file there.  An SVG is a program for its renderer: it may take for ever, eat all memory or
end the process.  And the decoders of WebP, AVIF and HEIC hold the interpreter's lock for a whole frame
(half a second for 50 megapixels of WebP, measured), in which the event loop would stand still.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageFile

from bot.images import child
from bot.images.decoding import load_here
from bot.images.formats import ImageFormat
from bot.images.refusals import DamagedSvg, DecodingFailed, TooComplexSvg, UnreadableSvg, UnsafeSvg

# Pixels up to which decoding here holds up the loop for some 25 ms, in proportion to what 49 megapixels cost.
_LOCKING_DECODERS: Final = {
    ImageFormat.WEBP: 2_000_000,
    ImageFormat.AVIF: 10_000_000,
    ImageFormat.HEIC: 20_000_000,
}


def needs_own_process(image_format: ImageFormat, size: tuple[int, int]) -> bool:
    """Whether decoding so many pixels (width, height) here would hold up the event loop."""
    limit = _LOCKING_DECODERS.get(image_format)
    return limit is not None and size[0] * size[1] > limit


def draw_svg(path: Path, *, name: str, folder: Path, seconds: float = child.SECONDS) -> Image.Image:
    """Draw an SVG, its longest side 2048 pixels, without reading anything but the file itself.

    Blocks for up to `seconds`.

    Raises:
        UnreadableSvg: it cannot be drawn within `seconds` and 1 GiB, or refers to something outside itself.
        DecodingFailed: the child process could not do its work.
    """
    with _target(folder) as target:
        answer = _run(child.SVG, path, target, seconds)
        if answer is None:
            return _seen(_loaded(target), name)
    raise _svg_refusal(answer, name)


def load_apart(
    path: Path, image_format: ImageFormat, image: ImageFile.ImageFile, *, folder: Path
) -> Image.Image:
    """Load `image`, opened from `path`, in the child process when that spares the event loop, else here.

    Raises:
        ValueError: it cannot be decoded.
        DecodingFailed: the child process could not do its work.
    """
    if not needs_own_process(image_format, image.size):
        return load_here(image)
    with _target(folder) as target:
        if _run(image_format, path, target) is None:
            return _loaded(target)
    raise ValueError("cannot be decoded")


@contextmanager
def _target(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        yield Path(scratch, "picture")


def _run(kind: str, source: Path, target: Path, seconds: float = child.SECONDS) -> dict[str, str] | None:
    """Run the child to its end: None when the target is written, else why not."""
    command = [sys.executable, "-P", child.__file__, kind, str(source.resolve()), str(target.resolve())]
    try:
        done = subprocess.run(
            command,
            cwd=target.parent,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"why": "complex"}
    except OSError as error:
        raise DecodingFailed(str(error)) from error
    if done.returncode == 0:
        return None
    if done.returncode == child.REFUSED:
        return dict(json.loads(done.stdout))
    if done.returncode < 0:
        return {"why": "complex"}
    raise DecodingFailed(done.stderr.decode(errors="replace")[-2000:])


def environment() -> dict[str, str]:
    """Where this interpreter finds its modules, and nothing else: no token, no key, no proxy."""
    kept = ("PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {**found, "PYTHONPATH": os.pathsep.join(each or os.getcwd() for each in sys.path)}


def _loaded(target: Path) -> Image.Image:
    with Image.open(target, formats=["PNG", "TIFF"]) as image:
        image.load()
        return image


def _seen(picture: Image.Image, name: str) -> Image.Image:
    """An SVG that draws nothing at all would make a mascot of nothing."""
    if picture.getbbox() is None:
        raise DamagedSvg(name)
    return picture


def _svg_refusal(answer: dict[str, str], name: str) -> UnreadableSvg:
    if answer["why"] == "outside":
        return UnsafeSvg(name, answer["reference"])
    return TooComplexSvg(name) if answer["why"] == "complex" else DamagedSvg(name)
