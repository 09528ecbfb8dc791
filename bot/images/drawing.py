"""An SVG's source made safe to draw.

The renderer opens any file that an `href` names.  So it never sees the source itself: the source is parsed
here, every reference out of it is refused, and what is drawn is written anew from the parsed tree.
There is no second reading of the same bytes in which something else could be found.
"""

from __future__ import annotations

import math
import re
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import resvg_py
from PIL import Image, ImageFont, PngImagePlugin

from bot.images.limits import forbid_files
from bot.images.refusals import DamagedSvg, TooComplexSvg, UnsafeSvg

SIDE: Final = 2048
"""The longest side of a drawing, in pixels: twice what Masko recommends, and well under its limit."""

# Without a dpi the renderer takes millimetres and inches for nothing; CSS says 96.
_ALWAYS: Final[dict[str, Any]] = {"dpi": 96.0, "skip_system_fonts": True, "languages": ["en"]}

MAX_DEPTH: Final = 200
"""Levels of nesting.  Drawings have a few dozen at most; the renderer's stack ends near 500."""

_EMBEDDED: Final = re.compile(r"data:image/(png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
# Their references are never followed by the renderer, and their absence does not change the picture.
_NOT_DRAWN: Final = frozenset({"a", "script", "color-profile", "font-face-uri", "foreignObject", "cursor"})
_UNITS: Final = {
    "": 1,
    "px": 1,
    "in": 96,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "q": 96 / 101.6,
    "pt": 96 / 72,
    "pc": 16,
}
_LENGTH: Final = re.compile(r"([+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(|px|in|mm|cm|q|pt|pc)", re.IGNORECASE)
_NAMESPACES: Final = ("{http://www.w3.org/2000/svg", "")


def draw(source: bytes, *, folder: Path) -> Image.Image:
    """Draw an SVG, its longest side `SIDE`, without reading anything but `source`.

    Args:
        source: the file.
        folder: an existing one, where the only font may be written.

    Raises:
        UnsafeSvg, TooComplexSvg: see `safe_source`.
        DamagedSvg: it cannot be parsed or drawn, or there is nothing to see.
    """
    font = folder / "font.ttf"
    try:
        svg = safe_source(source)
        fonts = _only_font(font) if has_text(svg) else {}
        if not fonts:
            forbid_files()
        png = resvg_py.svg_to_bytes(svg_string=svg, width=SIDE, height=SIDE, **_ALWAYS, **fonts)
    except (ValueError, LookupError, SyntaxError) as error:
        raise DamagedSvg("") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the renderer (Rust) gave up; pyo3 hides the class
            raise DamagedSvg("") from error
        raise
    finally:
        font.unlink(missing_ok=True)
    picture = PngImagePlugin.PngImageFile(BytesIO(bytes(png)))
    if picture.getbbox() is None:
        raise DamagedSvg("")
    return picture


def _only_font(path: Path) -> dict[str, Any]:
    """Letters are drawn with the font inside Pillow, so that a picture is the same on every machine."""
    font = ImageFont.load_default(size=16)
    if not isinstance(font, ImageFont.FreeTypeFont):
        return {}  # a Pillow without FreeType: the drawing goes on without its letters
    path.write_bytes(font.font_bytes)
    family = font.getname()[0]
    generic = ("font", "serif", "sans_serif", "cursive", "fantasy", "monospace")
    return {"font_files": [str(path)], **{f"{each}_family": family for each in generic}}


def safe_source(source: bytes) -> str:
    """An equal drawing that refers to nothing outside itself.

    Internal entities are resolved (Illustrator writes them) under Expat's guard against their explosion;
    DOCTYPE, comments and processing instructions are gone.

    Raises:
        UnsafeSvg: a picture, pattern or shape is to be taken from a file or an address.
        TooComplexSvg: nested too deeply.
        ElementTree.ParseError, ValueError, LookupError: not well-formed, or in an unknown encoding.
    """
    depth = 0
    root = None
    for event, element in ElementTree.iterparse(BytesIO(source.lstrip()), events=("start", "end")):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise TooComplexSvg("")
        if event == "start":
            _close_off(element)
    if root is None:
        raise ValueError("no element")
    _enlarge(root)
    return ElementTree.tostring(root, encoding="unicode")


def has_text(source: str) -> bool:
    """Whether letters are to be drawn, so that a font is needed."""
    return re.search(r"<(\w+:)?text[\s>]", source) is not None


def _close_off(element: ElementTree.Element) -> None:
    """Take the references out of an element that does not need them; refuse those that lead outside."""
    namespace, _, tag = str(element.tag).rpartition("}")
    drawn = tag not in _NOT_DRAWN and namespace in _NAMESPACES
    for attribute in [each for each in element.attrib if _local(each) in ("href", "base")]:
        target = element.attrib[attribute].strip()
        if not drawn or _local(attribute) == "base":
            del element.attrib[attribute]
        elif not _stays_inside(target):
            raise UnsafeSvg("", target)


def _enlarge(root: ElementTree.Element) -> None:
    """Give the drawing the size that it will be drawn at, where its own is known.

    The renderer rounds a size to whole pixels before it scales it up: an icon of 16.3 by 16.7 would get
    an empty strip along its edge, 36 pixels wide.
    """
    box = _numbers(root.get("viewBox", ""))
    own = [_pixels(root.get(side)) for side in ("width", "height")]
    if "width" not in root.attrib and "height" not in root.attrib:
        own = [*box[2:]]
    match own:
        case [float(width), float(height)] if 0 < width < math.inf and 0 < height < math.inf:
            if len(box) != 4:
                root.set("viewBox", f"0 0 {width} {height}")
            scale = SIDE / max(width, height)
            root.set("width", str(max(1.0, width * scale)))
            root.set("height", str(max(1.0, height * scale)))


def _pixels(length: str | None) -> float | None:
    """A length such as "40mm" in CSS pixels; None when it has none of its own ("100%", "2em", nonsense)."""
    found = _LENGTH.fullmatch(length.strip()) if length is not None else None
    return float(found[1]) * _UNITS[found[2].lower()] if found else None


def _numbers(text: str) -> list[float]:
    try:
        return [float(number) for number in re.split(r"[\s,]+", text.strip())]
    except ValueError:
        return []


def _stays_inside(target: str) -> bool:
    return not target or target.startswith("#") or _EMBEDDED.match(target) is not None


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()
