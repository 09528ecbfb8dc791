"""The program that decodes files: it forks one process for each, under limits of time and memory.

    python -c "from bot.images.decoder import main; main()"

Importing the decoders takes a tenth of a second, forking a process that has them two milliseconds.  So this
program imports them, looks at no file itself, and forks a process for each job.  Jobs come on stdin, a
socket, each as one JSON object: `format`, `source` and `target` (paths) and `seconds`; or, for a contact
sheet, `sheet` (paths) in the place of `source`.  With each comes a socket for its result: `code`, the exit
code (negative for a signal, 1 for trouble of ours), and `answer`: JSON of what `process` returned or of a
`refusal`, or a traceback.
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
from contextlib import suppress
from dataclasses import dataclass
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
_LONGEST: Final = 1 << 20  # bytes of a job or an answer

Image.preinit()  # what Pillow would import at its first `save`, when no file can be opened any more


@dataclass(eq=False)
class _Job:
    """A job under way: the socket of who waits for it, the process that does it, and its pipe."""

    waiting: socket.socket
    pid: int
    pipe: int
    answer: bytes = b""

    def has_ended(self, ready: list[int]) -> bool:
        """Return whether the process has answered, or nobody waits any more."""
        if self.pipe not in ready:
            return self.waiting.fileno() in ready
        told = os.read(self.pipe, _LONGEST)
        self.answer += told
        return not told or len(self.answer) > _LONGEST

    def end(self) -> None:
        """Pass on what the process has answered; kill it if it still works."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pipe)
        result = {"code": os.waitstatus_to_exitcode(status), "answer": self.answer.decode(errors="replace")}
        with self.waiting, suppress(OSError):
            self.waiting.sendall(json.dumps(result).encode())


def main(idle: float = IDLE) -> None:
    """Serve jobs until stdin ends, or none has come for `idle` seconds."""
    gc.freeze()  # a collection in a forked process would copy every page that this one has
    jobs: list[_Job] = []
    ready = [_STDIN]
    with socket.socket(fileno=_STDIN) as requests:
        while ready:
            watched = [each for job in jobs for each in (job.waiting.fileno(), job.pipe)]
            ready, _, _ = select.select([_STDIN, *watched], [], [], None if jobs else idle)
            for job in [each for each in jobs if each.has_ended(ready)]:
                jobs.remove(job)
                job.end()
            if _STDIN in ready:
                told, descriptors, *_ = socket.recv_fds(requests, _LONGEST, 1)
                if not told:
                    break
                jobs.append(_begin(json.loads(told), socket.socket(fileno=descriptors[0])))
    for job in jobs:
        job.end()


def _begin(job: dict[str, Any], waiting: socket.socket) -> _Job:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _work(job, writing)
    os.close(writing)
    return _Job(waiting, pid, reading)


def _work(job: dict[str, Any], writing: int) -> NoReturn:
    """Do one job in this process and end it."""
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for each in (0, 1, 2):
            os.dup2(nowhere, each)
        writing = os.dup2(writing, 3)
        os.closerange(4, 1024)  # other jobs, and the answers to them, are none of its business
        limit()
        signal.alarm(job["seconds"])  # nobody handles it: it ends the process
        os.nice(_NICENESS)
        target, image_format = Path(job["target"]), ImageFormat(job["format"])
        with target.open("w+b") as file:
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
        if image_format.upload:
            target.write(data)
            target.seek(0)
            data = b""  # in memory there is either the file or its picture
        image, size = decode(data or target, image_format)
    facts |= {"format": image_format, "width": size[0], "height": size[1], **see(image)}
    kind, scaled = image_format.upload, None
    if kind is None or target.seek(0, os.SEEK_END) > MASKO_BYTES:
        # A photo stays a JPEG, which keeps far more of it within the limit; everything else becomes PNG.
        kept = ImageFormat.JPEG if image_format is ImageFormat.JPEG else ImageFormat.PNG
        data, written = encode(image, kept)
        kind, scaled = kept.upload, None if written == size else written
        target.seek(0)
        target.truncate()
        target.write(data)
    return {"facts": facts, "type": kind, "scaled": scaled, "missing": missing}
