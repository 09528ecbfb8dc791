"""Text from images, models and people, made fit to show: plain, short, without tricks."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.models.blocks import PlainTextObject

from bot.text import visible

_JOINERS = "\u200d\ufe0f"


def clean(text: str) -> str:
    """`text` without what is invisible or turns what follows it; line breaks stay."""
    return visible(text.replace("\r\n", "\n")).strip()


def one_line(text: str) -> str:
    """`clean`, with every run of white space as one space."""
    return " ".join(clean(text).split())


def length(text: str) -> int:
    """How long Slack may find a text: in UTF-16 units, where an emoji counts twice or more."""
    return len(text.encode("utf-16-le", "replace")) // 2


def shorten(text: str, most: int) -> str:
    """`text` in at most `most` units, cut between words where that loses little, with an ellipsis."""
    if length(text) <= most:
        return text
    cut = _head(text, most - 1)
    between_words = cut.rsplit(None, 1)[0] if " " in cut.strip() else cut
    return (between_words if len(between_words) > len(cut) * 0.7 else cut).rstrip(" ,.;:") + "…"


def shorten_markup(markup: str, most: int) -> str:
    """`shorten` for mrkdwn: no mention and no escaped character is cut in two."""
    if length(markup) <= most:
        return markup
    head = _head(markup, most - 1)
    for opening, closing in ("<>", "&;"):
        at = head.rfind(opening)
        if at >= 0 and closing not in head[at:]:
            head = head[:at]
    return head.rstrip() + "…"


def pieces(text: str, most: int) -> list[str]:
    """`text` in pieces of at most `most` units each, parted between words where there are any."""
    parts, start = [], 0
    while length(text[start : start + most + 1]) > most:
        part = text[start : start + most]
        head = _head(part, most) or part  # a part of nothing but joiners
        end = max(head.rfind(" "), head.rfind("\n"))
        cut = end + 1 if end > len(head) // 2 else len(head)
        parts.append(text[start : start + cut])
        start += cut
    return [*parts, text[start:]]


def _head(text: str, most: int) -> str:
    """The longest beginning of at most `most` units that does not end within a composed emoji."""
    head = text[:most]
    while length(head) > most:
        head = head[: -max(1, (length(head) - most) // 2)]
    return head.rstrip(_JOINERS)


def plain(text: str, most: int = 3000) -> PlainTextObject:
    """A `plain_text` object: Slack shows it letter by letter (no mentions, links or emoji names)."""
    return PlainTextObject(text=shorten(clean(text), most) or "…", emoji=False)


def escape(text: str) -> str:
    """`text` for a mrkdwn field (docs.slack.dev: formatting message text, "Escaping text")."""
    return html.escape(clean(text), quote=False)


def mapping(value: object) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; none for anything else."""
    items = value if isinstance(value, list | tuple) else ()
    return (item for item in items if isinstance(item, Mapping))


def text_of(given: Mapping[str, Any], field: str) -> str:
    """A member that is text; empty for anything else."""
    value = given.get(field)
    return value if isinstance(value, str) else ""
