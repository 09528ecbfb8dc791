"""An SVG's source made safe to draw.

The renderer opens any file that an `href` names.  So the source is parsed here, every reference out of it is
refused, and what is drawn is written from the parsed tree.
"""

from __future__ import annotations

import math
import os
import re
import unicodedata
from base64 import b64decode, b64encode
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import resvg_py
from PIL import Image, ImageFont, PngImagePlugin

from bot.images.errors import AS_PNG, ImageRefused, damaged_svg, outside_svg, too_complex
from bot.images.formats import HEAD_BYTES, ImageFormat, sniff
from bot.images.limits import forbid_files

SIDE: Final = 2048  # pixels, the longest side of a drawing: twice what Masko recommends

# Their references are never followed by the renderer, and their absence does not change the picture.
_NOT_DRAWN: Final = frozenset({"a", "script", "color-profile", "font-face-uri", "foreignObject", "cursor"})
_NAMESPACES: Final = ("{http://www.w3.org/2000/svg", "")


def draw(source: bytes, *, folder: Path) -> tuple[Image.Image, list[str]]:
    """Draw an SVG, its longest side `SIDE`; return the picture, and what is missing from it, in words.

    The only font may be written into `folder`.  Raises ImageRefused where nothing can or may be drawn.
    """
    try:
        drawing = Drawing(source)
        fonts: dict[str, Any] = {}
        if drawing.has_text:
            fonts = _only_font(folder / f"{os.getpid()}.ttf")
        else:
            forbid_files()
        png = resvg_py.svg_to_bytes(
            svg_string=drawing.safe,
            width=SIDE,
            height=SIDE,
            dpi=96.0,  # CSS's; without it the renderer takes millimetres and inches for nothing
            skip_system_fonts=True,
            languages=["en"],
            **fonts,
        )
    except RecursionError as error:
        raise too_complex(ImageFormat.SVG) from error
    except BaseException as error:
        gave_up = type(error).__name__ == "PanicException"  # of the renderer (Rust); pyo3 hides the class
        if gave_up or isinstance(error, ValueError | LookupError | SyntaxError):
            raise damaged_svg() from error
        raise
    picture = PngImagePlugin.PngImageFile(BytesIO(bytes(png)))
    if picture.getbbox() is not None:
        return picture, drawing.missing
    if not drawing.missing:
        raise damaged_svg()
    consists = " and ".join(drawing.missing)
    raise ImageRefused(f"is an SVG that I can't draw any of. It consists of {consists}.", AS_PNG)


def _only_font(path: Path) -> dict[str, Any]:
    """Letters are drawn with the font inside Pillow, so that a picture is the same on every machine."""
    path.write_bytes(_font().font_bytes)
    family = _font().getname()[0]
    generic = ("font", "serif", "sans_serif", "cursive", "fantasy", "monospace")
    return {"font_files": [str(path)], **{f"{each}_family": family for each in generic}}


