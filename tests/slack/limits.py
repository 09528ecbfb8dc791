"""Block Kit's limits on what this program sends, from Slack's pages, for tests of views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TEXT_LIMITS = {"header": 150, "section": 3000, "context": 3000, "button": 75, "image": 2000}


def problems(blocks: list[dict[str, Any]]) -> list[str]:
    """What Slack would refuse; empty when all is well."""
    return list(_problems(blocks))


def _problems(blocks: list[dict[str, Any]]) -> Iterator[str]:
    if not 1 <= len(blocks) <= 50:
        yield f"{len(blocks)} blocks"
    for block in blocks:
        if block["type"] in {"header", "section"}:
            yield from _text(block["type"], block["text"])
        for element in block.get("elements", []):
            yield from _element(block["type"], element)
        if len(block.get("elements", [])) > (25 if block["type"] == "actions" else 10):
            yield f"too many elements in {block['type']}"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id twice"


def _element(block: str, element: Mapping[str, Any]) -> Iterator[str]:
    match element["type"]:
        case "plain_text" | "mrkdwn":
            yield from _text(block, element)
        case "button":
            yield from _text("button", element["text"])
            if len(element.get("value", "")) > 2000 or len(element.get("url", "")) > 3000:
                yield "button value or url"
        case "image" if not 1 <= len(element["alt_text"]) <= 2000:
            yield "alt text"


def _text(where: str, text: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(text["text"]) <= TEXT_LIMITS[where]:
        yield f"{where}: {len(text['text'])} characters"


def plain_words(blocks: list[dict[str, Any]]) -> str:
    """All words that a person reads in these blocks, one text object a line."""
    return "\n".join(_words(blocks))


def text_objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every text object anywhere in blocks or views."""
    if isinstance(value, Mapping):
        if value.get("type") in {"plain_text", "mrkdwn"}:
            yield value
        for item in value.values():
            yield from text_objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from text_objects(item)


def _words(blocks: list[dict[str, Any]]) -> Iterator[str]:
    for text in text_objects(blocks):
        yield str(text["text"])
