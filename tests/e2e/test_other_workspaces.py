"""What comes in another workspace's name reads and changes nothing of this one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot.app.bots import NOT_THIS_WORKSPACE
from bot.cards import view as card
from bot.cli.local import words_of
from bot.db.tables import Base
from bot.review.view import APPROVE
from bot.sandbox.slack.deliveries import Delivery
from tests.e2e.team import Message, Team, picture, presses
from tests.jobs import rows as job_rows

pytestmark = pytest.mark.slow

ELSEWHERE = "T0ELSEWHERE"
Json = dict[str, Any]


@pytest.fixture
async def post(team: Team) -> AsyncIterator[Message]:
    """Ana's mascot in #mascots."""
    yield await team.post([picture()])
    await team.all_done()
    assert team.findings() == []


async def everything(team: Team) -> dict[str, Any]:
    """All that is stored, and all that Masko holds."""
    found: dict[str, Any] = {"masko": [(each.id, each.name) for each in team.mascots()]}
    async with team.bot.store.read() as session:
        found["jobs"] = [row["kind"] for row in await job_rows.rows(session)]
        for mapper in Base.registry.mappers:
            table: Any = mapper.class_.__table__
            if table.name not in ("interaction", "job"):  # PostgreSQL has jobs of its own
                found[table.name] = sorted(map(str, await session.execute(select(*table.columns))))
    return found


async def sent_from_elsewhere(team: Team, earlier: Delivery, **more: Any) -> Delivery:
    """Deliver what somebody did once more, in another workspace's name."""
    named = {"team": {"id": ELSEWHERE, "domain": "elsewhere"}, "team_id": ELSEWHERE}
    payload: Json = {
        **earlier.payload,
        **{key: named[key] for key in named if key in earlier.payload},
        **more,
    }
    payload["trigger_id"] = team.slack.workspace.triggers.issue(
        payload.get("user_id") or payload["user"]["id"]
    )
    return await team.slack.workspace.way.ask(earlier.type, payload)


@pytest.mark.parametrize("action", [APPROVE, card.EDIT])
async def test_a_press(team: Team, post: Message, action: str) -> None:
    await team.press(team.card(post), action, user="ben")
    await team.all_done()
    if action == card.EDIT:
        await team.slack.wait_until(lambda: team.slack.view("ben"))
    before, opened, said = await everything(team), team.slack.view("ben"), team.words(post, viewer="ben")
    delivery = await sent_from_elsewhere(team, next(d for d in team.slack.deliveries if presses(d, action)))
    await team.all_done()
    assert delivery.acknowledged
    assert await everything(team) == before
    assert team.slack.view("ben") == opened
    assert set(team.words(post, viewer="ben")) - set(said) <= {NOT_THIS_WORKSPACE}


async def test_a_form(team: Team, post: Message) -> None:
    await team.press(team.card(post), card.EDIT)
    await team.fill_in("Felix")
    before = await everything(team)
    form = next(each for each in reversed(team.slack.deliveries) if "view" in each.payload)
    view = {**form.payload["view"], "app_installed_team_id": ELSEWHERE, "id": "V0ELSEWHERE"}
    await sent_from_elsewhere(team, form, view=view)
    await team.all_done()
    assert await everything(team) == before


@pytest.mark.parametrize("text", ["list", "settings", "use none", "export", "forget me", "new fox"])
async def test_a_command(team: Team, post: Message, text: str) -> None:
    """Nor are mascots that Masko lists taken for the other workspace's."""
    await team.slack.command("chris", "mascots", "/masko", "help")
    await team.all_done()
    typed = next(each for each in reversed(team.slack.deliveries) if "command" in each.payload)
    team.masko.calls.clear()
    before = await everything(team)
    await sent_from_elsewhere(team, typed, text=text)
    await team.all_done()
    assert await everything(team) == before
    assert not team.masko.calls
    name = team.mascots()[0].detected.name
    chris = team.slack.directory.person("chris").id
    messages = team.slack.workspace.messages
    said = [words_of(messages.as_json(each)) for each in messages.all() if each.ephemeral_to == chris]
    assert not any(name in each for each in said)


async def test_an_event(team: Team, post: Message) -> None:
    """An image that another workspace's authorization tells of."""
    told = next(each for each in team.slack.deliveries if each.payload.get("event", {}).get("files"))
    before = await everything(team)
    where = [{**told.payload["authorizations"][0], "team_id": ELSEWHERE}]
    event = {**told.payload["event"], "ts": team.slack.workspace.times.next()}
    payload = {**told.payload, "authorizations": where, "team_id": ELSEWHERE, "event": event}
    payload["event_id"] = "Ev0ELSEWHERE"
    await team.slack.workspace.way.ask(told.type, payload)
    await team.all_done()
    assert await everything(team) == before


async def test_a_form_sent_from_another_workspace_counts_for_the_one_that_the_app_is_installed_in(
    team: Team, post: Message
) -> None:
    """`team` is where it was sent from, the view tells whose app it is (docs.slack.dev: view_submission)."""
    await team.press(team.card(post), card.EDIT)
    await team.fill_in("Felix")
    form = next(each for each in reversed(team.slack.deliveries) if "view" in each.payload)
    view = {**form.payload["view"], "app_installed_team_id": team.slack.directory.team.id}
    values = form.payload["view"]["state"]["values"]
    name = {**values["name"]["name"], "value": "Otto"}
    view["state"] = {"values": {**values, "name": {"name": name}}}
    assert (await sent_from_elsewhere(team, form, view=view)).acknowledged
    await team.all_done()
    assert team.mascots()[0].name == "Otto"
