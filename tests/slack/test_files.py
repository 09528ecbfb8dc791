"""Fetching a file's bytes from a Slack that may answer anything."""

from __future__ import annotations

import asyncio
import gzip
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.errors import BotError
from bot.slack.errors import DownloadError, Reason, files_info_error
from bot.slack.files import Downloaded, SlackFiles, looks_like_web_page

TOKEN = "xoxb-not-a-token-1234"
SLACK = "https://slack.com/api/"
SANDBOX = "http://127.0.0.1:8741/api/"
URL = "https://files.slack.com/files-pri/T1-F1/download/felix.png"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
PNG_TYPE = {"Content-Type": "image/png"}
PAGE = b"<!DOCTYPE html><html><title>Slack</title></html>"

Answer = Callable[[httpx.Request], httpx.Response]


class FakeSlack:
    """Answers by address, and remembers what it was asked."""

    def __init__(self, answers: dict[str, Answer | httpx.Response]) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers[str(request.url)]
        given = answer(request) if callable(answer) else answer
        if not given.is_stream_consumed:
            return given
        return httpx.Response(
            given.status_code, headers=given.headers, stream=httpx.ByteStream(given.content)
        )

    @property
    def tokens(self) -> list[tuple[str, str | None]]:
        return [(request.url.host, request.headers.get("Authorization")) for request in self.asked]


async def fetch(
    slack: FakeSlack,
    into: Path,
    *,
    url: str = URL,
    api_url: str = SLACK,
    max_bytes: int = 20_000_000,
    total_seconds: float = 5.0,
) -> Downloaded:
    async with httpx.AsyncClient(transport=httpx.MockTransport(slack)) as http:
        files = SlackFiles(http, api_url=api_url, max_bytes=max_bytes, total_seconds=total_seconds)
        return await files.download(url, token=SecretStr(TOKEN), into=into)


async def failure(
    answer: Answer | httpx.Response, into: Path, *, max_bytes: int = 20_000_000, total_seconds: float = 5.0
) -> DownloadError:
    """The error that an answer ends in."""
    with pytest.raises(DownloadError) as caught:
        await fetch(FakeSlack({URL: answer}), into, max_bytes=max_bytes, total_seconds=total_seconds)
    return caught.value


def redirect(location: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": location})


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_file_arrives_as_it_is(tmp_path: Path) -> None:
    slack = FakeSlack({URL: httpx.Response(200, headers={"Content-Type": "Image/PNG; x=1"}, content=PNG)})
    got = await fetch(slack, tmp_path)
    assert got.path.parent == tmp_path
    assert got.path.read_bytes() == PNG
    assert (got.size, got.content_type) == (len(PNG), "image/png")
    [request] = slack.asked
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Accept-Encoding"] == "identity"


async def test_a_file_of_many_chunks_without_length_or_type(tmp_path: Path) -> None:
    big = PNG * 200
    got = await fetch(
        FakeSlack(
            {URL: httpx.Response(200, content=stream(*[big[i : i + 997] for i in range(0, len(big), 997)]))}
        ),
        tmp_path,
    )
    assert got.path.read_bytes() == big
    assert (got.size, got.content_type) == (len(big), "")


async def test_an_empty_file_is_for_others_to_judge(tmp_path: Path) -> None:
    got = await fetch(FakeSlack({URL: httpx.Response(200, headers=PNG_TYPE, content=b"")}), tmp_path)
    assert (got.size, got.path.read_bytes()) == (0, b"")


async def test_two_downloads_into_one_folder_do_not_meet(tmp_path: Path) -> None:
    slack = FakeSlack({URL: lambda _: httpx.Response(200, content=PNG)})
    one, two = await asyncio.gather(fetch(slack, tmp_path), fetch(slack, tmp_path))
    assert one.path != two.path


async def test_only_the_token_goes_along(tmp_path: Path) -> None:
    """Whatever the client is used to send to others stays out; so do the cookies that Slack sets."""
    slack = FakeSlack(
        {
            URL: httpx.Response(
                302, headers={"Location": "/b.png", "Set-Cookie": "d=1; Domain=slack.com; Path=/"}
            ),
            "https://files.slack.com/b.png": httpx.Response(200, content=PNG),
        }
    )
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(slack),
        auth=("netrc", "password"),
        headers={"X-Masko": "secret"},
        cookies={"session": "secret"},
        params={"key": "secret"},
        follow_redirects=True,
    ) as http:
        await SlackFiles(http, api_url=SLACK).download(URL, token=SecretStr(TOKEN), into=tmp_path)
    for request in slack.asked:
        assert set(request.headers) == {"host", "authorization", "accept-encoding", "user-agent"}
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert not request.url.query


