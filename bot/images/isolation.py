"""Decoding in a process of its own (`bot.images.child`), watched from here.

A file is a program for its decoder: it may take for ever, eat all memory or end the process.  Decoders also
hold the interpreter's lock for a whole frame, in which the event loop would stand still.  So nothing but the
first bytes of a file is looked at in the bot's own process.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.images import child, limits
from bot.images.formats import ImageFormat
from bot.images.refusals import DecodingFailed, TooComplex, TooComplexSvg, from_answer

_QUICK = 1.5
"""Seconds in which nearly every picture is done; one that takes longer leaves the processor to the others."""

_NICENESS = 5
_STOPPED = frozenset({-signal.SIGTERM, -signal.SIGINT})


async def run(
    source: Path, target: Path, image_format: ImageFormat, *, name: str, seconds: float = limits.SECONDS
) -> dict[str, Any]:
    """Let a child process decode `source` and write `target`; see `processing.process` for its answer.

    Raises:
        ImageRefused: it cannot be decoded, or not within `seconds` and the limits of memory.
        DecodingFailed: the child process could not do its work.
    """
    try:  # -S: `site` looks up who this user is; the paths are all given
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-SP", child.__file__, image_format, str(source), str(target)),
            env=environment(),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,  # a Ctrl-C in the bot's terminal is not meant for it
        )
    except OSError as error:
        raise DecodingFailed(str(error)) from error
    yielding = asyncio.get_running_loop().call_later(_QUICK, _let_others_go_first, process.pid)
    try:
        async with asyncio.timeout(seconds):
            answer, trouble = await process.communicate()
    except TimeoutError:
        raise _too_complex(name, image_format) from None
    finally:
        yielding.cancel()
        if process.returncode is None:
            process.kill()
            await process.communicate()
    if process.returncode == 0:
        return from_answer(name, json.loads(answer))
    if (code := process.returncode or 0) < 0 and code not in _STOPPED:
        raise _too_complex(name, image_format)
    raise DecodingFailed(trouble.decode(errors="replace")[-2000:])


def _let_others_go_first(pid: int) -> None:
    if sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)


def environment() -> dict[str, str]:
    """Where this interpreter finds its modules, and nothing else: no token, no key, no proxy."""
    kept = ("PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    paths = os.pathsep.join(each or os.getcwd() for each in sys.path)
    # One arena: glibc reserves 64 MB for each, which count against the limit.
    return {**found, "PYTHONPATH": paths, "MALLOC_ARENA_MAX": "1"}


def _too_complex(name: str, image_format: ImageFormat) -> TooComplex | TooComplexSvg:
    return TooComplexSvg(name) if image_format is ImageFormat.SVG else TooComplex(name, image_format)
