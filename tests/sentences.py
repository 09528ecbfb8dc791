"""List every sentence and label that people read, with its place: `python -m tests.sentences [--json]`.

Read from the code itself, so that one can read the bot's words in a row, as a stranger meets them.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOT_READ = ("bot/sandbox", "bot/db/migrations", "bot/db/sqlite.py", "bot/jobs/locks.py", "bot/telemetry")
"""What speaks to nobody, or to whoever develops the bot."""

SPOKEN = {
    "DatabaseUnusable",
    "Denied",
    "ImageRefused",
    "Refusal",
    "SettingsError",
    "Unusable",
}
"""Exceptions that are raised with words for a person; what all others are raised with is for the log."""

SETTINGS = ("bot/settings.py", "bot/masko/rate_limit.py")
"""Where a ValueError says what is wrong with a setting."""

_TECHNICAL_CALL = re.compile(r"log\.\w+|step|super\(\)\.__init__|re\.\w+|_unreadable|DownloadError")
_TECHNICAL = re.compile(r"SELECT |PRAGMA |-c |Bearer |.*\(\?", re.DOTALL)
_LABEL = re.compile(r"[A-Z][a-z]+[….!?]?")
_HOLE = "{…}"


@dataclass(frozen=True)
class Said:
    """A sentence, or a part of one, and where it is written (`file:line`); `{…}` is for what changes."""

    place: str
    sentence: str


def sentences(root: Path = ROOT) -> Iterator[Said]:
    """Yield what people read, file by file and line by line."""
    for top in ("bot", "handlers"):
        for path in sorted((root / top).rglob("*.py")):
            place = path.relative_to(root).as_posix()
            if not place.startswith(NOT_READ):
                found = _in_module(ast.parse(path.read_text()), in_settings=place in SETTINGS)
                yield from (Said(f"{place}:{line}", words) for line, words in found)


def _in_module(module: ast.Module, *, in_settings: bool) -> list[tuple[int, str]]:
    """Return line and words, in their order."""
    aside = {id(below) for node in ast.walk(module) for below in _not_read(node, in_settings=in_settings)}
    found = []
    for node in ast.walk(module):
        if id(node) not in aside and (words := _words(node)) and _is_read(words):
            assert isinstance(node, ast.expr)
            found.append((node.lineno, node.col_offset, words))
    return [(line, words) for line, _, words in sorted(found)]


def _not_read(node: ast.AST, *, in_settings: bool) -> Iterator[ast.AST]:
    """Yield what nobody reads of a node and what is below it."""
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            yield docstring
        case ast.JoinedStr(values=values):
            yield from (value for value in values if isinstance(value, ast.Constant))
        case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
            yield from ast.walk(spec)
        case ast.Call(func=called) if _TECHNICAL_CALL.fullmatch(ast.unparse(called)):
            yield from ast.walk(node)
        case ast.Assert():
            yield from ast.walk(node)
        case ast.Raise(exc=ast.Call(func=called)):
            name = ast.unparse(called).rpartition(".")[2]
            if name not in SPOKEN and not (in_settings and name == "ValueError"):
                yield from ast.walk(node)
        case ast.Dict(keys=keys):
            yield from (key for key in keys if key and _LABEL.fullmatch(_words(key)))  # names of headers
        case ast.Subscript(slice=key) if _LABEL.fullmatch(_words(key)):
            yield key
        case ast.Compare(left=looked_for):
            yield looked_for
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            yield from ast.walk(node)


def _words(node: ast.AST) -> str:
    """Return the text of a string or of an f-string; empty for anything else."""
    match node:
        case ast.Constant(value=str() as words):
            return words
        case ast.JoinedStr(values=values):
            return "".join(_words(value) if isinstance(value, ast.Constant) else _HOLE for value in values)
    return ""


def _is_read(words: str) -> bool:
    """Whether it is several words, or a label such as `Undo`."""
    several = " " in words and re.search("[A-Za-z]", words.replace(_HOLE, ""))
    return bool(several or _LABEL.fullmatch(words)) and not _TECHNICAL.match(words)


def main() -> None:
    """Print them, as text or, with `--json`, as a list of `{place, sentence}`."""
    if "--json" in sys.argv[1:]:
        print(json.dumps([asdict(each) for each in sentences()], ensure_ascii=False, indent=1))
        return
    for each in sentences():
        print(f"{each.place}\t{each.sentence!r}")


if __name__ == "__main__":
    main()
