"""Drawings that mean harm to whoever draws them: bombs, endless filters, ways out of the file."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial

from PIL import Image

from bot.images.formats import ImageFormat
from tests.images.samples import ENDLESS, encoded

SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SQUARE = '<rect width="100" height="100" fill="#00ff00"/>'


def svg(body: str, attributes: str = 'viewBox="0 0 100 100"', before: str = "") -> bytes:
    """A drawing."""
    return f"{before}<svg {SPACES} {attributes}>{body}</svg>".encode()


def entities() -> bytes:
    """A billion laughs."""
    rest = "".join(f"<!ENTITY {chr(98 + at)} '{('&' + chr(97 + at) + ';') * 10}'>" for at in range(9))
    return svg("<text>&j;</text>", before=f"<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'>{rest}]>")


def nested(element: str, reference: str, *, width: int = 10, depth: int = 8) -> bytes:
    """Each of `depth` elements holds the one before it `width` times over."""
    parts = [
        f"<{element} id='g{at + 1}'>{reference.format(f'g{at}') * width}</{element}>" for at in range(depth)
    ]
    first = f"<{element} id='g0'>{SQUARE}</{element}>"
    return svg(f"<defs>{first}{''.join(parts)}</defs>{reference.format(f'g{depth}')}")


def _filtered(primitive: str, region: str = "x='-1000' y='-1000' width='100000' height='100000'") -> bytes:
    return svg(f"<filter id='f' {region}>{primitive}</filter><rect width='99' height='99' filter='url(#f)'/>")


def _embedded(data: bytes, kind: str) -> bytes:
    address = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return svg(f'{SQUARE}<image width="100" height="100" href="{address}"/>')


def _matryoshka(depth: int) -> bytes:
    inner = svg(SQUARE)
    for _ in range(depth):
        inner = _embedded(inner, "svg+xml")
    return inner


_OUTSIDE = {
    "file": "file:///etc/passwd",
    "path": "/etc/passwd",
    "up": "../../../../etc/passwd",
    "http": "http://127.0.0.1:9/a.png",
    "protocol": "//127.0.0.1:9/a.png",
    "unc": "\\\\127.0.0.1\\share\\a.png",
    "proc": "/proc/self/environ",
    "fifo": "/dev/stdin",
}
_WAYS = {
    "image": '<image width="9" height="9" href="{0}"/>',
    "xlink": '<image width="9" height="9" xlink:href="{0}"/>',
    "use": '<use href="{0}#a"/>',
    "fe-image": '<filter id="f"><feImage href="{0}"/></filter><rect width="9" height="9" filter="url(#f)"/>',
    "css": "<style>@import url({0}); rect {{ fill: url({0}#a) }}</style>" + SQUARE,
    "font": "<style>@font-face {{ font-family: x; src: url({0}) }}</style><text y='50'>x</text>",
    "pattern": '<pattern id="p" href="{0}#p"/><rect width="9" height="9" fill="url(#p)"/>',
}

Drawing = tuple[Callable[[], bytes], bool]


def drawings() -> dict[str, Drawing]:
    """Name → (what makes it, whether it is costly)."""
    found: dict[str, Drawing] = {
        f"{way}-{where}": (partial(svg, SQUARE + body.format(target)), False)
        for way, body in _WAYS.items()
        for where, target in _OUTSIDE.items()
    }
    for where, target in _OUTSIDE.items():
        entity = f'<!DOCTYPE svg [<!ENTITY a SYSTEM "{target}">]>'
        found[f"entity-{where}"] = (partial(svg, f"<text y='50'>&a;</text>{SQUARE}", before=entity), False)
    return found | _bombs()


def _bombs() -> dict[str, Drawing]:
    path = "M0 0" + "".join(f"L{at % 100} {at * 7 % 100}" for at in range(100_000))
    long_entity = f"<!DOCTYPE svg [<!ENTITY a '{'a' * 5000}'>]>"
    light = "<feSpecularLighting><fePointLight x='1e9'/></feSpecularLighting>"
    loop = ":root { --a: var(--b); --b: var(--a) } rect { fill: var(--a, red) }"
    stop = "<stop offset='0.5'/>" * 100_000
    many = " ".join(f"a{at}='1'" for at in range(100_000))
    png = encoded(Image.new("L", (7000, 7000)), ImageFormat.PNG)
    gif = encoded(Image.new("P", (7000, 7000)), ImageFormat.GIF)
    rules = "".join(f".a{at} .b{at} > rect:first-child {{ fill: red }}" for at in range(3000))
    marker = "<marker id='m' markerWidth='9' markerHeight='9'><path d='M0 0L9 9' stroke='red'/></marker>"
    return {
        "endless": (lambda: ENDLESS, True),
        "entities": (entities, False),
        "quadratic": (lambda: svg(f"<text>{'&a;' * 5000}</text>", before=long_entity), True),
        "uses": (lambda: nested("g", "<use href='#{0}'/>"), True),
        "uses-many": (lambda: nested("g", "<use href='#{0}'/>", width=40, depth=4), True),
        "patterns": (
            lambda: nested("pattern", "<rect width='9' height='9' fill='url(#{0})'/>", width=3, depth=12),
            True,
        ),
        "masks": (lambda: nested("mask", "<rect width='99' height='99' mask='url(#{0})'/>", width=3), True),
        "clips": (lambda: nested("clipPath", "<rect width='99' height='99' clip-path='url(#{0})'/>"), True),
        "depth": (lambda: svg("<g>" * 100_000 + SQUARE + "</g>" * 100_000), False),
        "depth-allowed": (lambda: svg("<g opacity='0.9'>" * 190 + SQUARE + "</g>" * 190), True),
        "loop": (lambda: svg("<g id='a'><use href='#a'/></g>" * 2), False),
        "blur": (lambda: _filtered("<feGaussianBlur stdDeviation='1e9'/>"), True),
        "blurs": (lambda: _filtered("<feGaussianBlur stdDeviation='99'/>" * 2000), True),
        "morphology": (lambda: _filtered("<feMorphology operator='dilate' radius='5000'/>"), True),
        "convolution": (
            lambda: _filtered(f"<feConvolveMatrix order='99' kernelMatrix='{'1 ' * 9801}'/>"),
            True,
        ),
        "tiles": (lambda: _filtered("<feFlood flood-color='red'/><feTile/>" * 1000), True),
        "light": (lambda: _filtered(light * 99), True),
        "dashes": (
            lambda: svg(f"<path d='{path}' fill='none' stroke='red' stroke-dasharray='0.00001'/>"),
            True,
        ),
        "strokes": (lambda: svg(f"<path d='{path}' stroke='red' stroke-width='1e6'/>" * 10), True),
        "path": (lambda: svg(f"<path d='{path * 15}'/>"), True),
        "stops": (
            lambda: svg(
                f"<linearGradient id='g'>{stop}</linearGradient>"
                + "<rect width='99' height='99' fill='url(#g)'/>" * 20
            ),
            True,
        ),
        "markers": (lambda: svg(f"{marker}<path d='{path}' marker-mid='url(#m)'/>"), True),
        "elements": (lambda: svg("<rect width='99' height='99' opacity='0.5'/>" * 400_000), True),
        "groups": (lambda: svg("<g opacity='0.5'><rect width='99' height='99'/></g>" * 3000), True),
        "rules": (lambda: svg(f"<style>{rules}</style>" + "<g class='a1'><rect/></g>" * 3000 + SQUARE), True),
        "text": (lambda: svg(f"<text y='50'>{'fox ' * 500_000}</text>"), True),
        "spans": (lambda: svg(f"<text y='50'>{'<tspan>a</tspan>' * 100_000}</text>"), True),
        "attributes": (lambda: svg(f"<g {many}/>"), True),
        "attribute": (lambda: svg(f"<g id='{'a' * 19_000_000}'/>{SQUARE}"), True),
        "numbers": (lambda: svg(f"<path d='M{'9' * 1_000_000} 0 L1e999 -1e999 z'/>{SQUARE}"), False),
        "size": (lambda: svg(SQUARE, "width='1e300' height='1e-300'"), False),
        "nan": (lambda: svg(SQUARE, "viewBox='nan nan inf 1'"), False),
        "embedded-png": (lambda: _embedded(png, "png"), True),
        "embedded-pngs": (
            lambda: svg(_embedded(png, "png").decode().partition("/>")[2].removesuffix("</svg>") * 30),
            True,
        ),
        "embedded-gif": (lambda: _embedded(gif, "gif"), True),
        "embedded-svg": (lambda: _embedded(entities(), "svg+xml"), False),
        "matryoshka": (lambda: _matryoshka(12), False),
        "matryoshka-of-bombs": (
            lambda: _embedded(nested("g", "<use href='#{0}'/>"), "svg+xml"),
            True,
        ),
        "variables": (
            lambda: svg(
                "<style>:root { "
                + "".join(f"--v{at + 1}: {f'var(--v{at}) ' * 10}; " for at in range(20))
                + "--v0: red } rect { fill: var(--v20) }</style>"
                + SQUARE
            ),
            False,
        ),
        "variables-in-a-loop": (lambda: svg(f"<style>{loop}</style>{SQUARE}"), False),
        "script": (lambda: svg(f"<script>while (true) {{}}</script>{SQUARE}"), False),
        "processing": (lambda: svg(SQUARE, before="<?xml-stylesheet href='/etc/passwd'?>" * 10_000), False),
        "comment": (lambda: svg(f"<!--{'x' * 15_000_000}-->{SQUARE}"), False),
        "utf-7": (lambda: b'<?xml version="1.0" encoding="UTF-7"?><svg/>', False),
        "nulls": (lambda: b"<svg>" + b"\0" * 1_000_000, False),
    }
