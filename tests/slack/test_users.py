"""Who people are, from what Slack tells of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.slack.errors import SlackError
from bot.slack.users import Members, Person, zone_of
from tests.slack.moody import Moody, a_moody_slack, ok, refuses

LISBON = ZoneInfo("Europe/Lisbon")
ANA: dict[str, Any] = {"id": "U1", "team_id": "T1", "tz": "Europe/Lisbon", "tz_offset": 0}


@pytest.fixture
async def moody() -> AsyncIterator[Moody]:
    async with a_moody_slack() as slack:
        yield slack


@pytest.fixture
def members(moody: Moody) -> Members:
    return Members(moody.client)


def of_grid(*teams: str, **more: Any) -> dict[str, Any]:
    """Somebody of the same Enterprise, who is in these workspaces."""
    return {"team_id": teams[0], "enterprise_user": {"enterprise_id": "E1", "teams": list(teams)}, **more}


@pytest.mark.parametrize(
    ("told", "guest", "stranger", "admin"),
    [
        ({"is_admin": True}, False, False, True),
        ({"is_owner": True}, False, False, True),
        (of_grid("T1", "T2", is_admin=True), False, False, True),
        (of_grid("T2", "T1", is_admin=True), False, False, True),
        (of_grid("T2", is_admin=True, is_owner=True), True, False, False),
        (of_grid("T2", "T3"), True, False, False),
        ({"team_id": "E1", "is_admin": True}, True, False, False),  # in which workspaces is not told
        ({"team_id": "T9", "is_admin": True}, False, True, False),
        ({"team_id": "T9", "is_stranger": True, "is_owner": True}, False, True, False),
        ({"team_id": None, "is_stranger": True, "is_admin": True}, False, True, False),
    ],
)
async def test_another_workspaces_people_are_no_members_and_its_admins_no_admins(
    moody: Moody, told: dict[str, Any], guest: bool, stranger: bool, admin: bool
) -> None:
    moody.replies.append(ok(user=ANA | told))
    person = await Members(moody.client, home=frozenset({"T1", "E1"})).person("U1")
    assert (person.guest, person.stranger, person.admin) == (guest, stranger, admin)
    assert person.member is not (guest or stranger)


@pytest.mark.parametrize(
    ("told", "person", "member"),
    [
        ({}, Person(zone=LISBON, team="T1"), True),
        ({"is_bot": True}, Person(app=True, zone=LISBON, team="T1"), True),
        ({"deleted": True}, Person(deleted=True, zone=LISBON, team="T1"), True),
        ({"is_restricted": True}, Person(guest=True, zone=LISBON, team="T1"), False),
        (
            {"is_restricted": True, "is_ultra_restricted": True},
            Person(guest=True, zone=LISBON, team="T1"),
            False,
        ),
        ({"is_stranger": True, "team_id": "T2"}, Person(stranger=True, zone=LISBON, team="T2"), False),
        ({"deleted": None, "is_stranger": False, "team_id": None}, Person(zone=LISBON), True),
    ],
)
async def test_how_somebody_stands(
    moody: Moody, members: Members, told: dict[str, Any], person: Person, member: bool
) -> None:
    moody.replies.append(ok(user=ANA | told))
    assert await members.person("U1") == person
    assert person.member is member
    assert moody.heard == [("users.info", {"user": "U1"})]


async def test_of_whom_nothing_is_told_little_is_known(moody: Moody, members: Members) -> None:
    moody.replies.extend([ok()] * 2)
    assert await members.person("U1") == Person()
    assert (await members.person("U1")).zone is UTC


async def test_the_zone_of_somebody(moody: Moody, members: Members) -> None:
    moody.replies.append(ok(user=ANA))
    assert (await members.person("U1")).zone == LISBON


async def test_somebody_whom_slack_does_not_know(moody: Moody, members: Members) -> None:
    moody.replies.append(refuses("user_not_found"))
    with pytest.raises(SlackError, match="user_not_found"):
        await members.person("U1")


@pytest.mark.parametrize(
    ("told", "zone"),
    [
        ({"tz": "Asia/Kolkata", "tz_offset": 0}, ZoneInfo("Asia/Kolkata")),
        ({"tz": "Moon/Tycho", "tz_offset": 19800}, timezone(timedelta(hours=5, minutes=30))),
        ({"tz": "../../etc/passwd", "tz_offset": -3600}, timezone(timedelta(hours=-1))),
        ({"tz": "a\0b"}, UTC),
        ({"tz": "", "tz_offset": 3600}, timezone(timedelta(hours=1))),
        ({"tz": None, "tz_offset": None}, UTC),
        ({}, UTC),
    ],
)
def test_zones_that_this_machine_may_not_know(told: dict[str, Any], zone: tzinfo) -> None:
    assert zone_of(told) == zone
