"""The form that carries a file: what a parser makes of it, and how little of it is in memory."""

from __future__ import annotations

import asyncio
import io
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masko.calls import FilePart
from bot.masko.multipart import CHUNK_BYTES, LONGEST_FILENAME, FileForm, file_form, quoted_filename
from tests.masko.fake import parse_form

SIZE = 20 * CHUNK_BYTES + 7


class RecordingFile(io.BytesIO):
    """A file that remembers who read how much of it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads: list[int | None] = []
        self.readers: set[int] = set()

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads.append(size)
        self.readers.add(threading.get_ident())
        return super().read(size)


class Watched(io.FileIO):
    """A file that tells when it was closed."""

    def __init__(self, path: Path, was_closed: threading.Event) -> None:
        super().__init__(path)
        self._was_closed = was_closed

    def close(self) -> None:
        super().close()
        self._was_closed.set()


class SlowPath(type(Path())):  # type: ignore[misc]
    """A path on a disk that takes its time to open a file."""

    may_open: threading.Event
    was_closed: threading.Event

    def open(self, *arguments: Any, **options: Any) -> Any:
        self.may_open.wait(10)
        return Watched(self, self.was_closed)


async def test_whoever_is_cancelled_while_it_is_opened_leaves_no_file_open(tmp_path: Path) -> None:
    path = SlowPath(tmp_path / "fox.png")
    await asyncio.to_thread((tmp_path / "fox.png").write_bytes, b"fox")
    path.may_open, path.was_closed = threading.Event(), threading.Event()

    async def send() -> None:
        async with file_form(FilePart(path, "fox.png", "image/png")):
            pass

    sending = asyncio.create_task(send())
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    path.may_open.set()
    assert await asyncio.to_thread(path.was_closed.wait, 5)


async def joined(form: FileForm) -> bytes:
    return b"".join([chunk async for chunk in form])


@pytest.mark.parametrize(
    ("filename", "parsed"),
    [
        ("hero.png", "hero.png"),
        ('the "hero".png', "the %22hero%22.png"),
        ('x"; name="other', "x%22; name=%22other"),
        ("a\r\nContent-Type: text/html\r\n\r\n<b>.png", "a__Content-Type: text_html____<b>.png"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("C:\\mascots\\fox.png", "C:_mascots_fox.png"),
        ("", "image"),
        pytest.param("x" * 300 + ".webp", "x" * 195 + ".webp", id="long"),
        pytest.param("x" * 300, "x" * 200, id="long without an extension"),
    ],
)
async def test_a_filename_cannot_leave_its_place(filename: str, parsed: str) -> None:
    form = FileForm(io.BytesIO(b"\x89PNG\r\n--"), size=8, filename=filename, content_type="image/png")
    body = await joined(form)
    part = parse_form(form.headers["Content-Type"], body)
    assert part.get_filename() == parsed
    assert part.get_content_type() == "image/png"
    assert part.get_payload(decode=True) == b"\x89PNG\r\n--"
    assert form.headers["Content-Length"] == str(len(body))


def test_other_alphabets_travel_as_utf_8() -> None:
    assert quoted_filename("狐 Füchsin 🦊.png") == "狐 Füchsin 🦊.png"
    assert quoted_filename("\udcff.png") == "?.png"


@given(st.text(st.characters(codec=None)))
def test_no_filename_breaks_its_header(filename: str) -> None:
    quoted = quoted_filename(filename)
    assert quoted.encode()
    assert len(quoted.replace("%22", '"')) <= LONGEST_FILENAME
    assert not set('"\r\n\x00/\\') & set(quoted)


@pytest.mark.parametrize("told", ["", "png", "image/png\r\nX-Evil: 1", "image/png; charset=é"])
async def test_a_media_type_that_is_none_is_not_sent(told: str) -> None:
    form = FileForm(io.BytesIO(b""), size=0, filename="a.png", content_type=told)
    part = parse_form(form.headers["Content-Type"], await joined(form))
    assert part.get_content_type() == "application/octet-stream"


async def test_a_file_is_read_in_pieces_off_the_event_loop() -> None:
    file = RecordingFile(bytes(SIZE))
    form = FileForm(file, size=SIZE, filename="big.png", content_type="image/png")
    sizes = [len(chunk) async for chunk in form]
    assert max(sizes) == CHUNK_BYTES
    assert sum(sizes) == int(form.headers["Content-Length"])
    assert all(size is not None and 0 < size <= CHUNK_BYTES for size in file.reads)
    assert threading.get_ident() not in file.readers


async def test_a_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(bytes(SIZE))
    tracemalloc.start()
    try:
        async with file_form(FilePart(path, "big.png", "image/png")) as form:
            sent = sum([len(chunk) async for chunk in form])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent > SIZE
    assert peak < 6 * CHUNK_BYTES


async def test_a_file_that_grows_meanwhile_is_sent_as_it_was() -> None:
    form = FileForm(io.BytesIO(b"0123456789"), size=4, filename="a.png", content_type="image/png")
    body = await joined(form)
    assert len(body) == int(form.headers["Content-Length"])
    assert parse_form(form.headers["Content-Type"], body).get_payload(decode=True) == b"0123"


async def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async with file_form(FilePart(tmp_path / "gone.png", "gone.png", "image/png")):
            pass