GRID = "https://files-origin.slack.com/files-pri/T1-F1/felix.png"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_enterprise_grid_keeps_the_token(tmp_path: Path, status: int) -> None:
    slack = FakeSlack({URL: redirect(GRID, status), GRID: httpx.Response(200, content=PNG)})
    assert (await fetch(slack, tmp_path)).size == len(PNG)
    assert slack.tokens == [
        ("files.slack.com", f"Bearer {TOKEN}"),
        ("files-origin.slack.com", f"Bearer {TOKEN}"),
    ]


async def test_the_configured_api_may_hold_the_files(tmp_path: Path) -> None:
    url, moved = "http://127.0.0.1:8741/files/F1", "http://127.0.0.1:8741/files/F1/felix.png"
    slack = FakeSlack({url: redirect("/files/F1/felix.png"), moved: httpx.Response(200, content=PNG)})
    assert (await fetch(slack, tmp_path, url=url, api_url=SANDBOX)).size == len(PNG)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.com/felix.png",
        "//evil.com/felix.png",
        "https://slack.com.evil.com/felix.png",
        "https://slack.com@evil.com/felix.png",
        "https://slack.com\\@evil.com/felix.png",
        "https://user:pw@files.slack.com/felix.png",
        "http://files.slack.com/felix.png",
        "http://127.0.0.1/felix.png",
        "https://files.slack.com:8443/felix.png",
        "https://slack-files.com/T1-F1-abc",
        "file:///etc/passwd",
        "https://[evil/felix.png",
        "data:image/png;base64,AAAA",
    ],
)
@pytest.mark.parametrize("api_url", [SLACK, SANDBOX], ids=["slack", "sandbox"])
async def test_a_redirect_leads_nowhere_else(tmp_path: Path, location: str, api_url: str) -> None:
    slack = FakeSlack({URL: redirect(location)})
    with pytest.raises(DownloadError) as caught:
        await fetch(slack, tmp_path, api_url=api_url)
    assert caught.value.reason is Reason.OUTSIDE
    assert slack.tokens == [("files.slack.com", f"Bearer {TOKEN}")]
    assert "Slack" in caught.value.words


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.com/a.png",
        "http://files.slack.com/a.png",
        "https://x@slack.com/a",
        "nonsense",
        "https://slack.com/" + "a" * 70_000,
    ],
)
async def test_a_foreign_address_is_not_asked(tmp_path: Path, url: str) -> None:
    slack = FakeSlack({})
    with pytest.raises(DownloadError) as caught:
        await fetch(slack, tmp_path, url=url)
    assert caught.value.reason is Reason.OUTSIDE
    assert slack.asked == []


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("https://evil.com/secret?token=1", "evil.com"),
        ("https://user:pw@evil.com", "an address that cannot be read"),
    ],
)
async def test_of_a_foreign_address_its_host_is_told_and_no_more(
    tmp_path: Path, url: str, detail: str
) -> None:
    with pytest.raises(DownloadError) as caught:
        await fetch(FakeSlack({}), tmp_path, url=url)
    assert str(caught.value) == f"outside: {detail}"


@pytest.mark.parametrize(("hops", "arrives"), [(1, True), (3, True), (4, False)])
async def test_redirects_end(tmp_path: Path, hops: int, arrives: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params.get("hop", "0"))
        return redirect(f"?hop={at + 1}") if at < hops else httpx.Response(200, content=PNG)

    slack = FakeSlack({URL: answer, **{f"{URL}?hop={hop}": answer for hop in range(1, 9)}})
    if arrives:
        assert (await fetch(slack, tmp_path)).size == len(PNG)
    else:
        with pytest.raises(DownloadError) as caught:
            await fetch(slack, tmp_path)
        assert caught.value.reason is Reason.REDIRECTED
    assert len(slack.asked) == min(hops, 3) + 1


STATUSES: list[tuple[int, Reason, bool]] = [
    (401, Reason.FORBIDDEN, False),
    (403, Reason.FORBIDDEN, False),
    (404, Reason.GONE, False),
    (410, Reason.GONE, False),
    (429, Reason.BUSY, True),
    (408, Reason.INTERRUPTED, True),
    (500, Reason.INTERRUPTED, True),
    (502, Reason.INTERRUPTED, True),
    (503, Reason.INTERRUPTED, True),
    (204, Reason.UNEXPECTED, False),
    (206, Reason.UNEXPECTED, False),
    (302, Reason.UNEXPECTED, False),  # without a Location
    (304, Reason.UNEXPECTED, False),
    (400, Reason.UNEXPECTED, False),
    (418, Reason.UNEXPECTED, False),
]


