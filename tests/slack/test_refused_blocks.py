"""Which blocks Slack refused, from what it tells (wording: python-slack-sdk issue 1797)."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack.errors import slack_error


@pytest.mark.parametrize(
    ("metadata", "blocks"),
    [
        ({"messages": ["[ERROR] invalid slack file [json-pointer:/view/blocks/2/slack_file]"]}, {2}),
        (
            {
                "messages": [
                    "invalid slack file [json-pointer:/blocks/0/accessory/slack_file]",
                    "invalid slack file [json-pointer:/blocks/11/elements/1/slack_file]",
                ]
            },
            {0, 11},
        ),
        ({"messages": ["invalid `trigger_id` [json-pointer:/trigger_id]", None, 7]}, set()),
        ({"messages": []}, set()),
        ("odd", set()),
        (None, set()),
    ],
)
def test_the_places_are_read_from_pointers(metadata: Any, blocks: set[int]) -> None:
    answer = {"ok": False, "error": "invalid_arguments", "response_metadata": metadata}
    refused = SlackApiError("refused", answer)  # type: ignore[no-untyped-call]
    error = slack_error("views.open", refused)
    assert error.blocks == blocks
