"""Blocks, and arrays of blocks (docs.slack.dev: blocks).

Input blocks may stand in messages too, as the reference says today. What is `NOT_IMITATED` is refused as
`unsupported type`, so that no bot shows what nobody here sees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.slack.blockkit.composition import (
    ALT_TEXT,
    BLOCK_ID,
    IMAGE_SOURCE,
    ONE_IMAGE_SOURCE,
    any_text,
    plain_text,
)
from bot.sandbox.slack.blockkit.elements import ACCESSORIES, ACTION_ELEMENTS, IMAGE, INPUT_ELEMENTS
from bot.sandbox.slack.blockkit.rich_text import RICH_TEXT
from bot.sandbox.slack.blockkit.schema import (
    Check,
    Problem,
    Problems,
    Surroundings,
    at_least_one,
    boolean,
    by_type,
    items,
    only_on,
    text,
    thing,
    url,
)

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_MARKDOWN = 12_000

_CONTEXT_TEXT: Check = any_text(3000)


def _context_element(value: Any, at: str, around: Surroundings) -> Problems:
    is_image = isinstance(value, dict) and value.get("type") == "image"
    yield from (IMAGE if is_image else _CONTEXT_TEXT)(value, at, around)


def _block(*, required: Mapping[str, Check], optional: Mapping[str, Check], also: list[Check]) -> Check:
    return thing(required=required, optional={"block_id": BLOCK_ID, **optional}, also=also)


BLOCKS: Mapping[str, Check] = {
    "header": _block(required={"text": plain_text(150)}, optional={}, also=[]),
    "divider": _block(required={}, optional={}, also=[]),
    "section": _block(
        required={},
        optional={
            "text": any_text(3000),
            "fields": items(any_text(2000), most=10),
            "accessory": by_type(ACCESSORIES),
            "expand": boolean,
        },
        also=[at_least_one("text", "fields")],
    ),
    "context": _block(required={"elements": items(_context_element, most=10)}, optional={}, also=[]),
    "actions": _block(required={"elements": items(by_type(ACTION_ELEMENTS), most=25)}, optional={}, also=[]),
    "image": _block(
        required={"alt_text": ALT_TEXT},
        optional={**IMAGE_SOURCE, "title": plain_text(2000)},
        also=[ONE_IMAGE_SOURCE],
    ),
    "input": _block(
        required={"label": plain_text(2000), "element": by_type(INPUT_ELEMENTS)},
        optional={"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
        also=[],
    ),
    "rich_text": RICH_TEXT,
    "markdown": _block(required={"text": text(most=MOST_MARKDOWN)}, optional={}, also=[only_on("message")]),
    "video": _block(
        required={
            "alt_text": text(most=200),
            "title": plain_text(200),
            "thumbnail_url": url(),
            "video_url": url(schemes=("https://",)),
        },
        optional={
            "author_name": text(most=50),
            "description": plain_text(200),
            "provider_icon_url": url(),
            "provider_name": text(most=50),
            "title_url": url(schemes=("https://",)),
        },
        also=[],
    ),
}


NOT_IMITATED: Mapping[str, str] = {
    "alert": "newer; modals only",
    "card": "newer",
    "carousel": "newer",
    "container": "newer",
    "context_actions": "for AI apps",
    "data_table": "newer",
    "data_visualization": "newer",
    "file": "only Slack itself puts it into a message",
    "plan": "for AI apps",
    "table": "newer",
    "task_card": "for AI apps",
}
"""Blocks of Slack's that are refused here, and why one would not miss them."""


def check_blocks(blocks: Any, around: Surroundings, at: str = "/blocks") -> list[Problem]:
    """Everything wrong with an array of blocks, pointers beginning with `at`."""
    least = 0 if around.surface == "message" else 1
    each = items(by_type(BLOCKS), least=least, most=MOST_BLOCKS[around.surface])
    problems = list(each(blocks, at, around))
    return problems or [
        *_repeated_block_ids(blocks, at),
        *_repeated_action_ids(blocks, at),
        *_markdown(blocks, at),
    ]


def elements_of(block: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The elements of a block with their pointers below it."""
    found = [(f"/elements/{n}", element) for n, element in enumerate(block.get("elements", []))]
    found += [(f"/{name}", block[name]) for name in ("accessory", "element") if name in block]
    return [(at, element) for at, element in found if "type" in element]


def _repeated_block_ids(blocks: list[dict[str, Any]], at: str) -> Iterator[Problem]:
    times = Counter(block["block_id"] for block in blocks if block.get("block_id"))
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id", "")
        if times[name] > 1 and name in seen:
            yield Problem(f'`block_id` "{name}" already exists', f"{at}/{index}/block_id", "repeated")
        seen.add(name)


def _repeated_action_ids(blocks: list[dict[str, Any]], at: str) -> Iterator[Problem]:
    for index, block in enumerate(blocks):
        seen: set[str] = set()
        for below, element in elements_of(block):
            name = element.get("action_id")
            if name is not None and name in seen:
                yield Problem(
                    f'`action_id` "{name}" already exists', f"{at}/{index}{below}/action_id", "repeated"
                )
            seen.add(name or "")


def _markdown(blocks: list[dict[str, Any]], at: str) -> Iterator[Problem]:
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MOST_MARKDOWN:
        yield Problem(
            f"markdown blocks must be less than {MOST_MARKDOWN + 1} characters together",
            at,
            "too_long",
            {"max_length_together": MOST_MARKDOWN},
        )
