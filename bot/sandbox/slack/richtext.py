"""From what a person types to what Slack sends: escaped text and its rich_text block."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"<(?P<inner>[@#!][^<>]+|https?://[^<>]+)>")
_TYPED = re.compile(r"(?P<url>https?://[^\s<>|]+)|(?<![\w@])@(?P<name>[\w.-]+)")


def as_sent(typed: str, names: Mapping[str, str]) -> str:
    """Slack's text for typed words: `@ana`, `@designers` and links become tokens, `&<>` are escaped.

    Args:
        typed: plain words; tokens that are already Slack's (`<@U123>`) stay as they are.
        names: people's names and the handles of groups in lower case → their ids. A group has no label in a
            message: `<!subteam^S123>`.
    """
    parts: list[str] = []
    position = 0
    for token in _TOKEN.finditer(typed):
        parts += [_words_as_sent(typed[position : token.start()], names), token[0]]
        position = token.end()
    return "".join([*parts, _words_as_sent(typed[position:], names)])


def _words_as_sent(words: str, names: Mapping[str, str]) -> str:
    def token(found: re.Match[str]) -> str:
        if found["url"]:
            return f"<{found['url']}>"
        known = names.get(found["name"].casefold())
        if known and known.startswith("S"):
            return f"<!subteam^{known}>"
        return f"<@{known}>" if known else found[0]

    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _TYPED.sub(token, escaped)


def rich_text(text: str, block_id: str) -> dict[str, Any]:
    """The rich_text block of a message with this text."""
    elements: list[dict[str, Any]] = []
    position = 0
    for token in _TOKEN.finditer(text):
        elements += [*_text_element(text[position : token.start()]), _token_element(token["inner"])]
        position = token.end()
    elements += _text_element(text[position:])
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def _text_element(text: str) -> list[dict[str, Any]]:
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return [{"type": "text", "text": plain}] if plain else []


def _token_element(inner: str) -> dict[str, Any]:
    target, _, label = inner.partition("|")
    match target[0]:
        case "@":
            return {"type": "user", "user_id": target[1:]}
        case "#":
            return {"type": "channel", "channel_id": target[1:]}
        case "!" if target.startswith("!subteam^"):
            return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
        case "!":
            return {"type": "broadcast", "range": target[1:]}
        case _:
            return {"type": "link", "url": target} | ({"text": label} if label else {})
