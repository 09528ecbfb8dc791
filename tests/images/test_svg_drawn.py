"""What the renderer cannot do by itself is done for it, or said to be missing from the picture."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from bot.images import ImageRefused
from bot.images.formats import ImageFormat
from bot.mascots.outcomes import converted
from tests.images.conftest import Preparing
from tests.images.hostile_svg import SQUARE, svg
from tests.images.samples import encoded, mascot, opened

GREEN, BLACK = (0, 255, 0, 255), (0, 0, 0, 255)


def rect(attributes: str = "") -> str:
    return f'<rect class="a" id="b" width="100" height="100" {attributes}/>'


def sheet(rules: str) -> str:
    return f"<style>{rules}</style>"


LIME = "--c: #00ff00"
COLOURED = {
    "the root's": (sheet(f":root {{ {LIME} }}") + rect('fill="var(--c)"'), GREEN),
    "used in a sheet": (sheet(f":root {{ {LIME} }} rect {{ fill: var(--c) }}") + rect(), GREEN),
    "used in a style": (sheet(f"svg {{ {LIME} }}") + rect('style="stroke: none; fill: var(--c)"'), GREEN),
    "a group's": (f'<g style="{LIME}">' + rect('fill="var(--c)"') + "</g>", GREEN),
    "a class's": (sheet(f"* {{ --c: red }} .a {{ {LIME} }} rect {{ fill: var(--c) }}") + rect(), GREEN),
    "an id's": (sheet(f"#b {{ {LIME} }} .a {{ fill: var(--c) }}") + rect(), GREEN),
    "its own": (sheet(":root { --c: red } rect { fill: var(--c) }") + rect(f'style="{LIME}"'), GREEN),
    "of another": (sheet(":root { --c: var(--d); --d: #00ff00 }") + rect('fill="var(--c)"'), GREEN),
    "a fallback": (rect('fill="var(--c, #00ff00)"'), GREEN),
    "a fallback's fallback": (rect('fill="var(--c, var(--d, rgb(0, 255, 0)))"'), GREEN),
    "a part of a value": (sheet(":root { --g: 255 }") + rect('fill="rgb(0, var(--g), 0)"'), GREEN),
    "a comment before it": (sheet(f"/* }} */ :root {{ {LIME} }}") + rect('fill="var( --c )"'), GREEN),
    "for the dark": (
        sheet(f":root {{ {LIME} }} @media (prefers-color-scheme: dark) {{ :root {{ --c: red }} }}")
        + rect('fill="var(--c)"'),
        GREEN,
    ),
    "declared twice": (sheet(f":root {{ --c: red }} g {{ {LIME} }}") + rect('fill="var(--c)"'), GREEN),
    "unknown": (rect('fill="var(--c)"'), BLACK),
    "unknown, so inherited": ('<g fill="#00ff00">' + rect('fill="var(--c)"') + "</g>", GREEN),
    "itself": (sheet(":root { --c: var(--c) }") + rect('fill="var(--c)"'), BLACK),
}


@pytest.mark.parametrize("kind", COLOURED)
async def test_a_variable_is_put_in_where_it_is_used(preparing: Preparing, kind: str) -> None:
    body, colour = COLOURED[kind]
    ready = await preparing(svg(body))
    assert opened(ready.path).getpixel((1000, 1000)) == colour
    assert ready.missing == ()


INNER = svg(SQUARE)
ADDRESSES = {
    "base64": "data:image/svg+xml;base64," + base64.b64encode(INNER).decode(),
    "percent": "data:image/svg+xml;utf8," + quote(INNER),
    "with a charset": "data:image/svg+xml;charset=utf-8;base64," + base64.b64encode(INNER).decode(),
}
IMAGE = '<image width="100" height="100" href="{0}"/>'


def address(data: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize("kind", ADDRESSES)
async def test_an_embedded_drawing_is_drawn(preparing: Preparing, kind: str) -> None:
    ready = await preparing(svg(IMAGE.format(ADDRESSES[kind])))
    assert opened(ready.path).getpixel((1000, 1000)) == GREEN
    assert ready.missing == ()


async def test_an_embedded_drawing_is_cleaned_by_the_same_rules(preparing: Preparing) -> None:
    inner = svg(sheet(f":root {{ {LIME} }}") + rect('fill="var(--c)"'))
    ready = await preparing(svg(IMAGE.format(address(inner, "image/svg+xml"))))
    assert opened(ready.path).getpixel((1000, 1000)) == GREEN
    outside = svg(IMAGE.format("/etc/passwd"))
    with pytest.raises(ImageRefused, match="which is never read"):
        await preparing(svg(IMAGE.format(address(outside, "image/svg+xml"))))


async def test_a_picture_of_no_declared_kind_is_told_by_its_bytes(preparing: Preparing) -> None:
    png = encoded(mascot((100, 100)), ImageFormat.PNG)
    ready = await preparing(svg(IMAGE.format(address(png, "application/octet-stream"))))
    assert opened(ready.path).getpixel((600, 400)) == (255, 0, 0, 255)


HTML = '<foreignObject width="99" height="99"><p xmlns="http://www.w3.org/1999/xhtml">{0}</p></foreignObject>'
PICTURE = "an embedded image"
MISSING = {
    "HTML": (HTML.format("Felix"), ["text set in HTML (foreignObject)"]),
    "HTML without words": (HTML.format(" "), []),
    "HTML with a substitute": (f"<switch>{HTML.format('Felix')}<text y='50'>Felix</text></switch>", []),
    "letters": (
        "<text y='50'>Felix \u72d0 \u72d0\u72f8</text>",
        ["letters that the built-in font doesn't have (\u72d0\u72f8)"],
    ),
    "an AVIF": (IMAGE.format(address(encoded(mascot(), ImageFormat.AVIF), "image/avif")), [PICTURE]),
    "a broken drawing": (IMAGE.format(address(b"<svg", "image/svg+xml")), [PICTURE]),
    "no picture at all": (IMAGE.format("data:,fox"), [PICTURE]),
    "a drawing in a drawing in it": (
        IMAGE.format(address(svg(SQUARE + IMAGE.format(ADDRESSES["base64"])), "image/svg+xml")),
        [PICTURE],
    ),
    "a shape from a data address": ('<use href="data:image/svg+xml,x#a"/>', []),
}


@pytest.mark.parametrize("kind", MISSING)
async def test_what_is_missing_from_the_picture_is_said(preparing: Preparing, kind: str) -> None:
    body, missing = MISSING[kind]
    ready = await preparing(svg(SQUARE + body))
    assert list(ready.missing) == missing
    assert opened(ready.path).getpixel((2000, 2000)) == GREEN


async def test_letters_that_no_font_has_leave_no_boxes(preparing: Preparing) -> None:
    ready = await preparing(svg(f"{SQUARE}<text x='10' y='60' font-size='40'>\u72d0</text>"))
    assert opened(ready.path).getcolors() == [(2048 * 2048, GREEN)]


@pytest.mark.parametrize("body", [HTML.format("Felix"), "<text y='50'>\u72d0</text>"])
async def test_a_drawing_of_nothing_else_is_refused_with_its_reason(preparing: Preparing, body: str) -> None:
    with pytest.raises(ImageRefused) as refused:
        await preparing(svg(body), "fox.svg")
    assert refused.value.words.startswith("fox.svg is an SVG that I can't draw any of. It consists of ")
    assert refused.value.words.endswith("Export it as PNG and post that.")


def test_the_thread_is_told_in_one_line() -> None:
    assert converted("fox.svg", "SVG", None, [PICTURE]) == (
        "fox.svg was converted from SVG to PNG. Missing from the image: an embedded image."
    )