class Drawing:
    """An equal drawing, of source `safe`, that refers to nothing outside itself.

    Internal entities are resolved (Illustrator writes them) under Expat's guard against their explosion.
    Raises ImageRefused where something is outside; SyntaxError, ValueError or LookupError where the source is
    not well-formed; RecursionError where it is nested too deeply.
    """

    def __init__(self, source: bytes) -> None:
        self.has_text = False
        self._lacking: dict[str, None] = {}  # letters, in order
        self._missing: dict[str, None] = {}
        root = self._cleaned(source)
        _enlarge(root)
        self.safe = ElementTree.tostring(root, encoding="unicode")

    @property
    def missing(self) -> list[str]:
        """What the renderer cannot draw, in words."""
        lacking = "".join(self._lacking)[:8]
        letters = [f"letters that the built-in font doesn't have ({lacking})"] if lacking else []
        return [*self._missing, *letters]

    def _cleaned(self, source: bytes, *, embedded: bool = False) -> ElementTree.Element:
        root = ElementTree.fromstring(source.lstrip())
        for element in root.iter():
            self._close_off(element, embedded=embedded)
            if _local(element.tag) == "text":
                self.has_text = True
                self._drop_letters(element)
            # In a switch the drawing has words of its own for those who cannot show HTML.
            if _local(element.tag) != "switch" or len(element) == 1:
                for html in element.findall("{*}foreignObject"):
                    if "".join(html.itertext()).strip():
                        self._missing["text set in HTML (foreignObject)"] = None
        _resolve_variables(root)
        return root

    def _close_off(self, element: ElementTree.Element, *, embedded: bool) -> None:
        """Remove or refuse references of an element; make it a group where its picture cannot be drawn."""
        namespace, _, tag = str(element.tag).rpartition("}")
        drawn = tag not in _NOT_DRAWN and namespace in _NAMESPACES
        for attribute in [each for each in element.attrib if _local(each) == "href"]:
            target = element.attrib[attribute].strip()
            if not drawn:
                del element.attrib[attribute]
            elif target[:5].lower() == "data:":
                del element.attrib[attribute]
                if tag in ("image", "feImage"):
                    picture = None if embedded else self._picture(target)
                    if picture is None:
                        self._missing["an embedded image"] = None
                        element.tag = "g"
                    else:
                        element.set(attribute, picture)
            elif target and not target.startswith("#"):
                raise outside_svg(target)

    def _picture(self, address: str) -> str | None:
        """The address of an embedded image as the renderer takes it; None where it does not."""
        head, _, body = address[5:].partition(",")
        try:
            data = unquote_to_bytes(body)
            data = b64decode(data) if head.endswith(";base64") else data
            kind = sniff(data[:HEAD_BYTES])
            if kind is ImageFormat.SVG:
                content_type = "image/svg+xml"
                data = ElementTree.tostring(self._cleaned(data, embedded=True))
            elif isinstance(kind, ImageFormat) and kind.upload:
                content_type = kind.upload[1]
            else:
                return None
        except (ValueError, LookupError, SyntaxError):
            return None
        return f"data:{content_type};base64,{b64encode(data).decode()}"

    def _drop_letters(self, text: ElementTree.Element) -> None:
        """Take letters out that the font does not have, and would draw as boxes."""
        for element in text.iter():
            element.text = self._known(element.text or "")
            element.tail = self._known(element.tail or "")

    def _known(self, words: str) -> str:
        self._lacking |= {letter: None for letter in words if not _in_font(letter)}
        return "".join(letter for letter in words if letter not in self._lacking)


@cache
def _in_font(letter: str) -> bool:
    """Whether the only font has a letter; what has no picture of its own (a space, an accent) counts."""
    if unicodedata.category(letter)[0] in "CZM":
        return True
    mask, unknown = _font().getmask(letter), _font().getmask("\U0010fffe")
    return (mask.size, bytes(mask)) != (unknown.size, bytes(unknown))


@cache
def _font() -> ImageFont.FreeTypeFont:
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size=16))


def _enlarge(root: ElementTree.Element) -> None:
    """Give the drawing the size that it will be drawn at: the renderer rounds before it scales."""
    own = [root.get(side, "").removesuffix("px") for side in ("width", "height")]
    box = root.get("viewBox", "").replace(",", " ").split()
    with suppress(ValueError):  # in other units, of which the renderer knows more
        width, height = map(float, own if any(own) else box[2:])
        if 0 < width < math.inf and 0 < height < math.inf:
            scale = SIDE / max(width, height)
            root.set("viewBox", root.get("viewBox", f"0 0 {width} {height}"))
            root.set("width", str(width * scale))
            root.set("height", str(height * scale))


def _local(name: object) -> str:
    return str(name).rpartition("}")[2].lower()


_MOST_NESTED: Final = 20
_SKIPPED: Final = re.compile(r"/\*.*?\*/|@[\w-]+[^{};@]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", re.DOTALL)
_DECLARED: Final = re.compile(r"(?<![\w-])(--[\w-]+)\s*:([^;{}]*)(?:;|(?=\})|$)")
_USED: Final = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")


def _resolve_variables(root: ElementTree.Element) -> None:
    """Put in the values of CSS variables, which the renderer does not know and would draw black.

    A name has one value in the whole drawing, the last one declared outside of comments and at-rules (for
    the dark, say); a `style` attribute counts after every style sheet.
    """
    sheets = root.findall(".//{*}style")
    styles = [sheet.text or "" for sheet in sheets] + [each.get("style", "") for each in root.iter()]
    declared = [each for style in styles for each in _DECLARED.findall(_SKIPPED.sub("", style))]
    values = {name: value.strip() for name, value in declared}
    for sheet in sheets:
        sheet.text = _resolved(sheet.text or "", values)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "style" or "var(" in value:
                element.set(name, _resolved(value, values))
            if not element.attrib[name].strip():
                del element.attrib[name]  # so that it is inherited


def _resolved(text: str, values: dict[str, str]) -> str:
    text = _DECLARED.sub("", text)
    for _ in range(_MOST_NESTED):
        text = _USED.sub(lambda used: values.get(used[1], used[2] or ""), text)
    return text
