"""Download of files from Slack, without trusting what comes back.

The bot's token opens every file that the bot may see, so it goes to Slack's hosts alone.  Redirects are
followed by hand: on Enterprise Grid `files.slack.com` sends on to `files-origin.slack.com`, and a library
that drops the token there ends on the sign-in page, served with status 200 (slackapi/bolt-js #2585).
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from contextlib import aclosing
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from bot.slack.errors import DownloadError, Reason, busy, read_retry_after
from bot.slack.post_images import may_see_token, read_origin

MAX_REDIRECTS = 3

_CHUNK = 65_536  # bytes; written between two reads, a matter of microseconds
_HEAD = 2048  # bytes looked at to tell a web page
_TIMEOUT = httpx.Timeout(20.0, connect=10.0)  # seconds, each wait of one request


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file on disk: `size` in bytes, `content_type` as Slack says it ("" when it does not)."""

    path: Path
    size: int
    content_type: str


def looks_like_web_page(head: bytes) -> bool:
    """Whether the first bytes of a file start an HTML page, as Slack's sign-in page does."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


@dataclass(frozen=True)
class SlackFiles:
    """Fetches files from Slack."""

    http: httpx.AsyncClient  # its proxies and certificates are used, not its cookies, headers or login
    _: KW_ONLY
    api_url: str  # the configured Web API, whose origin is trusted like Slack's
    max_bytes: int = 20_000_000  # the most that is taken of one file
    total_seconds: float = 120.0  # the longest for one download, redirects and a slow drip included

    async def download(self, url: str, *, token: SecretStr, into: Path) -> Downloaded:
        """Download `url_private_download` or `url_private` into a folder for the time being.

        The bytes are not judged, except that a web page is no file.  Raises DownloadError, and OSError
        of the disk.
        """
        try:
            async with asyncio.timeout(self.total_seconds):
                return await self._follow(url, f"Bearer {token.get_secret_value()}", into)
        except TimeoutError:
            raise DownloadError(Reason.INTERRUPTED, f"longer than {self.total_seconds:g} s") from None
        except httpx.InvalidURL:
            raise _outside("") from None
        except httpx.RequestError as error:
            raise DownloadError(Reason.INTERRUPTED, type(error).__name__) from error

    async def _follow(self, url: str, bearer: str, into: Path) -> Downloaded:
        for _ in range(MAX_REDIRECTS + 1):
            if not may_see_token(url, self.api_url):
                raise _outside(url)
            async with aclosing(await self._get(url, bearer)) as response:
                if not response.has_redirect_location:
                    return await self._save(response, into)
            url = str(httpx.URL(url).join(response.headers["Location"]))
        raise DownloadError(Reason.REDIRECTED, f"more than {MAX_REDIRECTS} times")

    async def _get(self, url: str, bearer: str) -> httpx.Response:
        request = httpx.Request(
            "GET",
            url,
            headers={"Authorization": bearer, "Accept-Encoding": "identity", "User-Agent": "masko-slack"},
            extensions={"timeout": _TIMEOUT.as_dict()},
        )
        return await self.http.send(request, stream=True, auth=None, follow_redirects=False)

    async def _save(self, response: httpx.Response, into: Path) -> Downloaded:
        expect_file(response.status_code, response.headers, self.max_bytes)
        # A sign-in page says what it is; a web page that somebody named hero.png is the file itself.
        is_image = _content_type(response.headers).startswith("image/")
        size = 0
        with tempfile.NamedTemporaryFile(dir=into, prefix="slack-", delete=False) as file:
            async for chunk in response.aiter_raw(_CHUNK):
                if size == 0 and not is_image and looks_like_web_page(chunk[:_HEAD]):
                    raise DownloadError(Reason.MISSING_SCOPE, "the bytes are a web page")
                size += len(chunk)
                if size > self.max_bytes:
                    raise _too_large(self.max_bytes)
                file.write(chunk)
            if _content_length(response.headers) not in (None, size):
                raise DownloadError(Reason.INTERRUPTED, "not as long as announced")
        return Downloaded(Path(file.name), size, _content_type(response.headers))


def expect_file(status: int, headers: httpx.Headers, max_bytes: int) -> None:
    """Raise DownloadError unless an answer, by status and headers, can hold a file of at most `max_bytes`."""
    if status != 200:
        raise _status_error(status, headers)
    if _content_type(headers) in ("text/html", "application/xhtml+xml"):
        raise DownloadError(Reason.MISSING_SCOPE, "the content type is a web page's")
    if (_content_length(headers) or 0) > max_bytes:
        raise _too_large(max_bytes)


def _status_error(status: int, headers: httpx.Headers) -> DownloadError:
    match status:
        case 429:
            return busy(read_retry_after(headers))
        case 401 | 403:
            reason = Reason.FORBIDDEN
        case 404 | 410:
            reason = Reason.GONE
        case _:
            reason = Reason.INTERRUPTED if status == 408 or status >= 500 else Reason.UNEXPECTED
    return DownloadError(reason, f"status {status}")


def _too_large(limit: int) -> DownloadError:
    return DownloadError(Reason.TOO_LARGE, f"{limit / 1_000_000:g} MB")


def _outside(url: str) -> DownloadError:
    """Return the error for an address that must not be asked; its host alone is told."""
    origin = read_origin(url)
    return DownloadError(Reason.OUTSIDE, origin.host if origin else "an address that cannot be read")


def _content_length(headers: httpx.Headers) -> int | None:
    said = headers.get("Content-Length", "").strip()
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else None


def _content_type(headers: httpx.Headers) -> str:
    return str(headers.get("Content-Type", "")).partition(";")[0].strip().lower()
