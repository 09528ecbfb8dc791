"""The program that decodes files: it forks one process for each, under limits of time and memory.

    python -c "from bot.images.decoder import main; main()"

Importing the decoders takes a tenth of a second, forking a process that has them a few milliseconds.  So this
program imports them, looks at no file itself, and forks two processes for each job: one works, the other
waits for it.  A job has a connection of its own, handed over on stdin, a socket.  The job comes on it as one
line of JSON: `format`, `source` and `target` (paths) and `seconds`; or, for a contact sheet, `sheet` (paths)
in the place of `source`.  The result is JSON, too: `code`, the exit code (negative for a signal, 1 for
trouble of ours), and `answer`: JSON of what `process` returned or of a `refusal`, or a traceback.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import select
import signal
import socket
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from PIL import Image

from bot.images.contact_sheet import compose
from bot.images.errors import ImageRefused, too_complex
from bot.images.formats import ImageFormat
from bot.images.limits import forbid_files, limit
from bot.images.measure import see
from bot.images.metadata import bare
from bot.images.pixels import MASKO_BYTES, decode, encode, with_end
from bot.images.svg import draw

IDLE: Final = 60  # seconds without a job after which the program ends, with exit code 0

_NICENESS: Final = 5
_STDIN: Final = 0
_LONGEST_ANSWER: Final = 1 << 20

Image.preinit()  # what Pillow would import at its first `save`, when no file can be opened any more


def main(idle: float = IDLE) -> None:
    """Serve jobs until stdin ends, or none has come for `idle` seconds."""
    gc.freeze()  # a collection in a forked process would copy every page that this one has
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how those ended that wait for others
    with socket.socket(fileno=_STDIN) as requests:
        while select.select([requests], [], [], idle)[0]:
            _, connections, *_ = socket.recv_fds(requests, 1, 1)
            if not connections:
                break
            with socket.socket(fileno=connections[0]) as connection:
                if os.fork() == 0:
                    _serve(connection)


def _serve(connection: socket.socket) -> NoReturn:
    """Have a process do a job, and answer; end it once nobody waits for the answer."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with connection.makefile() as lines:
            job = json.loads(lines.readline())
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            connection.close()
            _work(job, writing)
        os.close(writing)
        if connection.fileno() in select.select([reading, connection.fileno()], [], [])[0]:
            os.kill(pid, signal.SIGKILL)
        with open(reading, "rb") as pipe:
            answer = pipe.read(_LONGEST_ANSWER)
        _, status = os.waitpid(pid, 0)
        result = {"code": os.waitstatus_to_exitcode(status), "answer": answer.decode(errors="replace")}
        connection.sendall(json.dumps(result).encode())
    finally:
        os._exit(0)


def _work(job: dict[str, Any], writing: int) -> NoReturn:
    """Do one job in this process and end it."""
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for each in (0, 1, 2):  # the next jobs, and the answers to them, are none of its business
            os.dup2(nowhere, each)
        limit()
        signal.alarm(job["seconds"])  # nobody handles it: it ends the process
        os.nice(_NICENESS)
        target, image_format = Path(job["target"]), ImageFormat(job["format"])
        with target.open("wb") as file:
            try:
                if "sheet" in job:
                    images = [each and Path(each).read_bytes() for each in job["sheet"]]
                    forbid_files()
                    compose(images).save(file, format="PNG")
                    answer: dict[str, Any] = {}
                else:
                    answer = process(Path(job["source"]), image_format, target=file, folder=target.parent)
            except (ImageRefused, MemoryError) as error:
                refusal = error if isinstance(error, ImageRefused) else too_complex(image_format)
                answer = {"refusal": vars(refusal)}
        os.write(writing, json.dumps(answer).encode())
        code = 0
    except BaseException:
        os.write(writing, traceback.format_exc().encode())
    finally:
        os._exit(code)


def process(source: Path, image_format: ImageFormat, *, target: BinaryIO, folder: Path) -> dict[str, Any]:
    """Measure a file and write to `target` what is to be uploaded.

    Return `facts`, the fields of `ImageFacts` but for the name; `type` (suffix, content type) of the file to
    upload; `scaled` and `missing` as in `PreparedImage`.
    """
    data, missing = source.read_bytes(), list[str]()
    facts: dict[str, Any] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if image_format is ImageFormat.SVG:
        image, missing = draw(data, folder=folder)
        size = image.size
    else:
        forbid_files()
        data = bare(data, image_format)
        data = with_end(data) if image_format is ImageFormat.JPEG else data
        image, size = decode(data, image_format)
    facts |= {"format": image_format, "width": size[0], "height": size[1], **see(image)}
    kind, scaled = image_format.upload, None
    if kind is None or len(data) > MASKO_BYTES:
        # A photo stays a JPEG, which keeps far more of it within the limit; everything else becomes PNG.
        kept = ImageFormat.JPEG if image_format is ImageFormat.JPEG else ImageFormat.PNG
        data, written = encode(image, kept)
        kind, scaled = kept.upload, None if written == size else written
    target.write(data)
    return {"facts": facts, "type": kind, "scaled": scaled, "missing": missing}
