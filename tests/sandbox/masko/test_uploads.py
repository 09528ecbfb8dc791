"""Uploads: forms, links, and everything that is no accepted picture."""

from __future__ import annotations

import io

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.sandbox.masko.pictures import MOST_BYTES, decode
from bot.sandbox.masko.refusals import Refusal
from bot.sandbox.tracing.handles import fingerprint
from tests.sandbox.masko.conftest import Bench, Start, encoded

TRUNCATED = encoded(size=(200, 200))[:-60]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_the_four_formats_are_kept_as_they_came(bench: Bench, format: str) -> None:
    data = encoded(format)
    answer = await bench.http.post("upload", files={"file": ("any.name", data, "text/plain")})
    assert (answer.status_code, set(answer.json()["data"])) == (201, {"asset_id"})
    asset = bench.masko.assets[answer.json()["data"]["asset_id"]]
    assert (asset.data, asset.format, asset.width, asset.height) == (data, format, 8, 6)
    assert asset.filename == "any.name"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (encoded("BMP"), "Unsupported file: BMP"),
        (encoded("TIFF"), "Unsupported file: TIFF"),
        (encoded("AVIF"), "Unsupported file: AVIF"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "Unsupported file: HEIC"),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "video"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "Unsupported file: SVG"),
        (b"<!DOCTYPE html><title>Sign in</title>", "an HTML page"),
        (b"%PDF-1.7", "PDF"),
        (b"hello", "not a picture"),
        (b"\x89PNG\r\n\x1a\nnothing", "a damaged PNG"),
        (TRUNCATED, "The PNG is damaged or incomplete"),
        (bytes(MOST_BYTES + 1), "larger than 10 MB"),
        (encoded(size=(7100, 7100), mode="1"), "more than 50 megapixels"),
        (encoded(size=(10_000, 9_500), mode="1"), "more than 50 megapixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_anything_else_is_refused_by_name(bench: Bench, data: bytes, words: str) -> None:
    answer = await bench.http.post("upload", files={"file": ("fox.png", data, "image/png")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert words in answer.json()["error"]["message"]
    assert words in bench.findings()[0]
    assert not bench.masko.assets


async def test_the_field_is_called_file(bench: Bench) -> None:
    other = await bench.http.post("upload", files={"image": ("fox.png", encoded())})
    more = await bench.http.post("upload", files={"file": ("fox.png", encoded())}, data={"name": "fox"})
    none = await bench.http.post("upload", content=b"", headers={"Content-Type": "multipart/form-data"})
    raw = await bench.http.post("upload", content=encoded(), headers={"Content-Type": "image/png"})
    assert [answer.status_code for answer in (other, more, none, raw)] == [400] * 4
    assert "Unknown form field 'image'" in other.json()["error"]["message"]
    assert "Unknown form field 'name'" in more.json()["error"]["message"]
    assert "Content-Type must be application/json" in raw.json()["error"]["message"]


async def test_the_inspector_shows_the_file_without_its_bytes(bench: Bench) -> None:
    await bench.upload()
    [entry] = bench.inspector.after(0)
    assert (entry.kind, entry.title, entry.ok) == ("masko", "POST /v1/upload", True)
    facts = {"filename": "fox.png", "bytes": len(encoded()), "fingerprint": fingerprint(encoded())}
    assert entry.request == {"file": facts}


def noisy(format: str) -> bytes:
    """A picture whose file has bytes to spare."""
    target = io.BytesIO()
    Image.linear_gradient("L").resize((24, 16)).convert("RGB").save(target, format)
    return target.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_file_that_ends_too_early_is_refused_wherever_it_ends(format: str) -> None:
    whole = noisy(format)
    accepted = [end for end in range(len(whole)) if accepts(whole[:end])]
    assert len(accepted) <= 24  # checksums and end marks may be missing: every pixel is there


def accepts(data: bytes) -> bool:
    """Whether a file is taken; a Refusal is the only other way out."""
    try:
        decode(data)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"--b\r\nname: \xff\x0e--b--\r\n", {}),
        (b'--b\r\nContent-Disposition: form-data; name="*\x1e"\r\n\r\n--b--\r\n', {}),
        (b"--b\r\n", {}),
        (b"--b--\r\n", {"Content-Type": "multipart/form-data"}),
        (b"--b--\r\n", {"Content-Encoding": "gzip"}),
        (b"[" * 100_000, {"Content-Type": "application/json"}),
        (b'{"url": NaN}', {"Content-Type": "application/json"}),
        (b'"' + bytes(1_100_000) + b'"', {"Content-Type": "application/json"}),
    ],
    ids=["header", "name", "end", "boundary", "gzip", "depth", "nan", "size"],
)
async def test_a_body_that_cannot_be_read_is_a_bad_request(
    bench: Bench, content: bytes, headers: dict[str, str]
) -> None:
    told = {"Content-Type": "multipart/form-data; boundary=b", **headers}
    answer = await bench.http.post("upload", content=content, headers=told)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert "X-RateLimit-Remaining" in answer.headers


@pytest.fixture
async def pictures() -> TestServer:
    """A server of pictures on loopback; its origin."""

    async def picture(request: web.Request) -> web.Response:
        if request.path == "/moved.png":
            raise web.HTTPFound("/fox.png")
        if request.path == "/page.png":
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        return web.Response(body=encoded(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/{name}", picture)
    return TestServer(app, host="127.0.0.1")


async def test_links_to_allowed_origins_are_fetched(start: Start, pictures: TestServer) -> None:
    async with pictures:
        origin = str(pictures.make_url("/")).rstrip("/")
        bench = await start(fetch_from=[origin])
        upload = await bench.http.post("upload", json={"url": f"{origin}/fox.png"})
        body = {"project_id": bench.project_id, "reference_image_urls": [f"{origin}/a.png"]}
        made = (await bench.http.post("collections", json=body)).json()["data"]
        path = f"collections/{made['id']}/references"
        added = (await bench.http.post(path, json={"url": f"{origin}/b.png"})).json()["data"]
    assert upload.status_code == 201
    sources = [bench.masko.assets[each].source_url for each in added["config"]["reference_asset_ids"]]
    assert sources == [f"{origin}/a.png", f"{origin}/b.png"]


@pytest.mark.parametrize(("path", "words"), [("moved.png", "answered 302"), ("page.png", "an HTML page")])
async def test_a_link_that_leads_nowhere_is_nobodys_fault(
    start: Start, pictures: TestServer, path: str, words: str
) -> None:
    async with pictures:
        origin = str(pictures.make_url("/")).rstrip("/")
        bench = await start(fetch_from=[origin])
        answer = await bench.http.post("upload", json={"url": f"{origin}/{path}"})
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert bench.findings() == []


@pytest.mark.parametrize("url", ["fox.png", "file:///etc/passwd", "http://", "http://[::1", "http://a:b/"])
async def test_what_is_no_link_is_a_finding(bench: Bench, url: str) -> None:
    answer = await bench.http.post("upload", json={"url": url})
    assert answer.status_code == 400
    assert len(bench.findings()) == 1
