"""Recorded payloads, and what two payloads have in common beside their values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parents[3] / "../shared/slack/payloads"


def recorded(name: str) -> dict[str, Any]:
    """A payload that was recorded from Slack; the test is skipped where it is not beside the checkout."""
    file = RECORDED / name
    if not file.exists():
        pytest.skip("the recorded payloads are not beside this checkout")
    payload: dict[str, Any] = json.loads(file.read_text())
    return payload


def shape(value: Any, path: str = "") -> dict[str, str]:
    """Every key of a JSON value with its type, by path; of an array, what its first item is."""
    if isinstance(value, dict):
        found = {path: "object"} if path else {}
        for name, member in value.items():
            found |= shape(member, f"{path}/{name}")
        return found
    if isinstance(value, list):
        return {path: "array"} | (shape(value[0], f"{path}/0") if value else {})
    kind = "null" if value is None else type(value).__name__
    return {path: kind}
