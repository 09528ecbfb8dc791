"""Sentences with people, times and addresses in them: as rich text, which knows no markup at all, and as the
escaped text that notifications show."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slack_sdk.models.blocks import RichTextBlock, RichTextElementParts, RichTextSectionElement
from slack_sdk.models.blocks.block_elements import RichTextElement

from bot.slack.messages import Link, Person, Sentence, When
from bot.slack.text import escape, one_line, shorten

SOMEBODY = "somebody who was forgotten"
_USER = re.compile(r"[UW][A-Z0-9]+")
_FORMAT = "{date_short_pretty} at {time}"
_MOST = 700  # characters of words in one piece: more than anybody reads in a reply

_Parts = RichTextElementParts


def rich_text(sentences: Sequence[Sentence], block_id: str) -> RichTextBlock:
    """Sentences as a block, one below the other (docs.slack.dev: rich text block)."""
    parts: list[RichTextElement] = []
    for number, sentence in enumerate(sentences):
        parts += [_Parts.Text(text="\n")] if number else []
        parts += [_element(part) for part in sentence if not isinstance(part, str) or _words(part)]
    return RichTextBlock(elements=[RichTextSectionElement(elements=parts)], block_id=block_id)


def marked_up(sentence: Sentence) -> str:
    """A sentence for notifications and screen readers (docs.slack.dev: formatting message text)."""
    return "".join(map(_marked_up, sentence))


def _element(part: str | Person | When | Link) -> RichTextElement:
    match part:
        case Person(user) if _USER.fullmatch(user):
            return _Parts.User(user_id=user)
        case Person():
            return _Parts.Text(text=SOMEBODY)
        case When(at):
            return _Parts.Date(timestamp=int(at.timestamp()), format=_FORMAT, fallback=_fallback(part))
        case Link(url, label):
            return _Parts.Link(url=url, text=_words(label))
    return _Parts.Text(text=_words(part))


def _marked_up(part: str | Person | When | Link) -> str:
    match part:
        case Person(user):
            return f"<@{user}>" if _USER.fullmatch(user) else SOMEBODY
        case When(at):
            return f"<!date^{int(at.timestamp())}^{_FORMAT}|{_fallback(part)}>"
        case Link(_, label):
            return _escaped(label)
    return _escaped(part)


def _escaped(words: str) -> str:
    kept = _words(words)
    return f"{kept[: kept.startswith(' ')]}{escape(kept)}{kept[len(kept) - kept.endswith(' ') :]}"


def _fallback(when: When) -> str:
    return f"{when.at:%a} {when.at.day} {when.at:%b %Y, %H:%M} UTC"


def _words(text: str) -> str:
    """`clean`, in one line, with the spaces that part it from what stands beside it."""
    line = shorten(one_line(text), _MOST)
    lead, trail = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
    return f"{lead}{line}{trail}" if line else lead
