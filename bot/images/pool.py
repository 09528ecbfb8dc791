"""Images prepared for Masko, by decoders in processes of their own (`bot.images.decoder`).

A file is a program for its decoder: it may take for ever, eat all memory or end the process.  Decoders also
hold the interpreter's lock for a whole frame, in which the event loop would stand still.  So nothing but the
first bytes of a file is looked at in the bot's own process, and no process looks at two files: a decoder
forks one for each.  There are as many decoders as there are files at once; one without work ends by itself.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.images import errors
from bot.images.errors import DecodingFailed, ImageRefused
from bot.images.facts import ImageFacts
from bot.images.formats import HEAD_BYTES, ImageFormat, sniff, upload_name
from bot.images.limits import SECONDS

PROGRAM: Final = "from bot.images.decoder import main; main()"
_GRACE: Final = 20  # seconds, beside those of a job, for a decoder to start and to answer on a busy machine


_idle: Final[list[subprocess.Popen[str]]] = []


def _decoder() -> subprocess.Popen[str]:
    """A decoder that has no work; it belongs to no event loop."""
    while _idle:
        decoder = _idle.pop()
        if decoder.poll() is None:
            return decoder
        _end(decoder)
    return subprocess.Popen(  # -S: `site` looks up who this user is; the paths are all given
        [sys.executable, "-SPc", PROGRAM],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C in the bot's terminal is not meant for it
    )


def _ask(decoder: subprocess.Popen[str], job: dict[str, Any]) -> str:
    """Return the line that answers a job; without its end where the decoder ends."""
    assert decoder.stdin is not None
    assert decoder.stdout is not None
    with suppress(BrokenPipeError):
        print(json.dumps(job), file=decoder.stdin, flush=True)
    return decoder.stdout.readline()


def _end(decoder: subprocess.Popen[str]) -> None:
    """Kill a decoder with what it works on."""
    with suppress(ProcessLookupError, PermissionError):  # macOS: the second, where it has ended
        os.killpg(decoder.pid, signal.SIGKILL)
    decoder.communicate()


@atexit.register
def close() -> None:
    """End the decoders that have no work."""
    while _idle:
        _end(_idle.pop())


async def decode(
    source: Path, target: Path, image_format: ImageFormat, *, seconds: int = SECONDS
) -> dict[str, Any]:
    """Let a process decode `source` and write `target`; return the answer of `decoder.process`.

    Raises ImageRefused, also for more than `seconds` or the limit of memory, or DecodingFailed.
    """
    return await _decoded(image_format, target, seconds, source=str(source))


async def contact_sheet(images: Sequence[Path | None], target: Path) -> bytes:
    """Return images that `prepare` wrote as one numbered PNG; None leaves a place empty.

    Raises as `decode`.
    """
    sheet = [str(each) if each else None for each in images]
    await _decoded(ImageFormat.PNG, target, SECONDS, sheet=sheet)
    return await asyncio.to_thread(target.read_bytes)


async def _decoded(image_format: ImageFormat, target: Path, seconds: int, **job: Any) -> dict[str, Any]:
    job |= {"format": image_format, "target": str(target), "seconds": seconds}
    line = ""
    try:
        decoder = _decoder()
        try:
            async with asyncio.timeout(seconds + _GRACE):
                line = await asyncio.to_thread(_ask, decoder, job)
        finally:
            _idle.append(decoder) if line else _end(decoder)
    except OSError as error:  # TimeoutError is one
        raise DecodingFailed(repr(error)) from error
    if not line:
        raise DecodingFailed(f"the decoder ended ({decoder.returncode})")
    result = json.loads(line)
    if (code := result["code"]) == 0:
        answer: dict[str, Any] = json.loads(result["answer"])
        if "refusal" in answer:
            raise ImageRefused(**answer["refusal"])
        return answer
    ended = code < 0 or not result["answer"]  # without memory for an answer
    if ended and code != -signal.SIGTERM:  # which is meant for the bot, and for all that it has started
        raise errors.too_complex(image_format)
    raise DecodingFailed(result["answer"][-2000:])


def environment() -> dict[str, str]:
    """Where this interpreter finds its modules, and nothing else: no token, no key, no proxy."""
    kept = ("PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    paths = os.pathsep.join(each or os.getcwd() for each in sys.path)
    # One arena: glibc reserves 64 MB for each, which count against the limit.
    return {**found, "PYTHONPATH": paths, "MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """The file to upload to Masko, and facts about the original.

    `converted_from` names the original's format where it was another one; `scaled` is width and height where
    the file was made smaller to fit 10 MB; `missing` is what a drawing lacks, in words.
    """

    path: Path
    filename: str
    content_type: str
    facts: ImageFacts
    converted_from: str | None = None
    scaled: tuple[int, int] | None = None
    missing: tuple[str, ...] = ()


async def prepare(path: Path, *, name: str, folder: Path) -> PreparedImage:
    """Measure an image, and write what Masko takes of it into a file in `folder`, a temporary one.

    PNG, JPEG, WebP and GIF of up to 10 MB are uploaded as they are, without their metadata.  HEIC, AVIF, TIFF
    (its first page), BMP and SVG become PNG.  Whatever is larger is scaled down as far as needed.  Raises
    ImageRefused; DecodingFailed or OSError where the file is not to blame.
    """
    target = folder / f"{path.name}.upload"
    try:
        image_format = await asyncio.to_thread(_checked, path)
        answer = await decode(path, target, image_format)
    except ImageRefused as error:
        error.name = name
        raise
    suffix, content_type = answer["type"]
    return PreparedImage(
        path=target,
        filename=upload_name(name, suffix),
        content_type=content_type,
        facts=ImageFacts.from_values({"name": name, **answer["facts"]}),
        converted_from=None if image_format.upload == (suffix, content_type) else image_format,
        scaled=tuple(answer["scaled"]) if answer["scaled"] else None,
        missing=tuple(answer["missing"]),
    )


def _checked(path: Path) -> ImageFormat:
    """Return a file's format by its first bytes; raise ImageRefused for no image or too large a file."""
    size = path.stat().st_size
    if size == 0:
        raise ImageRefused("is empty (0 bytes).", "Post it again from the original.")
    if size > errors.MAX_BYTES:
        raise errors.too_many_bytes(size)
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if not isinstance(found, ImageFormat):
        raise errors.not_an_image(found)
    return found
