"""Views: modals and the Home tab (docs.slack.dev: Modals, reference/views)."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.slack.blockkit.blocks import check_blocks
from bot.sandbox.slack.blockkit.composition import plain_text
from bot.sandbox.slack.blockkit.schema import (
    Problem,
    Problems,
    Surroundings,
    boolean,
    by_type,
    text,
    thing,
    unsupported,
)

LARGEST_VIEW = 250_000
"""Bytes; more is `view_too_large` (docs.slack.dev: views.open)."""


def _anything(value: Any, at: str, around: Surroundings) -> Problems:
    return ()


_SHARED = {
    "private_metadata": text(most=3000, least=0),
    "callback_id": text(most=255, least=0),
    "external_id": text(most=255, least=0),
}
_VIEWS = by_type(
    {
        "modal": thing(
            required={"title": plain_text(24), "blocks": _anything},
            optional={
                **_SHARED,
                "close": plain_text(24),
                "submit": plain_text(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
            },
        ),
        "home": thing(required={"blocks": _anything}, optional=_SHARED),
    }
)


def check_view(view: Any, around: Surroundings) -> list[Problem]:
    """Everything wrong with a view, pointers beginning with `/view`."""
    problems = list(_VIEWS(view, "/view", around))
    if problems and not (isinstance(view, dict) and {"type", "blocks"} <= view.keys()):
        return problems
    if view["type"] != around.surface:
        problems.append(unsupported(view["type"], "/view", {"one_of": (around.surface,)}))
    in_blocks = check_blocks(view["blocks"], around, "/view/blocks")
    return [*problems, *in_blocks, *([] if in_blocks else _inputs_need_submit(view))]


def too_large(view: Any) -> bool:
    """Whether the view's JSON is more than Slack takes."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST_VIEW


def _inputs_need_submit(view: dict[str, Any]) -> list[Problem]:
    if view["type"] == "home" or "submit" in view:
        return []
    return [
        Problem(
            "must define `submit` to use `input` block",
            f"/view/blocks/{index}/input",
            "missing_field",
            {"required": "submit"},
        )
        for index, block in enumerate(view["blocks"])
        if block["type"] == "input"
    ]