@pytest.mark.parametrize(("status", "reason", "worth_retrying"), STATUSES)
async def test_statuses(tmp_path: Path, status: int, reason: Reason, worth_retrying: bool) -> None:
    error = await failure(httpx.Response(status, content=PAGE), tmp_path)
    assert error.reason is reason
    assert error.worth_retrying is worth_retrying


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 30), ("7", 7), (" 0 ", 1), ("soon", 30), ("-1", 1), ("²", 30), ("999999", 3600)],
)
async def test_how_long_slack_is_busy(tmp_path: Path, header: str | None, seconds: float) -> None:
    headers = {} if header is None else {b"Retry-After": header.encode()}
    error = await failure(httpx.Response(429, headers=headers), tmp_path)
    assert error.reason is Reason.BUSY
    assert error.retry_after == seconds
    assert f"{seconds:.0f} s" in error.words


@pytest.mark.parametrize(
    "kind", ["text/html", "text/html; charset=utf-8", "TEXT/HTML", "application/xhtml+xml"]
)
async def test_the_sign_in_page_by_its_type(tmp_path: Path, kind: str) -> None:
    error = await failure(httpx.Response(200, headers={"Content-Type": kind}, content=b"anything"), tmp_path)
    assert error.reason is Reason.MISSING_SCOPE
    assert "files:read" in error.words
    assert "reinstall" in error.words


async def test_a_web_page_that_slack_calls_an_image_is_the_file_itself(tmp_path: Path) -> None:
    """Somebody named it hero.png; it is for the reader of images to say what it is."""
    page = httpx.Response(200, headers=PNG_TYPE, content=stream(b"<!DOCTYPE html><html>"))
    downloaded = await fetch(FakeSlack({URL: page}), tmp_path)
    assert downloaded.path.read_bytes().startswith(b"<!DOCTYPE")


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/octet-stream"}])
async def test_the_sign_in_page_by_its_bytes(tmp_path: Path, headers: dict[str, str]) -> None:
    slow = stream(b"\n ", b"<!DOC", b"TYPE html>", b"<html>" + b"x" * 100_000)
    assert (
        await failure(httpx.Response(200, headers=headers, content=slow), tmp_path)
    ).reason is Reason.MISSING_SCOPE


async def test_a_redirect_to_the_sign_in_page(tmp_path: Path) -> None:
    page = httpx.Response(200, headers={"Content-Type": "text/html"}, content=PAGE)
    slack = FakeSlack(
        {URL: redirect("https://acme.slack.com/?redir=x"), "https://acme.slack.com/?redir=x": page}
    )
    with pytest.raises(DownloadError) as caught:
        await fetch(slack, tmp_path)
    assert caught.value.reason is Reason.MISSING_SCOPE


@pytest.mark.parametrize(
    ("head", "is_page"),
    [
        (b"<!doctype html>", True),
        (b"<html>", True),
        (b"<HtMl lang=en>", True),
        (b"\xef\xbb\xbf<html>", True),
        (b"\xef\xbb\xbf \r\n\t<!doctype html>", True),
        (b"", False),
        (PNG, False),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", False),
        (b"\xff\xfe", False),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", False),
        (b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC 'x'><svg>", False),
        (b"<!-- <html> --><svg>", False),
        (b"<header>", False),
        (b"GIF89a<html>", False),
    ],
)
def test_what_looks_like_a_web_page(head: bytes, is_page: bool) -> None:
    assert looks_like_web_page(head) is is_page


async def test_too_large_by_its_announced_length(tmp_path: Path) -> None:
    answer = httpx.Response(200, headers={"Content-Length": "101"}, content=stream(b"x"))
    error = await failure(answer, tmp_path, max_bytes=100)
    assert error.reason is Reason.TOO_LARGE
    assert "larger than 0.0001 MB" in error.words


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "5"}, {"Content-Length": "nonsense"}])
async def test_too_large_whatever_was_announced(tmp_path: Path, headers: dict[str, str]) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 10_000
            yield b"x" * 10_000

    error = await failure(
        httpx.Response(200, headers=headers, content=endless()), tmp_path, max_bytes=100_000
    )
    assert error.reason is Reason.TOO_LARGE
    assert read < 300_000


async def test_as_large_as_allowed(tmp_path: Path) -> None:
    got = await fetch(FakeSlack({URL: httpx.Response(200, content=PNG)}), tmp_path, max_bytes=len(PNG))
    assert got.size == len(PNG)


