"""Drawings: drawn from their own bytes alone, within limits of time and memory."""

from __future__ import annotations

import base64
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from bot.images import ImageRefused, limits, pool
from bot.images.formats import ImageFormat
from bot.images.svg import Drawing
from bot.text import short_name
from tests.images.conftest import Preparing
from tests.images.samples import SVG, encoded, opened

SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(body: str, attributes: str = 'viewBox="0 0 100 100"', before: str = "") -> bytes:
    return f"{before}<svg {SPACES} {attributes}>{body}</svg>".encode()


SQUARE = '<rect width="100" height="100" fill="#00ff00"/>'


async def test_an_svg_is_drawn_as_png(preparing: Preparing) -> None:
    ready = await preparing(SVG, "logo.svg")
    image = opened(ready.path)
    assert (ready.filename, ready.content_type, ready.converted_from) == ("logo.png", "image/png", "SVG")
    assert image.size == (ready.facts.width, ready.facts.height) == (2048, 1024)
    assert image.getpixel((100, 500)) == (255, 0, 0, 255)
    assert image.getpixel((1900, 500)) == (0, 0, 255, 255)
    assert ready.facts.size == len(SVG)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="16" height="16"', (2048, 2048)),
        ('width="1e9" height="1e9"', (2048, 2048)),
        ('width="40mm" height="10mm"', (2048, 516)),
        ('width="40mm" height="10mm" viewBox="0 0 40 10"', (2048, 516)),
        ('width="16.3" height="16.7"', (1999, 2048)),
        ('viewBox="1,1 1.5 3.3"', (931, 2048)),
        ('width="10px" height=".5e1"', (2048, 1024)),
        ('width="100%" height="50%" viewBox="0 0 10 10"', (2048, 1024)),
        ('viewBox="0 0 100000000 50000000"', (2048, 1024)),
        ('width="1" height="1000" viewBox="0 0 1 1e3"', (2, 2048)),
    ],
)
async def test_whatever_size_it_claims_it_is_drawn_at_2048(
    preparing: Preparing, attributes: str, size: tuple[int, int]
) -> None:
    ready = await preparing(
        svg('<rect x="-100%" y="-100%" width="300%" height="300%" fill="#00ff00"/>', attributes)
    )
    assert (ready.facts.width, ready.facts.height) == size
    image = opened(ready.path)
    assert {image.getpixel(corner) for corner in ((0, 0), (size[0] - 1, size[1] - 1))} == {(0, 255, 0, 255)}


@pytest.mark.parametrize(
    "source",
    [
        b"<svg",
        SVG[:60],
        SVG[:-3],
        svg(""),
        svg("<g><rect/></g>"),
        svg(SQUARE, 'width="0" height="10"'),
        svg("<text>&nbsp;</text>"),
        svg(SQUARE).replace(b"<svg", b'<?xml version="1.0" encoding="klingon"?><svg', 1),
        b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="\xff\xfe"/></svg>',
    ],
)
async def test_a_damaged_or_empty_drawing_is_refused(preparing: Preparing, source: bytes) -> None:
    with pytest.raises(ImageRefused, match=r"logo\.svg is an SVG that can't be drawn"):
        await preparing(source, "logo.svg")


