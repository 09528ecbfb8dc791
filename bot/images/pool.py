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
from typing import IO, Any, Final, cast

from bot.images import errors
from bot.images.errors import DecodingFailed, ImageRefused
from bot.images.facts import ImageFacts
from bot.images.formats import HEAD_BYTES, ImageFormat, sniff, upload_name
from bot.images.limits import SECONDS

PROGRAM: Final = "from bot.images.decoder import main; main()"
_STOPPED: Final = (-signal.SIGTERM, -signal.SIGINT)
_GRACE: Final = 20  # seconds, beside those of a job, for a decoder to start and to answer on a busy machine


class Decoder:
    """A running decoder, for one job at a time.  It belongs to no event loop."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # -S: `site` looks up who this user is; the paths are all given
            [sys.executable, "-SPc", PROGRAM],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # a Ctrl-C in the bot's terminal is not meant for it
        )
        pipes = self._process.stdin, self._process.stdout, self._process.stderr
        self._stdin, self._stdout, self._stderr = cast(tuple[IO[bytes], IO[bytes], IO[bytes]], pipes)
        os.set_blocking(self._stdout.fileno(), False)

    async def ask(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """Return a job's exit code and answer; None where the decoder had ended before, without work.

        Raises DecodingFailed where it ended in the middle of the job.
        """
        with suppress(BrokenPipeError):
            self._stdin.write(json.dumps(job).encode() + b"\n")
        try:
            async with asyncio.timeout(job["seconds"] + _GRACE):
                line = await self._line()
        except TimeoutError as error:
            raise DecodingFailed("the decoder does not answer") from error
        if line.endswith(b"\n"):
            return cast(dict[str, Any], json.loads(line))
        if (code := self._process.wait()) == 0:
            return None
        trouble = self._stderr.read() or b""
        raise DecodingFailed(f"the decoder ended ({code}): {trouble.decode(errors='replace')[-2000:]}")

    async def _line(self) -> bytes:
        loop, line = asyncio.get_running_loop(), b""
        while not line.endswith(b"\n"):
            readable = asyncio.Event()
            loop.add_reader(self._stdout.fileno(), readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(self._stdout.fileno())
            part = self._stdout.read(1 << 20)
            if part == b"":
                break
            line += part or b""
        return line

    def end(self) -> None:
        """Kill it with what it works on."""
        with suppress(ProcessLookupError, PermissionError):  # macOS: the second, where it has ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._stdin, self._stdout, self._stderr):
            pipe.close()


_idle: Final[list[Decoder]] = []


@atexit.register
def close() -> None:
    """End the decoders that have no work."""
    while _idle:
        _idle.pop().end()


async def decode(
    source: Path, target: Path, image_format: ImageFormat, *, seconds: float = SECONDS
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


async def _decoded(image_format: ImageFormat, target: Path, seconds: float, **job: Any) -> dict[str, Any]:
    job |= {"format": image_format, "target": str(target), "seconds": seconds}
    result = None
    while result is None:
        is_new = not _idle
        try:
            decoder = Decoder() if is_new else _idle.pop()
        except OSError as error:
            raise DecodingFailed(str(error)) from error
        try:
            result = await decoder.ask(job)
        finally:
            _idle.append(decoder) if result else decoder.end()
        if is_new and result is None:
            raise DecodingFailed("the decoder ended at once")
    if (code := result["code"]) == 0:
        answer: dict[str, Any] = json.loads(result["answer"])
        if "refusal" in answer:
            raise ImageRefused(**answer["refusal"])
        return answer
    if code < 0 and code not in _STOPPED:
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
    """Measure an image, and write what Masko takes of it into a file in `folder`.

    PNG, JPEG, WebP and GIF of up to 10 MB are uploaded as they are, without their metadata.  HEIC, AVIF, TIFF
    (its first page), BMP and SVG become PNG.  Whatever is larger is scaled down as far as needed.  Raises
    ImageRefused; DecodingFailed or OSError where the file is not to blame.
    """
    target = folder / f"{path.name}.upload"
    try:
        image_format = await asyncio.to_thread(_checked, path)
        answer = await decode(path, target, image_format)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, ImageRefused):
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