@pytest.mark.parametrize("length", [len(PNG) - 1, len(PNG) + 1, 0])
async def test_a_length_that_was_not_kept(tmp_path: Path, length: int) -> None:
    answer = httpx.Response(200, headers={"Content-Length": str(length)}, content=stream(PNG))
    assert (await failure(answer, tmp_path)).reason is Reason.INTERRUPTED


async def test_a_compressed_answer_is_not_unpacked(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=stream(bomb))
    assert (await fetch(FakeSlack({URL: answer}), tmp_path)).size == len(bomb)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.ReadError,
        httpx.PoolTimeout,
        httpx.RemoteProtocolError,
    ],
)
async def test_network_faults(tmp_path: Path, fault: type[httpx.TransportError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault("boom", request=request)

    error = await failure(fail, tmp_path)
    assert error.reason is Reason.INTERRUPTED
    assert (error.detail, error.worth_retrying) == (fault.__name__, True)


async def test_a_connection_lost_in_the_middle(tmp_path: Path) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        raise httpx.ReadError("boom")

    assert (await failure(httpx.Response(200, content=cut()), tmp_path)).reason is Reason.INTERRUPTED


async def test_a_slow_drip_ends(tmp_path: Path) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 70_000
            await asyncio.sleep(0.01)

    error = await failure(httpx.Response(200, content=drip()), tmp_path, total_seconds=0.1)
    assert error.reason is Reason.INTERRUPTED
    assert error.detail == "longer than 0.1 s"


async def test_the_answer_is_closed_whatever_it_was(tmp_path: Path) -> None:
    answers = [redirect(GRID), httpx.Response(503, content=stream(b"x"))]
    with pytest.raises(DownloadError) as caught:
        await fetch(FakeSlack({URL: answers[0], GRID: answers[1]}), tmp_path)
    assert caught.value.reason is Reason.INTERRUPTED
    assert all(answer.is_closed for answer in answers)


async def test_a_missing_folder_is_no_fault_of_slack(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await fetch(FakeSlack({URL: httpx.Response(200, content=PNG)}), tmp_path / "missing")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=PNG),
        httpx.Response(200, content=PAGE),
        httpx.Response(403),
        httpx.Response(429),
        redirect("https://evil.com/secret"),
        redirect("?again"),
    ],
)
async def test_the_token_is_told_to_nobody(
    tmp_path: Path, answer: httpx.Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = ""
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(FakeSlack({URL: answer, f"{URL}?again": answer}))
    ) as http:
        files = SlackFiles(http, api_url=SLACK)
        try:
            told += repr(await files.download(URL, token=SecretStr(TOKEN), into=tmp_path))
        except DownloadError as error:
            told += repr(error) + str(error) + error.words + "".join(traceback.format_exception(error))
        told += repr(files) + str(vars(files))
    assert TOKEN not in told + caplog.text
    assert "evil.com/secret" not in told


@pytest.mark.parametrize("error", [DownloadError(reason, "status 418") for reason in Reason], ids=str)
def test_words_are_sentences_of_their_own(error: DownloadError) -> None:
    assert isinstance(error, BotError)
    assert error.words != BotError().words
    assert error.words[0].isupper()
    assert error.words.endswith(".")
    assert not any(mark in error.words for mark in ("http", "xoxb", "*", "<", "_"))


@pytest.mark.parametrize(
    ("limit", "said"), [(20_000_000, "larger than 20 MB"), (2_500_000, "larger than 2.5 MB")]
)
async def test_the_limit_is_said_in_megabytes(tmp_path: Path, limit: int, said: str) -> None:
    answer = httpx.Response(200, headers={"Content-Length": "20000001"}, content=stream(b"x"))
    assert said in (await failure(answer, tmp_path, max_bytes=limit)).words


@pytest.mark.parametrize(
    ("code", "reason", "worth_retrying"),
    [
        ("file_deleted", Reason.GONE, False),
        ("file_not_found", Reason.GONE, False),
        ("access_denied", Reason.FORBIDDEN, False),
        ("not_visible", Reason.FORBIDDEN, False),
        ("missing_scope", Reason.MISSING_SCOPE, False),
        ("ratelimited", Reason.BUSY, True),
        ("internal_error", Reason.INTERRUPTED, True),
        ("invalid_auth", Reason.UNEXPECTED, False),
    ],
)
def test_what_files_info_says(code: str, reason: Reason, worth_retrying: bool) -> None:
    error = files_info_error(code)
    assert error.reason is reason
    assert error.worth_retrying is worth_retrying
