from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.response import BoltResponse

from bot.server.deliveries import kind_of, outcome_of
from bot.server.socket_mode import acknowledgement


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"type": "event_callback", "event": {"type": "app_mention"}}, "app_mention"),
        ({"type": "block_actions", "actions": []}, "block_actions"),
        ({"command": "/masko", "text": "help"}, "/masko"),
        ({"type": "url_verification", "challenge": "x"}, "url_verification"),
        ({}, "unknown"),
        ({"event": {}}, "unknown"),
    ],
)
def test_what_was_delivered(body: dict[str, Any], kind: str) -> None:
    assert kind_of(body) == kind


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "ok"), (401, "refused"), (404, "nobody"), (500, "failed"), (400, "failed")]
)
def test_how_it_was_answered(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome


@pytest.mark.parametrize(
    ("response", "payload"),
    [
        (BoltResponse(status=200, body=""), None),
        (BoltResponse(status=200, body={"response_action": "clear"}), {"response_action": "clear"}),
        (BoltResponse(status=200, body="Hello"), {"text": "Hello"}),
    ],
    ids=["empty", "json", "text"],
)
def test_the_acknowledgement_carries_the_answer(
    response: BoltResponse, payload: dict[str, Any] | None
) -> None:
    said = acknowledgement("E1", response)
    assert said.pop("envelope_id") == "E1"
    assert said == ({} if payload is None else {"payload": payload})
