"""Text from images, models and people, made fit to show: plain, short, without tricks."""

from __future__ import annotations

import unicodedata

from slack_sdk.models.blocks import PlainTextObject

# Marks that turn or hide what follows them; a name has no honest use for them.
_TRICKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")

_JOINERS = "\u200d\ufe0f"


def clean(text: str) -> str:
    """`text` without control characters (line breaks stay), direction overrides and lone surrogates."""
    kept = (
        character
        for character in text.replace("\r\n", "\n")
        if character == "\n"
        or (unicodedata.category(character) not in {"Cc", "Cs"} and character not in _TRICKS)
    )
    return "".join(kept).strip()


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
    between_words = cut.rsplit(None, 1)[0] if " " in cut else cut
    return (between_words if len(between_words) > len(cut) * 0.7 else cut).rstrip(" ,.;:") + "…"


def pieces(text: str, most: int) -> list[str]:
    """`text` in pieces of at most `most` units each, parted between words where there are any."""
    parts = []
    while length(text) > most:
        head = _head(text, most)
        end = max(head.rfind(" "), head.rfind("\n"))
        cut = end + 1 if end > len(head) // 2 else len(head)
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]


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
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
