"""The client over a real connection to a real server: what MockTransport cannot show."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.masko import MaskoClient
from bot.masko.errors import MaskoAnswerLost, MaskoUnreachable
from bot.masko.rate_limit import RateLimiter
from bot.masko.responses import Asset
from tests.masko.fake import AT_ONCE, FakeMasko, masko

SIZE = 3_000_000
KEY = SecretStr("masko_key")


async def upload(request: web.Request) -> web.Response:
    """Answers with what it understood of the form."""
    reader = await request.multipart()
    part = await reader.next()
    content = await part.read() if part is not None and hasattr(part, "read") else b""
    name = getattr(part, "filename", "")
    told = f"{name}|{len(content)}|{request.content_length is not None}|{await reader.next() is None}"
    return web.json_response({"data": {"asset_id": told}})


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = web.Application(client_max_size=2 * SIZE)
    app.router.add_post("/v1/upload", upload)
    app.router.add_post("/v1/collections", hang_up)
    async with TestServer(app) as server:
        yield str(server.make_url("/v1"))


async def test_a_file_arrives_as_a_form(address: str, tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(bytes(SIZE))
    async with httpx.AsyncClient() as http:
        client = MaskoClient(api_key=KEY, base_url=address, http=http, limiter=RateLimiter())
        asset = await client.upload_file(path, filename='狐 "big".png', content_type="image/png")
    assert asset == Asset(f"狐 %22big%22.png|{SIZE}|True|True")


async def test_a_connection_that_breaks_after_sending_is_an_answer_lost(address: str) -> None:
    async with httpx.AsyncClient() as http:
        client = MaskoClient(api_key=KEY, base_url=address, http=http, limiter=RateLimiter())
        with pytest.raises(MaskoAnswerLost):
            await client.create_mascot(project_id="prj_1")


async def test_a_closed_port_is_unreachable(unused_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{unused_tcp_port}/v1"
    async with httpx.AsyncClient() as http:
        client = MaskoClient(
            api_key=KEY,
            base_url=address,
            http=http,
            limiter=RateLimiter(),
            timeouts=AT_ONCE,
        )
        with pytest.raises(MaskoUnreachable):
            await client.create_mascot(project_id="prj_1")


class Pieces(httpx.AsyncBaseTransport):
    """Takes a request piece by piece, and remembers how large they were and how much memory it all took."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.peak = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        tracemalloc.start()
        self.sizes = [len(piece) async for piece in request.stream]
        self.peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return httpx.Response(200, json={"data": {"asset_id": request.headers["content-length"]}})


async def test_a_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(bytes(SIZE))
    pieces = Pieces()
    client = masko(FakeMasko(), http=httpx.AsyncClient(transport=pieces))
    asset = await client.upload_file(path, filename="big.png", content_type="image/png")
    assert asset == Asset(str(sum(pieces.sizes)))
    assert max(pieces.sizes) <= 64 * 1024
    assert pieces.peak < SIZE / 4


@pytest.mark.parametrize(
    ("filename", "parsed"),
    [
        ('the "hero".png', "the %22hero%22.png"),
        ('x"; name="other', "x%22; name=%22other"),
        ("a\r\nContent-Type: text/html\r\n\r\n<b>.png", "a%0D%0AContent-Type: text_html%0D%0A%0D%0A<b>.png"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("C:\\mascots\\fox.png", "C:_mascots_fox.png"),
        ("\udcff.png", "?.png"),
        ("", "image"),
        pytest.param("x" * 300 + ".webp", "x" * 195 + ".webp", id="long"),
    ],
)
async def test_a_filename_cannot_leave_its_place(filename: str, parsed: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x89PNG\r\n--")
    fake = FakeMasko()
    await masko(fake).upload_file(tmp_path / "file", filename=filename, content_type="image/png")
    assert fake.uploads == [(parsed, b"\x89PNG\r\n--")]


async def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await masko(FakeMasko()).upload_file(tmp_path / "x", filename="x.png", content_type="image/png")
