"""Pictures are decoded and described in processes that may be ended: a file can take minutes and gigabytes.

    python decoder.py    such a process: on stdin, over and over, "decode LENGTH" or "describe LENGTH", a line
                         end and so many bytes; on stdout one line of JSON for each

A process that has answered is used again; one that takes too long, or too much memory, is not.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from typing import Any, Final

from bot.sandbox.masko.pictures import Picture
from bot.sandbox.masko.pictures import decode as decode_here
from bot.sandbox.masko.refusals import Refusal, bad_request
from bot.sandbox.masko.vision import Description
from bot.sandbox.masko.vision import describe as describe_here

SECONDS: Final = 10.0
MEMORY: Final = 1 << 30

_idle: list[subprocess.Popen[bytes]] = []


def decode(data: bytes, *, seconds: float = SECONDS) -> Picture:
    """Decode every pixel of `data` (blocking: call it in a thread).

    Raises:
        Refusal: 400 naming what the bytes are, how they are broken, or that they cost too much.
    """
    return Picture(**_answer("decode", data, seconds))


def describe(data: bytes) -> Description:
    """Describe an encoded picture that is known to decode (blocking: call it in a thread).

    Raises:
        Refusal: 400: it costs too much.
    """
    return Description(**_answer("describe", data, SECONDS))


def _answer(kind: str, data: bytes, seconds: float) -> dict[str, Any]:
    process = _idle.pop() if _idle else _start()
    assert process.stdin is not None
    assert process.stdout is not None
    too_long = threading.Timer(seconds, process.kill)
    too_long.start()
    try:
        process.stdin.write(f"{kind} {len(data)}\n".encode() + data)
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        line = b""
    finally:
        too_long.cancel()
    if not line:
        _end(process)
        raise bad_request("The picture takes too much time or memory to decode.")
    _idle.append(process)
    answer = json.loads(line)
    if "refused" in answer:
        raise bad_request(answer["refused"])
    return dict(answer)


def _start() -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(each or os.getcwd() for each in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", __file__],
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        try:
            pipe.close()
        except OSError:  # bytes that it did not take
            continue
    process.wait()


@atexit.register
def _end_all() -> None:
    while _idle:
        _end(_idle.pop())


def main() -> None:
    """Answer until stdin ends."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while head := sys.stdin.buffer.readline().decode():
        kind, length = head.split()
        data = sys.stdin.buffer.read(int(length))
        try:
            found = decode_here(data) if kind == "decode" else describe_here(data)
            answer = {name: getattr(found, name) for name in found.__dataclass_fields__}
        except Refusal as refusal:
            answer = {"refused": refusal.message}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
