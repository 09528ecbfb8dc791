"""Images prepared for Masko, by decoders in processes of their own (`bot.images.decoder`).

A file is a program for its decoder: it may take for ever, eat all memory or end the process.  Decoders also
hold the interpreter's lock for a whole frame, in which the event loop would stand still.  So nothing but the
first bytes of a file is looked at in the bot's own process, and no process looks at two files: the decoder
forks one for each.  It is started when it is first needed; without work it ends by itself.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
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


_running: Final[list[tuple[subprocess.Popen[bytes], socket.socket]]] = []


def _send(job: str) -> socket.socket:
    """Give the decoder a job; return the socket for its answer.  The decoder belongs to no event loop."""
    if not _running or _running[0][0].poll() is not None:
        close()
        ours, theirs = socket.socketpair()
        with theirs:
            decoder = subprocess.Popen(  # -S: `site` looks up who this user is; the paths are all given
                [sys.executable, "-SPc", PROGRAM],
                env=environment(),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C in the bot's terminal is not meant for it
            )
        _running.append((decoder, ours))
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_running[0][1], [job.encode()], [theirs.fileno()])
    return ours


@atexit.register
def close() -> None:
    """End the decoder with all that it works on."""
    for decoder, requests in _running:
        with suppress(ProcessLookupError, PermissionError):  # macOS: the second, where it has ended
            os.killpg(decoder.pid, signal.SIGKILL)
        decoder.wait()
        requests.close()
    _running.clear()


async def decode(
    target: Path, image_format: ImageFormat, *, seconds: int = SECONDS, **job: object
) -> dict[str, Any]:
    """Let a process write `target`, of `source` or of a `sheet`; return the answer of `decoder.process`.

    Raises ImageRefused, also for more than `seconds` or the limit of memory, or DecodingFailed.
    """
    job |= {"format": image_format, "target": str(target), "seconds": seconds}
    try:
        async with asyncio.timeout(seconds + _GRACE):
            reader, writer = await asyncio.open_connection(sock=_send(json.dumps(job)))
            with closing(writer):  # which ends the job
                result = json.loads(await reader.read())
    except (OSError, ValueError) as error:  # TimeoutError is one; or the decoder has ended
        raise DecodingFailed(repr(error)) from error
    if (code := result["code"]) == 0:
        answer: dict[str, Any] = json.loads(result["answer"])
        if "refusal" in answer:
            raise ImageRefused(**answer["refusal"])
        return answer
    ended = code < 0 or not result["answer"]  # without memory for an answer
    if ended and code != -signal.SIGTERM:  # which is meant for the bot, and for all that it has started
        raise errors.too_complex(image_format)
    raise DecodingFailed(result["answer"][-2000:])


async def contact_sheet(images: Sequence[Path | None], target: Path) -> bytes:
    """Return images that `prepare` wrote as one numbered PNG; None leaves a place empty.

    Raises as `decode`.
    """
    await decode(target, ImageFormat.PNG, sheet=[str(each) if each else None for each in images])
    return await asyncio.to_thread(target.read_bytes)


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
        answer = await decode(target, image_format, source=str(path))
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
