"""CSS variables in a drawing, put in where they are used: the renderer knows none, and would draw black.

Known are variables set on an element by its `style`, or by a rule whose selector is one element's name,
classes and id, or `:root`.  Where a variable has no value, its fallback counts, and else the declaration is
dropped, as CSS says (custom properties, level 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

MAX_DEPTH: Final = 20
MAX_LENGTH: Final = 10_000

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


def resolve(root: ElementTree.Element) -> None:
    """Replace every `var(…)` in attributes, `style` attributes and style sheets."""
    sheets = [each for each in root.iter() if _local(each.tag) == "style" and each.text]
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
        found = substituted(known, values, depth + 1) if known is not None and depth < MAX_DEPTH else None
        if found is None and "," in value[at:end]:
            found = substituted(fallback.strip(), values, depth + 1) if depth < MAX_DEPTH else None
        if found is None or len(value) + len(found) > MAX_LENGTH:
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
    if found is None or not selector or found[1] not in ("", "*", _local(element.tag)):
        return False
    classes = element.get("class", "").split()
    marks = re.findall(r"[.#][\w-]+", found[2])
    return all(m[1:] in classes if m[0] == "." else m[1:] == element.get("id") for m in marks)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