@contextmanager
def counting_server(answer: bytes) -> Iterator[tuple[str, list[str]]]:
    """A local web server that writes down what it is asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def _from_here(path: Path) -> str:
    return os.path.relpath(path)


RED_PNG = encoded(Image.new("RGB", (10, 10), "#ff0000"), ImageFormat.PNG)

REFERENCES = {
    "image": '<image width="100" height="100" href="{0}"/>',
    "xlink": '<image width="100" height="100" xlink:href="{0}"/>',
    "padded": '<image width="100" height="100" href="  {0} "/>',
    "use": '<use href="{0}#a"/>',
    "feImage": '<filter id="f"><feImage href="{0}"/></filter><rect width="9" height="9" filter="url(#f)"/>',
    "gradient": '<linearGradient id="g" href="{0}#g"/><rect width="9" height="9" fill="url(#g)"/>',
    "inside a pattern": '<pattern id="p"><g><image href="{0}"/></g></pattern>',
}


@pytest.mark.parametrize("where", ["file", "path", "relative", "http"])
async def test_a_drawing_that_needs_something_outside_is_refused(
    preparing: Preparing, tmp_path: Path, where: str
) -> None:
    red = tmp_path / "red.png"
    red.write_bytes(RED_PNG)
    with counting_server(RED_PNG) as (address, asked):
        target = {
            "file": red.as_uri(),
            "path": str(red),
            "relative": _from_here(red),
            "http": f"{address}/red.png",
        }[where]
        with pytest.raises(ImageRefused, match="which is never read") as refused:
            await preparing(svg(SQUARE + REFERENCES["image"].format(target)), "logo.svg")
    assert f"({short_name(target)})" in refused.value.words
    assert "Embed the linked images" in refused.value.words
    assert asked == []


@pytest.mark.parametrize("kind", REFERENCES)
@pytest.mark.parametrize("target", ["/etc/hostname", "photo.png", "//example.com/a.png", "x:y"])
def test_wherever_the_reference_stands_it_is_found(kind: str, target: str) -> None:
    with pytest.raises(ImageRefused, match="which is never read") as refused:
        Drawing(svg(SQUARE + REFERENCES[kind].format(target)))
    assert f"({target}" in refused.value.words


HARMLESS = {
    "import": "<style>@import url({0}); rect {{ fill: #00ff00 }}</style>",
    "font": "<style>@font-face {{ font-family: x; src: url({0}) }}</style>",
    "css image": "<style>rect {{ background: url({0}); mask-image: url({0}) }}</style>",
    "link": '<a href="{0}"><rect width="1" height="1"/></a>',
    "script": '<script href="{0}"/>',
    "foreign": '<foreignObject><x:img xmlns:x="http://www.w3.org/1999/xhtml" href="{0}"/></foreignObject>',
    "base": '<g xml:base="{0}"/>',
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_reference_that_the_picture_does_not_need_is_let_be(kind: str) -> None:
    Drawing(svg(SQUARE + HARMLESS[kind].format("http://example.com/a.css")))


async def test_a_reference_that_the_picture_does_not_need_is_not_followed(preparing: Preparing) -> None:
    with counting_server(RED_PNG) as (address, asked):
        body = SQUARE + "".join(HARMLESS.values()).format(f"{address}/red.png")
        ready = await preparing(svg(body))
    assert asked == []
    assert opened(ready.path).getpixel((1024, 1024)) == (0, 255, 0, 255)


async def test_a_style_sheet_beside_the_drawing_is_not_read(preparing: Preparing, tmp_path: Path) -> None:
    sheet = tmp_path / "style.css"
    sheet.write_text("rect { fill: #ff0000 }")
    before = f'<?xml version="1.0"?><?xml-stylesheet type="text/css" href="{sheet}"?>'
    ready = await preparing(svg(SQUARE, before=before))
    assert opened(ready.path).getpixel((9, 9)) == (0, 255, 0, 255)


@pytest.mark.parametrize(
    ("entity", "body", "refusal"),
    [
        ('<!ENTITY a SYSTEM "{0}">', "<g>&a;</g>", "damaged, cut off"),
        ('<!ENTITY % a SYSTEM "{0}"> %a;', "&b;", "damaged, cut off"),
        ('<!ENTITY a "{0}">', '<image href="&a;" width="9" height="9"/>', "which is never read"),
        ('<!ATTLIST image href CDATA "{0}">', '<image width="9" height="9"/>', "which is never read"),
    ],
)
async def test_entities_bring_nothing_in(
    preparing: Preparing, tmp_path: Path, entity: str, body: str, refusal: str
) -> None:
    inner = tmp_path / "inner.svg"
    inner.write_text(SQUARE)
    source = svg(SQUARE + body, before=f"<!DOCTYPE svg [{entity.format(inner)}]>")
    with pytest.raises(ImageRefused, match=refusal):
        await preparing(source)


async def test_entities_of_the_drawing_itself_are_resolved(preparing: Preparing) -> None:
    before = '<!DOCTYPE svg [<!ENTITY green "#00ff00">]>'
    ready = await preparing(svg('<rect width="100" height="100" fill="&green;"/>', before=before))
    assert opened(ready.path).getpixel((9, 9)) == (0, 255, 0, 255)


def _embedded(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize("image_format", [ImageFormat.PNG, ImageFormat.JPEG])
async def test_an_embedded_picture_is_drawn(preparing: Preparing, image_format: ImageFormat) -> None:
    data = encoded(Image.new("RGB", (10, 10), "#ff0000"), image_format)
    href = _embedded(data, image_format.value.lower())
    ready = await preparing(svg(f'<image x="49" y="49" width="2" height="2" href="{href}"/>'))
    red, green, blue, _ = opened(ready.path).getpixel((1024, 1024))  # type: ignore[misc]
    assert red > 250
    assert max(green, blue) < 5


async def test_letters_are_drawn_with_the_same_font_everywhere(preparing: Preparing) -> None:
    ready = await preparing(svg('<text x="5" y="60" font-size="40" font-family="No Such Font">Fox</text>'))
    assert opened(ready.path).getbbox() is not None


BOMBS = {
    "entities": svg(
        "<text>&j;</text>",
        before="<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'>"
        + "".join(f"<!ENTITY {chr(98 + at)} '{('&' + chr(97 + at) + ';') * 10}'>" for at in range(9))
        + "]>",
    ),
    "uses": svg(
        f"<defs><g id='g0'>{SQUARE}</g>"
        + "".join(f"<g id='g{at + 1}'>" + f"<use href='#g{at}'/>" * 10 + "</g>" for at in range(8))
        + "</defs><use href='#g8'/>"
    ),
    "depth": svg("<g>" * 100_000 + SQUARE + "</g>" * 100_000),
    "a loop": svg("<g id='a'><use href='#a'/></g>" * 2),
}


@pytest.mark.parametrize("kind", BOMBS)
async def test_a_drawing_that_explodes_is_refused(preparing: Preparing, kind: str) -> None:
    with pytest.raises(ImageRefused, match="is an SVG"):
        await preparing(BOMBS[kind], "bomb.svg")


LIMITED = """
import sys
from bot.images import limits
limits.limit()
{0}
"""


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("try: bytearray(limits.MEMORY)\nexcept MemoryError: print('no memory')", "no memory"),
        ("import resource; print(resource.getrlimit(resource.RLIMIT_CPU)[0])", str(limits.SECONDS)),
        ("limits.forbid_files()\ntry: open('/etc/passwd')\nexcept OSError: print('no files')", "no files"),
        (
            "import socket\nlimits.forbid_files()\ntry: socket.socket()\nexcept OSError: print('no sockets')",
            "no sockets",
        ),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="limits of a process are a matter of POSIX")
def test_the_drawing_process_lives_within_limits(body: str, shown: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(body)],
        env=pool.environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.strip() == shown


def test_the_drawing_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    assert "xoxb-secret" not in str(pool.environment())


def test_what_is_drawn_is_what_was_checked() -> None:
    source = svg(
        "<!-- x --><style>a &gt; b {}</style><use xlink:href='#a'/>",
        before="<!DOCTYPE svg [<!ENTITY a 'b'>]>",
    )
    safe = Drawing(source).safe
    assert "DOCTYPE" not in safe
    assert "<!--" not in safe
    assert "a &gt; b {}" in safe
    assert '"#a"' in safe
