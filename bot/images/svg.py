"""An SVG's source made safe to draw.

The renderer opens any file that an `href` names.  So the source is parsed here, every reference out of it is
refused, and what is drawn is written from the parsed tree.
"""

from __future__ import annotations

import math
import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import resvg_py
from PIL import Image, ImageFont, PngImagePlugin

from bot.images.errors import DamagedSvg, TooComplexSvg, UndrawableSvg, UnsafeSvg
from bot.images.facts import HEAD_BYTES, ImageFormat, sniff
from bot.images.limits import forbid_files

SIDE: Final = 2048
"""The longest side of a drawing, in pixels: twice what Masko recommends, and well under its limit."""

# Without a dpi the renderer takes millimetres and inches for nothing; CSS says 96.
_ALWAYS: Final[dict[str, Any]] = {"dpi": 96.0, "skip_system_fonts": True, "languages": ["en"]}

MAX_DEPTH: Final = 200
"""Levels of nesting.  Drawings have a few dozen at most; the renderer's stack ends near 500."""

SHOWN_LETTERS: Final = 8

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


HTML: Final = "text set in HTML (foreignObject)"
PICTURE: Final = "an embedded picture"


def draw(source: bytes, *, folder: Path) -> tuple[Image.Image, list[str]]:
    """Draw an SVG, its longest side `SIDE`; return the picture, and what is missing from it, in words.

    Args:
        folder: an existing one, where the only font may be written.

    Raises:
        UnsafeSvg, TooComplexSvg: see `Drawing`.
        DamagedSvg: it cannot be parsed or drawn, or there is nothing to see.
        UndrawableSvg: everything to see is missing.
    """
    font = folder / "font.ttf"
    try:
        drawing = Drawing(source)
        fonts = _only_font(font) if drawing.has_text else {}
        if not fonts:
            forbid_files()
        png = resvg_py.svg_to_bytes(svg_string=drawing.safe, width=SIDE, height=SIDE, **_ALWAYS, **fonts)
    except (ValueError, LookupError, SyntaxError) as error:
        raise DamagedSvg() from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the renderer (Rust) gave up; pyo3 hides the class
            raise DamagedSvg() from error
        raise
    finally:
        font.unlink(missing_ok=True)
    picture = PngImagePlugin.PngImageFile(BytesIO(bytes(png)))
    if picture.getbbox() is None:
        raise UndrawableSvg(drawing.missing) if drawing.missing else DamagedSvg()
    return picture, drawing.missing


def _only_font(path: Path) -> dict[str, Any]:
    """Letters are drawn with the font inside Pillow, so that a picture is the same on every machine."""
    font = ImageFont.load_default(size=16)
    if not isinstance(font, ImageFont.FreeTypeFont):
        return {}  # a Pillow without FreeType: the drawing goes on without its letters
    path.write_bytes(font.font_bytes)
    family = font.getname()[0]
    generic = ("font", "serif", "sans_serif", "cursive", "fantasy", "monospace")
    return {"font_files": [str(path)], **{f"{each}_family": family for each in generic}}


