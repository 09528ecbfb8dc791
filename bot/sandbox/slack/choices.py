"""What can be chosen from a menu, and how Slack sends what was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def as_offered(element: Mapping[str, Any], chosen: Mapping[str, Any]) -> Json:
    """What was chosen, with whole options in place of those that only name their `value`.

    Menus that take their options from elsewhere (people, channels, the bot) are not checked.

    Raises:
        LookupError: the element does not offer it.
    """
    offered = {option["value"]: option for option in _options(element)}
    if not offered:
        return dict(chosen)
    settled = dict(chosen)
    if chosen.get("selected_option") is not None:
        settled["selected_option"] = _found(offered, chosen["selected_option"])
    if "selected_options" in chosen:
        settled["selected_options"] = [_found(offered, option) for option in chosen["selected_options"]]
    return settled


def _options(element: Mapping[str, Any]) -> list[Json]:
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(option for group in groups for option in group["options"])]


def _found(offered: Mapping[str, Json], option: Mapping[str, Any]) -> Json:
    value = option.get("value", "")
    if value not in offered:
        raise LookupError(f"the menu does not offer {value!r}")
    return offered[value]
