"""The program that decodes files: it forks one process for each, under limits of time and memory.

    python -c "from bot.images.decoder import main; main()"

Importing the decoders takes most of a second, forking a process that has them a few milliseconds.  So this
program imports them, looks at no file itself, and forks a process for each job.  Jobs come on stdin, one JSON
object a line: `format`, `source` and `target` (paths) and `seconds`; or, for a contact sheet, `sheet` (paths)
in the place of `source`.  Results go to stdout: `code`, the exit code (negative for a signal, 1 for
trouble of ours), and `answer`: JSON of what `process` returned or of a `refusal`, or a traceback.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import select
import signal
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
    with open(_STDIN, "rb", buffering=0) as jobs:
        while select.select([jobs], [], [], idle)[0] and (line := jobs.readline()):
            print(json.dumps(_forked(json.loads(line))), flush=True)


def _forked(job: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _work(job, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read(_LONGEST_ANSWER)
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), "answer": answer.decode(errors="replace")}


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
                    source = Path(job["source"]).read_bytes()
                    answer = process(source, image_format, target=file, folder=target.parent)
            except (ImageRefused, MemoryError) as error:
                refusal = error if isinstance(error, ImageRefused) else too_complex(image_format)
                answer = {"refusal": vars(refusal)}
        os.write(writing, json.dumps(answer).encode())
        code = 0
    except BaseException:
        os.write(writing, traceback.format_exc().encode())
    finally:
        os._exit(code)


def process(source: bytes, image_format: ImageFormat, *, target: BinaryIO, folder: Path) -> dict[str, Any]:
    """Measure a file and write to `target` what is to be uploaded.

    Return `facts`, the fields of `ImageFacts` but for the name; `type` (suffix, content type) of the file to
    upload; `scaled` and `missing` as in `PreparedImage`.
    """
    data, missing = source, list[str]()
    if image_format is ImageFormat.SVG:
        image, missing = draw(source, folder=folder)
        size = image.size
    else:
        forbid_files()
        data = bare(source, image_format)
        data = with_end(data) if image_format is ImageFormat.JPEG else data
        image, size = decode(data, image_format)
    facts = {"format": image_format, "width": size[0], "height": size[1], "size": len(source)}
    facts |= {"sha256": hashlib.sha256(source).hexdigest(), **see(image)}
    kind, scaled = image_format.upload, None
    if kind is None or len(data) > MASKO_BYTES:
        # A photo stays a JPEG, which keeps far more of it within the limit; everything else becomes PNG.
        kept = ImageFormat.JPEG if image_format is ImageFormat.JPEG else ImageFormat.PNG
        data, written = encode(image, kept)
        kind, scaled = kept.upload, None if written == size else written
    target.write(data)
    return {"facts": facts, "type": kind, "scaled": scaled, "missing": missing}