class Drawing:
    """An equal drawing that refers to nothing outside itself.

    Internal entities are resolved (Illustrator writes them) under Expat's guard against their explosion.

    Attributes:
        safe: its source.
        has_text: whether letters are drawn, so that a font is needed.
        missing: what the renderer cannot draw, in words.

    Raises:
        UnsafeSvg: a picture, pattern or shape is to be taken from a file or an address.
        TooComplexSvg: nested too deeply.
        ElementTree.ParseError, ValueError, LookupError: not well-formed, or in an unknown encoding.
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
        lacking = [letter for letter, known in self._letters.items() if not known]
        letters = f"letters that the built-in font does not have ({''.join(lacking[:SHOWN_LETTERS])})"
        return [*self._missing, *([letters] if lacking else [])]

    def _cleaned(self, source: bytes, *, embedded: bool = False) -> ElementTree.Element:
        depth = 0
        root: ElementTree.Element | None = None
        for event, element in ElementTree.iterparse(BytesIO(source.lstrip()), events=("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                raise TooComplexSvg()
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
                self._missing[HTML] = None
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
                        self._missing[PICTURE] = None
                        return False
                    element.set(attribute, picture)
            elif target and not target.startswith("#"):
                raise UnsafeSvg(target)
        return True

    def _picture(self, address: str) -> str | None:
        """The address of an embedded picture as the renderer takes it; None where it does not."""
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


def _tag(name: object) -> str:
    return str(name).rpartition("}")[2]


def _local(name: object) -> str:
    return str(name).rpartition("}")[2].lower()


# -- CSS variables -------------------------------------------------------------------------------------
# The renderer knows none, and would draw black.  Known are those set on an element by its `style`, or by a
# rule whose selector is one element's name, classes and id, or `:root`.  Where a variable has no value its
# fallback counts, and else the declaration is dropped (CSS custom properties, level 1).

_MAX_NESTED: Final = 20
_MAX_LENGTH: Final = 10_000

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE: Final = re.compile(
    r"@[\w-]+[^{};@]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})"
)  # the renderer reads none
_RULE: Final = re.compile(r"(?<![^{}])([^{}]+)\{([^{}]*)\}")
_SELECTOR: Final = re.compile(r"(\*|[\w-]*)((?:[.#][\w-]+)*)")

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Rule:
    selectors: tuple[str, ...]
    declarations: tuple[tuple[str, str], ...]

    def holds_for(self, element: ElementTree.Element, *, is_root: bool) -> bool:
        return any(_matches(each, element, is_root) for each in self.selectors)


def _resolve_variables(root: ElementTree.Element) -> None:
    """Replace every `var(…)` in attributes, `style` attributes and style sheets."""
    sheets = [each for each in root.iter() if _tag(each.tag) == "style" and each.text]
    rules = [rule for sheet in sheets for rule in _rules(sheet.text or "")]
    of_root = _own(root, rules, {}, is_root=True)
    for sheet in sheets:
        sheet.text = _RULE.sub(
            lambda found: _resolved_rule(found, of_root), _COMMENT.sub("", sheet.text or "")
        )
    _descend(root, rules, {}, of_root, is_root=True)


def _descend(
    element: ElementTree.Element, rules: list[_Rule], inherited: Values, of_root: Values, *, is_root: bool
) -> None:
    values = _own(element, rules, inherited, is_root=is_root)
    for name, value in list(element.attrib.items()):
        if "var(" in value and name != "style":
            resolved = substituted(value, values)
            element.attrib.pop(name) if resolved is None else element.set(name, resolved)
    own = "".join(_kept(_declarations(element.get("style", "")), values)) if "style" in element.attrib else ""
    if values != of_root:  # what the sheet says with the root's values, this element says with its own
        more = [d for rule in rules if rule.holds_for(element, is_root=is_root) for d in rule.declarations]
        own = "".join(_kept([each for each in more if "var(" in each[1]], values)) + own
    if own or "style" in element.attrib:
        element.set("style", own)
    for child in element:
        _descend(child, rules, values, of_root, is_root=False)


def _own(element: ElementTree.Element, rules: list[_Rule], inherited: Values, *, is_root: bool) -> Values:
    """The variables that hold for an element."""
    declared = [d for rule in rules if rule.holds_for(element, is_root=is_root) for d in rule.declarations]
    own = {
        name: value
        for name, value in [*declared, *_declarations(element.get("style", ""))]
        if name[:2] == "--"
    }
    return {**inherited, **own} if own else inherited


def substituted(value: str, values: Values, depth: int = 0) -> str | None:
    """A value with its variables put in; None where one has neither value nor fallback, or it grows long."""
    while (at := value.find("var(")) >= 0:
        end = _closing(value, at + 4)
        name, _, fallback = value[at + 4 : end].partition(",")
        known = values.get(name.strip())
        found = substituted(known, values, depth + 1) if known is not None and depth < _MAX_NESTED else None
        if found is None and "," in value[at:end]:
            found = substituted(fallback.strip(), values, depth + 1) if depth < _MAX_NESTED else None
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


def _rules(sheet: str) -> Iterator[_Rule]:
    for found in _RULE.finditer(_AT_RULE.sub("", _COMMENT.sub("", sheet))):
        selectors = tuple(each.strip() for each in found[1].split(","))
        yield _Rule(selectors, tuple(_declarations(found[2])))


def _declarations(text: str) -> list[tuple[str, str]]:
    parts = (each.partition(":") for each in text.split(";"))
    return [(name.strip(), value.strip()) for name, colon, value in parts if colon]


def _kept(declarations: list[tuple[str, str]], values: Values) -> Iterator[str]:
    for name, value in declarations:
        resolved = substituted(value, values)
        if name[:2] != "--" and resolved is not None:
            yield f"{name}: {resolved}; "


def _resolved_rule(found: re.Match[str], values: Values) -> str:
    if "var(" not in found[2] and "--" not in found[2]:
        return found[0]
    return f"{found[1]}{{{''.join(_kept(_declarations(found[2]), values))}}}"


def _matches(selector: str, element: ElementTree.Element, is_root: bool) -> bool:
    if selector == ":root":
        return is_root
    found = _SELECTOR.fullmatch(selector)
    if found is None or not selector or found[1] not in ("", "*", _tag(element.tag)):
        return False
    classes = element.get("class", "").split()
    marks = re.findall(r"[.#][\w-]+", found[2])
    return all(m[1:] in classes if m[0] == "." else m[1:] == element.get("id") for m in marks)
