"""An SVG's source made safe to draw.

The renderer opens any file that an `href` names.  So the source is parsed here, every reference out of it is
refused, and what is drawn is written from the parsed tree.
"""

from __future__ import annotations

import math
import re
import unicodedata
from base64 import b64decode, b64encode
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import resvg_py
from PIL import Image, ImageFont, PngImagePlugin

from bot.images.errors import AS_PNG, ImageRefused, damaged_svg, outside_svg, too_complex
from bot.images.formats import HEAD_BYTES, ImageFormat, sniff
from bot.images.limits import forbid_files

SIDE: Final = 2048  # pixels, the longest side of a drawing: twice what Masko recommends
MAX_DEPTH: Final = 200  # levels of nesting: drawings have a few dozen, and the renderer's stack ends near 500

_EMBEDDED: Final = re.compile(r"data:image/(png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
# Their references are never followed by the renderer, and their absence does not change the picture.
_NOT_DRAWN: Final = frozenset({"a", "script", "color-profile", "font-face-uri", "foreignObject", "cursor"})
_UNITS: Final = {"": 1, "px": 1, "in": 96, "mm": 96 / 25.4, "cm": 96 / 2.54, "pt": 96 / 72, "pc": 16}
_LENGTH: Final = re.compile(r"([+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(|px|in|mm|cm|pt|pc)", re.IGNORECASE)
_NAMESPACES: Final = ("{http://www.w3.org/2000/svg", "")


def draw(source: bytes, *, folder: Path) -> tuple[Image.Image, list[str]]:
    """Draw an SVG, its longest side `SIDE`; return the picture, and what is missing from it, in words.

    The only font may be written into `folder`.  Raises ImageRefused where nothing can or may be drawn.
    """
    font = folder / "font.ttf"
    try:
        drawing = Drawing(source)
        fonts = _only_font(font) if drawing.has_text else {}
        if not fonts:
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
    except BaseException as error:
        gave_up = type(error).__name__ == "PanicException"  # of the renderer (Rust); pyo3 hides the class
        if gave_up or isinstance(error, ValueError | LookupError | SyntaxError):
            raise damaged_svg() from error
        raise
    finally:
        font.unlink(missing_ok=True)
    picture = PngImagePlugin.PngImageFile(BytesIO(bytes(png)))
    if picture.getbbox() is not None:
        return picture, drawing.missing
    if not drawing.missing:
        raise damaged_svg()
    consists = " and ".join(drawing.missing)
    raise ImageRefused(f"is an SVG that I can't draw any of. It consists of {consists}.", AS_PNG)


def _only_font(path: Path) -> dict[str, Any]:
    """Letters are drawn with the font inside Pillow, so that a picture is the same on every machine."""
    font = _font()
    if not isinstance(font, ImageFont.FreeTypeFont):
        return {}  # a Pillow without FreeType: the drawing goes on without its letters
    path.write_bytes(font.font_bytes)
    family = font.getname()[0]
    generic = ("font", "serif", "sans_serif", "cursive", "fantasy", "monospace")
    return {"font_files": [str(path)], **{f"{each}_family": family for each in generic}}


class Drawing:
    """An equal drawing, of source `safe`, that refers to nothing outside itself.

    Internal entities are resolved (Illustrator writes them) under Expat's guard against their explosion.
    Raises ImageRefused where something is outside or nested too deeply; SyntaxError, ValueError or
    LookupError where the source is not well-formed.
    """

    def __init__(self, source: bytes) -> None:
        self.has_text = False
        self._letters: dict[str, bool] = {}
        self._missing: dict[str, None] = {}
        root = self._cleaned(source)
        _enlarge(root)
        self.safe = ElementTree.tostring(root, encoding="unicode")

    @property
    def missing(self) -> list[str]:
        """What the renderer cannot draw, in words."""
        lacking = "".join(letter for letter, known in self._letters.items() if not known)[:8]
        letters = [f"letters that the built-in font does not have ({lacking})"] if lacking else []
        return [*self._missing, *letters]

    def _cleaned(self, source: bytes, *, embedded: bool = False) -> ElementTree.Element:
        depth = 0
        root: ElementTree.Element | None = None
        for event, element in ElementTree.iterparse(BytesIO(source.lstrip()), events=("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                raise too_complex(ImageFormat.SVG)
            if event == "end":
                self._clean_inside(element)
            elif not self._close_off(element, embedded=embedded):
                element.tag = "g"  # in its place, and empty
        if root is None:
            raise ValueError("no element")
        if b"var(" in source:
            _resolve_variables(root)
        return root

    def _clean_inside(self, element: ElementTree.Element) -> None:
        """What can be judged once an element's children are known."""
        if _local(element.tag) == "text":
            self.has_text = True
            self._drop_letters(element)
        others = [each for each in element if _local(each.tag) != "foreignobject"]
        for html in [each for each in element if _local(each.tag) == "foreignobject"]:
            # In a switch the drawing has words of its own for those who cannot show HTML.
            if "".join(html.itertext()).strip() and not (_local(element.tag) == "switch" and others):
                self._missing["text set in HTML (foreignObject)"] = None
            at = list(element).index(html)
            element.remove(html)
            if at and html.tail:
                element[at - 1].tail = (element[at - 1].tail or "") + html.tail

    def _close_off(self, element: ElementTree.Element, *, embedded: bool) -> bool:
        """Remove or refuse references of an element; False where it is a picture that cannot be drawn."""
        namespace, _, tag = str(element.tag).rpartition("}")
        drawn = tag not in _NOT_DRAWN and namespace in _NAMESPACES
        for attribute in [each for each in element.attrib if _local(each) in ("href", "base")]:
            target = element.attrib[attribute].strip()
            if not drawn or _local(attribute) == "base":
                del element.attrib[attribute]
            elif target[:5].lower() == "data:":
                del element.attrib[attribute]
                if tag in ("image", "feImage"):
                    picture = None if embedded else self._picture(target)
                    if picture is None:
                        self._missing["an embedded image"] = None
                        return False
                    element.set(attribute, picture)
            elif target and not target.startswith("#"):
                raise outside_svg(target)
        return True

    def _picture(self, address: str) -> str | None:
        """The address of an embedded image as the renderer takes it; None where it does not."""
        if _EMBEDDED.match(address):
            return address
        head, _, body = address[5:].partition(",")
        try:
            data = b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
            kind = sniff(data[:HEAD_BYTES])
            if kind is ImageFormat.SVG:
                inner = self._cleaned(data, embedded=True)
                return _data_address("image/svg+xml", ElementTree.tostring(inner))
        except (ValueError, LookupError, SyntaxError):
            return None
        own = kind.upload if isinstance(kind, ImageFormat) else None
        return _data_address(own[1], data) if own else None

    def _drop_letters(self, text: ElementTree.Element) -> None:
        """Take letters out that the font does not have, and would draw as boxes."""
        for element in text.iter():
            element.text = self._known(element.text)
            if element is not text:
                element.tail = self._known(element.tail)

    def _known(self, words: str | None) -> str | None:
        for letter in set(words or "") - self._letters.keys():
            self._letters[letter] = _in_font(letter)
        return words and "".join(letter for letter in words if self._letters[letter])


def _in_font(letter: str) -> bool:
    """Whether the only font has a letter; what has no picture of its own (a space, an accent) counts."""
    if unicodedata.category(letter)[0] in "CZM":
        return True
    font = _font()
    mask, unknown = font.getmask(letter), font.getmask("\U0010fffe")
    return (mask.size, bytes(mask)) != (unknown.size, bytes(unknown))


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=16)


def _data_address(content_type: str, data: bytes) -> str:
    return f"data:{content_type};base64,{b64encode(data).decode()}"


def _enlarge(root: ElementTree.Element) -> None:
    """Give the drawing the size that it will be drawn at: the renderer rounds before it scales."""
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


def _local(name: object) -> str:
    return str(name).rpartition("}")[2].lower()


_MAX_NESTED: Final = 20
_MAX_LENGTH: Final = 10_000
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE: Final = re.compile(r"@[\w-]+[^{};@]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_DECLARATION: Final = re.compile(r"(?<![\w-])([\w-]+)\s*:([^;{}]*)(?:;|(?=\})|$)")


def _resolve_variables(root: ElementTree.Element) -> None:
    """Put in the values of CSS variables, which the renderer does not know and would draw black.

    A name has one value in the whole drawing, the last one declared; a `style` attribute counts after every
    style sheet.  A declaration whose variable has neither value nor fallback is dropped.
    """
    sheets = [each for each in root.iter() if str(each.tag).rpartition("}")[2] == "style" and each.text]
    for sheet in sheets:
        sheet.text = _COMMENT.sub("", sheet.text or "")
    styles = [_AT_RULE.sub("", sheet.text or "") for sheet in sheets]
    styles += [each.get("style", "") for each in root.iter()]
    declared = [declaration for style in styles for declaration in _DECLARATION.findall(style)]
    values = {name: value.strip() for name, value in declared if name.startswith("--")}

    def resolved(declaration: re.Match[str]) -> str:
        name, value = declaration.groups()
        if name.startswith("--"):
            return ""
        if "var(" not in value:
            return declaration[0]
        known = _substituted(value, values)
        return "" if known is None else f"{name}: {known};"

    for sheet in sheets:
        sheet.text = _DECLARATION.sub(resolved, sheet.text or "")
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "style":
                element.set(name, _DECLARATION.sub(resolved, value))
            elif "var(" in value:
                known = _substituted(value, values)
                element.attrib.pop(name) if known is None else element.set(name, known)


def _substituted(value: str, values: dict[str, str], depth: int = 0) -> str | None:
    """A value with its variables put in; None where one has neither value nor fallback, or it grows long."""
    while (at := value.find("var(")) >= 0:
        end = _closing(value, at + 4)
        name, comma, fallback = value[at + 4 : end].partition(",")
        found = None
        for candidate in (values.get(name.strip()), fallback.strip() if comma else None):
            if found is None and candidate is not None and depth < _MAX_NESTED:
                found = _substituted(candidate, values, depth + 1)
        if found is None or len(value) + len(found) > _MAX_LENGTH:
            return None
        value = value[:at] + found + value[end + 1 :]
    return value


def _closing(text: str, at: int) -> int:
    """Where the bracket closes that was opened before `at`; the text's end where it does not."""
    open_brackets = 1
    for position in range(at, len(text)):
        open_brackets += {"(": 1, ")": -1}.get(text[position], 0)
        if not open_brackets:
            return position
    return len(text)
