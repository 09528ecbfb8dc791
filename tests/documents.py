"""The documents as values: pages, links, tables, code blocks, and commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GENERATED = {"performance.md", "permissions.md", "sandbox-coverage.md"}
"""Pages that programs write, and other tests compare."""
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
WRITTEN = [page for page in PAGES if page.name not in GENERATED]

_LINK = re.compile(r"!?\[[^\]]*\]\((?!https?:)([^)\s]+)\)")
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
_SEPARATORS = {"&&", "||", "|", ";"}


class Block(NamedTuple):
    """A fenced block; `mark` is the comment right above it, such as `run: try`."""

    mark: str
    kind: str
    text: str


def name_of(page: Path) -> str:
    """Return the page's path from the root of the repository."""
    return page.relative_to(ROOT).as_posix()


def read(name: str) -> str:
    """Return the text of a page, such as `docs/using.md`."""
    return (ROOT / name).read_text("utf-8")


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    return [
        Block(
            found["mark"] or "", found["kind"], re.sub(f"^{found['indent']}", "", found["text"], flags=re.M)
        )
        for found in _BLOCK.finditer(text)
    ]


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return _BLOCK.sub("", text)


def marked(name: str, mark: str) -> str:
    """Return the one block of a page with this mark."""
    (block,) = [each for each in blocks(read(name)) if each.mark == mark]
    return block.text


def links(text: str) -> list[str]:
    """Return the targets of a page's links and pictures that lead nowhere else."""
    return _LINK.findall(prose(text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each row of a page's tables, without heads and lines."""
    lines = [*prose(text).splitlines(), ""]
    for line, following in pairwise(lines):
        if line.startswith("|") and not following.startswith("|---") and not line.startswith("|---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def code(cell: str) -> list[str]:
    """Return what stands in backticks in a text."""
    return re.findall(r"`([^`]+)`", cell)


def commands(block: str) -> Iterator[list[str]]:
    """Yield the words of each command of a shell block."""
    for line in block.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list[str]()
        for word in lexer:
            if word not in _SEPARATORS:
                words.append(word)
            elif words:
                yield words
                words = []
        if words:
            yield words
