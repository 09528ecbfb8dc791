"""Words as people typed them, from how Slack sends them.  Pure.

People, channels and links arrive as tokens, `<@U1|ana>`, `<#C1|art>`, `<https://…>`, with `&`, `<` and `>`
escaped (docs.slack.dev: Implementing slash commands, Escape channels, users, and links; Formatting message
text).  Within a name they are what was typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’"}  # noqa: RUF001
_LINK = re.compile(r"<?(https?://[^\s<>|]+)(?:\|[^>]*)?>?", re.IGNORECASE)
_LINK_IN_A_NAME = re.compile(r"<((?:https?://|mailto:)[^\s<>|]+)(?:\|([^<>]*))?>", re.IGNORECASE)
_PERSON_OR_CHANNEL = re.compile(r"<(?P<mark>[@#])[A-Z0-9]+\|(?P<label>[^<>]+)>")
_GROUP = re.compile(r"<!subteam\^[A-Z0-9]+\|@?(?P<label>[^<>]+)>")
_SOMEBODY = re.compile(
    r"(?:^|(?<=[\s,]))(?:(?:and|by)\s+)?(?P<who><@(?P<id>[A-Z0-9]+)(?:\|[^<>]*)?>"
    r"|<!subteam\^[A-Z0-9]+(?:\|@?(?P<group>[^<>]*))?>|@(?P<name>\w[\w.-]*))(?=$|[\s,.;:!?])",
    re.IGNORECASE,
)
_ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}  # in this order: `&amp;lt;` is `&lt;`


@dataclass(frozen=True)
class People:
    """Who is named in a text: ids, each once, and those whom Slack did not know, as typed."""

    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_links(text: str) -> tuple[tuple[str, ...], str]:
    """The links at the beginning of a text, each once, and what follows them."""
    links: list[str] = []
    rest = text.strip()
    while found := _LINK.match(rest):
        links.append(found[1].rstrip(","))
        rest = rest[found.end() :].lstrip(" ,\n")
    return tuple(dict.fromkeys(links)), rest


def read_people(text: str) -> tuple[People, str]:
    """The people that a text names outside of quotes, and what it says besides.

    "and", "by" and commas before them belong to them.

    Args:
        text: as Slack sends it, with tokens.
    """
    found = [each for each in _SOMEBODY.finditer(text) if not within_quotes(text, each.start("who"))]
    left, end = "", 0
    for each in found:
        left, end = f"{left}{text[end : each.start()].rstrip(' ,')} ", each.end()
    known = dict.fromkeys(each["id"].upper() for each in found if each["id"])
    typed = (each["group"] or each["name"] for each in found if not each["id"])
    unknown = dict.fromkeys("@" + name.rstrip(".-") for name in typed if name)
    return People(tuple(known), tuple(unknown)), left + text[end:].lstrip(" ,")


def within_quotes(text: str, at: int) -> bool:
    """Whether a place lies inside a quoted name; a quote that is never closed quotes nothing."""
    end = -1
    for start, character in enumerate(text[:at]):
        if start <= end or character not in _QUOTES or (start and not text[start - 1].isspace()):
            continue
        end = text.find(_QUOTES[character], start + 1)
        if start < at < end:
            return True
    return False


def unquoted(text: str) -> str:
    """A name as it was meant: without its quotes, and without more than one space anywhere."""
    text = " ".join(text.split())
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return text


def named(text: str) -> str:
    """A name as it was meant; what Slack took for a link is what was typed."""
    return unquoted(_LINK_IN_A_NAME.sub(lambda link: link[2] or link[1].removeprefix("mailto:"), text))


def as_typed(text: str) -> str:
    """Text as it was typed, but for links, from how Slack sends it: `@ana`, `#art`, and unescaped.

    People and channels without a label stay tokens, since nothing tells their names.
    """
    text = _PERSON_OR_CHANNEL.sub(r"\g<mark>\g<label>", text)
    return unescaped(_GROUP.sub(r"@\g<label>", text))


def unescaped(text: str) -> str:
    """Text as it was typed, from how Slack sends it (docs.slack.dev: Escaping text)."""
    for escaped, character in _ESCAPED.items():
        text = text.replace(escaped, character)
    return text
