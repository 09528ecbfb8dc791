"""A file as a multipart form, read in pieces and off the event loop.

httpx reads a file object of a form on the event loop itself (its `MultipartStream` iterates
synchronously under an AsyncClient): one slow disk would hold up every thread's card.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import httpx

from bot.masko.calls import FilePart, encodable

CHUNK_BYTES = 256 * 1024
"""How much of a file is in memory at a time."""

LONGEST_FILENAME = 200
"""Characters; a header line of a few kilobytes is refused by common servers."""

_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


class FileForm(httpx.AsyncByteStream):
    """The body of one `multipart/form-data` request with the single field `file`.

    Args:
        file: an open binary file, read from where it stands.
        size: how many bytes of it to send; no more are read, even if the file has grown since.
        filename: as the poster named it; see `quoted_filename`.
        content_type: the image's media type.

    Attributes:
        headers: Content-Type with the boundary, and the exact Content-Length.
    """

    def __init__(self, file: BinaryIO, *, size: int, filename: str, content_type: str) -> None:
        boundary = secrets.token_hex(16)
        media_type = content_type if _MEDIA_TYPE.fullmatch(content_type) else "application/octet-stream"
        self._file = file
        self._size = size
        self._opening = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{quoted_filename(filename)}"\r\n'
            f"Content-Type: {media_type}\r\n\r\n"
        ).encode()
        self._closing = f"\r\n--{boundary}--\r\n".encode()
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._opening) + size + len(self._closing)),
        }

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._opening
        left = self._size
        while left and (chunk := await asyncio.to_thread(self._file.read, min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
        yield self._closing


@asynccontextmanager
async def file_form(part: FilePart) -> AsyncIterator[FileForm]:
    """Opens the file for as long as it is being sent.

    Raises:
        OSError: the file is not there or cannot be read.
    """
    file = await _opened(part.path)
    try:
        size = os.fstat(file.fileno()).st_size
        yield FileForm(file, size=size, filename=part.filename, content_type=part.content_type)
    finally:
        await asyncio.to_thread(file.close)


async def _opened(path: Path) -> BinaryIO:
    """A file, opened in a thread; whoever is cancelled meanwhile leaves none open."""
    opening = asyncio.ensure_future(asyncio.to_thread(path.open, "rb"))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise


def _close(opened: asyncio.Future[BufferedReader]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


def quoted_filename(filename: str) -> str:
    """A filename that cannot end its header: UTF-8 as browsers send it, the quote as `%22`.

    RFC 7578 section 4.2 forbids `filename*`; the HTML standard ("multipart/form-data encoding")
    escapes the quote and line breaks.  Control characters and both slashes become `_`, because
    servers disagree on what a backslash means there.  A long name keeps its end, the extension.
    """
    safe = "".join("_" if c in "/\\" or unicodedata.category(c) == "Cc" else c for c in encodable(filename))
    stem, dot, extension = safe.rpartition(".")
    if len(safe) > LONGEST_FILENAME and dot and len(extension) < 20:
        safe = f"{stem[: LONGEST_FILENAME - len(extension) - 1]}.{extension}"
    return safe[:LONGEST_FILENAME].replace('"', "%22") or "image"
