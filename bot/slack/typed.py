"""Words as people typed them, from how Slack sends them.  Pure.

People, channels and links arrive as tokens, `<@U1|ana>`, `<#C1|art>`, `<https://…>`, with `&`, `<` and `>`
escaped (docs.slack.dev: Implementing slash commands; Formatting message text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.text import MOST_NAME, tidy_name

# fmt: off
_QUOTES = {
    '"': '"', "“": '”"“', "„": '“”"', "”": "”", "‟": "”", "〝": "〞〟", "＂": "＂", "❝": "❞",  # noqa: RUF001
    "'": "'", "‘": "’'", "‚": "‘’", "’": "’", "‛": "’", "`": "`",  # noqa: RUF001
    "«": "»", "»": "«»", "‹": "›", "›": "‹›", "《": "》", "〈": "〉",  # noqa: RUF001
    "「": "」", "『": "』", "｢": "｣",
}
"""What opens a quoted name → what may close it (Unicode CLDR: quotation marks of its languages)."""
# fmt: on
_LONGEST_QUOTE = 5 * MOST_NAME  # characters: "&" is sent as five
_KINDS_OF_QUOTES = (f"{first}[^{last}]{{0,{_LONGEST_QUOTE}}}[{last}]" for first, last in _QUOTES.items())
_QUOTED = re.compile(rf"(?:^|(?<=\s))(?:{'|'.join(_KINDS_OF_QUOTES)})")
_LINK = re.compile(r"<?(https?://[^\s<>|]+)(?:\|[^<>]*)?>?[\s,]*", re.IGNORECASE)
_LINK_IN_A_NAME = re.compile(r"<((?:https?://|mailto:)[^\s<>|]+)(?:\|([^<>]*))?>", re.IGNORECASE)
_TOKEN = re.compile(r"<(?:(?P<mark>[@#])[A-Z0-9]+\||!subteam\^[A-Z0-9]+\|@?)(?P<label>[^<>]+)>")
_SOMEBODY = re.compile(
    r"(?:^|(?<=[\s,]))(?:(?:and|by)\s+)?(?P<who><@(?P<id>[A-Z0-9]+)(?:\|[^<>]*)?>"
    r"|<!subteam\^(?P<group>[A-Z0-9]+)(?:\|[^<>]*)?>|<!(?P<all>here|channel|everyone)(?:\|[^<>]*)?>"
    r"|<#[A-Z0-9]+(?:\|(?P<channel>[^<>]*))?>|@(?P<name>\w[\w.-]*))(?=$|[\s,.;:!?])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class People:
    """Who is named in a text: ids of people and of user groups; `unknown` as typed: `@anna`, `#art`."""

    known: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_links(text: str) -> tuple[tuple[str, ...], str]:
    """The links at the beginning of a text, each once, and what follows them."""
    links: list[str] = []
    text, at = text.strip(), 0
    while found := _LINK.match(text, at):
        links.append(found[1].rstrip(","))
        at = found.end()
    return tuple(dict.fromkeys(links)), text[at:]


def read_people(text: str) -> tuple[People, str, str]:
    """Return the people that a text names outside of quotes, the words before and between, and those after.

    "and", "by" and commas before them belong to them.
    """
    found = list(outside_quotes(text, _SOMEBODY.finditer(text), "who"))
    parts, end = [], 0
    for each in found:
        parts.append(text[end : each.start()].rstrip(" ,"))
        end = each.end()
    people = People(
        tuple(dict.fromkeys(each["id"].upper() for each in found if each["id"])),
        tuple(dict.fromkeys(each["group"].upper() for each in found if each["group"])),
        tuple(dict.fromkeys(filter(None, map(_unknown, found)))),
    )
    return (people, " ".join(filter(None, parts)), text[end:].lstrip(" ,")) if found else (people, text, "")


def _unknown(found: re.Match[str]) -> str | None:
    if found["id"] or found["group"]:
        return None
    if name := found["name"] or found["all"]:
        return "@" + name.rstrip(".-")
    return f"#{found['channel']}" if found["channel"] else "a channel"


def outside_quotes(
    text: str, found: Iterable[re.Match[str]], group: str | int = 0
) -> Iterator[re.Match[str]]:
    """Those of some matches, in their order, that do not begin inside a quoted name.

    A quote that is never closed quotes nothing.
    """
    spans = (quoted.span() for quoted in _QUOTED.finditer(text))
    start, end = 0, 0
    for each in found:
        while each.start(group) >= end:
            start, end = next(spans, (len(text), len(text) + 1))
        if not start < each.start(group) < end:
            yield each


def unquoted(text: str) -> str:
    """A name as it was meant: tidy, and without its quotes."""
    text = tidy_name(text)
    if len(text) > 1 and text[-1] in _QUOTES.get(text[0], ""):
        return text[1:-1].strip()
    return text


def named(text: str) -> str:
    """A name as it was meant; what Slack took for a link is what was typed."""
    return unquoted(_LINK_IN_A_NAME.sub(lambda link: link[2] or link[1].removeprefix("mailto:"), text))


def as_typed(text: str) -> str:
    """Return text as it was typed: `@ana`, `#art`; links, and names without a label, stay tokens."""
    return unescaped(_TOKEN.sub(lambda token: (token["mark"] or "@") + token["label"], text))


def unescaped(text: str) -> str:
    """Text as it was typed, from how Slack sends it (docs.slack.dev: Escaping text)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")  # `&amp;lt;` is `&lt;`
