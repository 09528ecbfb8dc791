"""Blocks and views as Slack gives them back: ids made up where missing, defaults written out."""

from __future__ import annotations

import copy
from typing import Any

from bot.sandbox.slack.blockkit import elements_of
from bot.sandbox.slack.ids import Ids

_SILENT = frozenset({"image", "plain_text", "mrkdwn"})


def normal_blocks(blocks: list[dict[str, Any]], ids: Ids) -> list[dict[str, Any]]:
    """A copy of blocks with every `block_id` and `action_id` there and text defaults written out."""
    kept = copy.deepcopy(blocks)
    for block in kept:
        if not block.get("block_id"):
            block["block_id"] = ids.block()
        if block["type"] in ("section", "actions", "input"):
            for _, element in elements_of(block):
                if element["type"] not in _SILENT:
                    element.setdefault("action_id", ids.block())
        if block["type"] == "input":
            block.setdefault("optional", False)
            block.setdefault("dispatch_action", False)
        _write_defaults(block)
    return kept


def normal_text(text: dict[str, Any] | None) -> dict[str, Any] | None:
    """A copy of a text object with its defaults, or None."""
    kept = copy.deepcopy(text)
    _write_defaults(kept)
    return kept


def _write_defaults(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _write_defaults(item)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for member in value.values():
            _write_defaults(member)
