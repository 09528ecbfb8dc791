"""Who is of another organisation, by what Slack tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.users import is_stranger

HOME = frozenset({"T1", "E1"})


def of_enterprise(enterprise_id: object, teams: object) -> dict[str, Any]:
    return {"team_id": "T2", "enterprise_user": {"enterprise_id": enterprise_id, "teams": teams}}


@pytest.mark.parametrize(
    ("person", "stranger"),
    [
        ({"team_id": "T1", "is_stranger": False}, False),
        ({"team_id": "T1", "is_stranger": True}, True),
        ({"team_id": "T9", "is_stranger": False}, True),  # in a shared channel
        ({"team_id": "T9"}, True),
        ({"team_id": "E1"}, False),
        (of_enterprise("E1", ["T2"]), False),
        (of_enterprise("E9", ["T2", "T1"]), False),
        (of_enterprise("E9", ["T2"]), True),
        (of_enterprise("E9", "T1"), True),
        (of_enterprise(1, [None, ["T1"]]), True),
        ({}, False),
        ({"team_id": None, "enterprise_user": [1]}, False),
    ],
)
def test_strangers(person: dict[str, Any], stranger: bool) -> None:
    assert is_stranger(person, HOME) is stranger


def test_where_home_is_not_known_slack_s_word_holds() -> None:
    assert not is_stranger({"team_id": "T9"}, frozenset())
    assert is_stranger({"team_id": "T9", "is_stranger": True}, frozenset())
