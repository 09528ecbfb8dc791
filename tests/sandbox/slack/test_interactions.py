"""Buttons, menus, modals and response_urls: payloads on the wire and what the answers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, Submitted
from bot.sandbox.slack.response_urls import ResponseUrls, Source
from tests.sandbox.slack.conftest import actions, button, entered, modal, section, text_input
from tests.sandbox.slack.robot import Robot

ANA = "U0ANA000001"
MASCOTS = "C0MASCOTS01"


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    sandbox.slack.directory.app.events = frozenset()
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


async def card(client: AsyncWebClient, *elements: dict[str, Any], **more: Any) -> str:
    """Post a message with these elements; its timestamp."""
    blocks = [actions(*(elements or (button(value="42", style="primary"),)), block_id="row")]
    return str((await client.chat_postMessage(channel=MASCOTS, text="card", blocks=blocks, **more))["ts"])


async def opened(client: AsyncWebClient, slack: LocalSlack, view: dict[str, Any]) -> str:
    answer = await client.views_open(trigger_id=slack.workspace.triggers.issue(ANA), view=view)
    return str(answer["view"]["id"])


async def answered(
    robot: Robot, slack: LocalSlack, view_id: str, answer: Any
) -> tuple[Submitted, dict[str, Any]]:
    """Submit a view, acknowledge with `answer`; the outcome and the payload that the bot got."""
    submitting = asyncio.create_task(slack.submit("ana", view_id, entered("Felix")))
    envelope = await robot.receive()
    await robot.ack(envelope, answer)
    return await submitting, envelope["payload"]


def findings(slack: LocalSlack) -> list[str]:
    return [entry.finding or "" for entry in slack.workspace.inspector.findings()]


async def test_a_press_sends_the_recorded_shape(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    ts = await card(client, thread_ts=root)
    pressing = asyncio.create_task(slack.press("ana", "mascots", ts, "go", "row"))
    envelope = await robot.receive()
    await robot.ack(envelope)
    assert (await pressing).acknowledged
    payload = envelope["payload"]
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", True)
    assert "retry_attempt" not in envelope
    assert set(payload) == {
        *("type", "user", "api_app_id", "token", "container", "trigger_id", "team", "enterprise"),
        *("is_enterprise_install", "channel", "message", "state", "response_url", "actions"),
    }
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": MASCOTS,
        "is_ephemeral": False,
        "thread_ts": root,
    }
    [action] = payload["actions"]
    assert action.pop("action_ts")
    assert action == {
        "type": "button",
        "action_id": "go",
        "block_id": "row",
        "text": {"type": "plain_text", "text": "Go", "emoji": True},
        "value": "42",
        "style": "primary",
    }


@pytest.mark.parametrize(("untold", "in_message"), [("container", True), ("anywhere", False)])
async def test_a_press_need_not_tell_its_thread(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, untold: Any, in_message: bool
) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    ts = await card(client, thread_ts=root)
    slack.workspace.threads_untold = untold
    pressing = asyncio.create_task(slack.press("ana", "mascots", ts, "go", "row"))
    envelope = await robot.receive()
    await robot.ack(envelope)
    await pressing
    assert "thread_ts" not in envelope["payload"]["container"]
    assert ("thread_ts" in envelope["payload"]["message"]) is in_message
    assert slack.thread("mascots", root)[-1]["thread_ts"] == root


async def test_a_form_is_sent_from_the_senders_own_workspace(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    """What somebody from another organisation presses is told as of ours; the form they send is of theirs."""
    ts = str(
        (await client.chat_postMessage(channel="#northwind", text="x", blocks=[actions(button())]))["ts"]
    )
    pressing = asyncio.create_task(slack.press("noor", "northwind", ts, "go"))
    envelope = await robot.receive()
    await robot.ack(envelope)
    await pressing
    pressed = envelope["payload"]
    assert (pressed["team"]["id"], pressed["user"]["team_id"]) == ("T0SANDBOX01", "T0NORTHWIND")
    view = (await client.views_open(trigger_id=pressed["trigger_id"], view=modal()))["view"]
    submitting = asyncio.create_task(slack.submit("noor", view["id"], entered("Felix")))
    envelope = await robot.receive()
    await robot.ack(envelope)
    await submitting
    sent = envelope["payload"]
    assert (sent["team"]["id"], sent["user"]["team_id"]) == ("T0NORTHWIND", "T0NORTHWIND")
    assert (sent["view"]["team_id"], sent["view"]["app_installed_team_id"]) == ("T0NORTHWIND", "T0SANDBOX01")


async def test_choosing_from_a_menu(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    option = {"text": {"type": "plain_text", "text": "Rename"}, "value": "rename"}
    ts = await card(client, {"type": "overflow", "action_id": "more", "options": [option]})
    task = asyncio.create_task(slack.press("ana", "mascots", ts, "more", chosen={"selected_option": option}))
    envelope = await robot.receive()
    await robot.ack(envelope)
    await task
    assert envelope["payload"]["actions"][0]["selected_option"]["value"] == "rename"


async def test_a_choice_is_sent_as_it_is_offered(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    options: list[dict[str, Any]] = [
        {"text": {"type": "plain_text", "text": word}, "value": word} for word in ("fox", "owl")
    ]
    ts = await card(
        client,
        {"type": "static_select", "action_id": "one", "options": options},
        {"type": "checkboxes", "action_id": "many", "options": options},
    )
    whole = [option | {"text": {**option["text"], "emoji": True}} for option in options]
    for action_id, chosen, sent in (
        ("one", {"selected_option": {"value": "owl"}}, whole[1]),
        ("many", {"selected_options": [{"value": "owl"}, {"value": "fox"}]}, whole[::-1]),
    ):
        task = asyncio.create_task(slack.press("ana", "mascots", ts, action_id, chosen=chosen))
        envelope = await robot.receive()
        await robot.ack(envelope)
        await task
        [name] = chosen
        assert envelope["payload"]["actions"][0][name] == sent
    with pytest.raises(LookupError, match="does not offer 'cat'"):
        await slack.press("ana", "mascots", ts, "one", chosen={"selected_option": {"value": "cat"}})


async def test_only_what_is_there_can_be_pressed(client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = await card(client)
    for wrong in ("nothing", "row"):
        with pytest.raises(LookupError, match="to press"):
            await slack.press("ana", "mascots", ts, wrong)
    with pytest.raises(LookupError, match="no message"):
        await slack.press("ana", "mascots", "1.000001", "go")
    with pytest.raises(PermissionError):
        await slack.press("noor", "mascots", ts, "go")


async def test_an_ephemeral_button_is_one_persons(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    blocks = [actions(button())]
    answer = await client.chat_postEphemeral(channel=MASCOTS, user=ANA, text="x", blocks=blocks)
    with pytest.raises(LookupError):
        await slack.press("ben", "mascots", answer["message_ts"], "go")
    task = asyncio.create_task(slack.press("ana", "mascots", answer["message_ts"], "go"))
    envelope = await robot.receive()
    await robot.ack(envelope)
    await task
    assert envelope["payload"]["container"]["is_ephemeral"] is True
    assert "message" not in envelope["payload"]


async def test_an_unacknowledged_press_is_a_finding_and_not_sent_again(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    slack.socket.ack_timeout = 0.03
    delivery = await slack.press("ana", "mascots", await card(client), "go")
    assert not delivery.acknowledged
    assert len(delivery.attempts) == 1
    assert findings(slack) == ["block_actions was not acknowledged within 0.03 s"]


async def test_an_app_without_interactivity_is_told(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    slack.socket.ack_timeout = 0.03
    slack.directory.app.interactivity = False
    await slack.press("ana", "mascots", await card(client), "go")
    assert "does not enable interactivity" in findings(slack)[0]


async def test_a_submission_carries_the_state(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    view = modal(text_input(), text_input("note"), private_metadata="here")
    view["blocks"][1]["optional"] = True
    view_id = await opened(client, slack, view)
    outcome, payload = await answered(robot, slack, view_id, None)
    assert outcome == Submitted(None)
    assert slack.view("ana") is None
    assert payload["type"] == "view_submission"
    assert payload["view"]["private_metadata"] == "here"
    assert payload["view"]["state"]["values"] == {
        "name": {"value": {"type": "plain_text_input", "value": "Felix"}},
        "note": {"value": {"type": "plain_text_input", "value": None}},
    }


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ({}, "", "Please complete this required field."),
        ({"min_length": 6}, "Felix", "This entry should be at least 6 characters."),
        ({"max_length": 3}, "Felix", "This entry should be at most 3 characters."),
    ],
)
async def test_the_client_checks_before_it_submits(
    client: AsyncWebClient, slack: LocalSlack, field: dict[str, Any], value: str, words: str
) -> None:
    view_id = await opened(client, slack, modal(text_input(**field)))
    outcome = await slack.submit("ana", view_id, entered(value))
    assert outcome.errors == {"name": words}
    assert slack.view("ana") is not None


async def test_errors_stay_in_the_view(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    view_id = await opened(client, slack, modal())
    answer = {"response_action": "errors", "errors": {"name": "taken"}}
    outcome, _ = await answered(robot, slack, view_id, answer)
    assert outcome.errors == {"name": "taken"}
    assert slack.view("ana") is not None


async def test_update_push_and_clear(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    view_id = await opened(client, slack, modal())
    outcome, _ = await answered(
        robot, slack, view_id, {"response_action": "update", "view": modal(text_input())}
    )
    assert outcome.view is not None
    assert outcome.view.id == view_id
    outcome, _ = await answered(robot, slack, view_id, {"response_action": "push", "view": modal()})
    assert outcome.view is not None
    assert outcome.view.body["previous_view_id"] == view_id
    outcome, _ = await answered(robot, slack, outcome.view.id, {"response_action": "clear"})
    assert outcome.view is None


async def test_an_empty_answer_closes_one_view(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    root = await opened(client, slack, modal())
    top = await client.views_push(trigger_id=slack.workspace.triggers.issue(ANA), view=modal())
    outcome, _ = await answered(robot, slack, top["view"]["id"], None)
    assert outcome.view is not None
    assert outcome.view.id == root


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"other": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": modal(section(""))},
        {"response_action": "update"},
        {"response_action": "dance"},
        "nonsense",
    ],
)
async def test_bad_answers_are_trouble_and_findings(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, answer: Any
) -> None:
    view_id = await opened(client, slack, modal())
    outcome, _ = await answered(robot, slack, view_id, answer)
    assert outcome.timed_out
    assert slack.view("ana") is not None
    assert "the answer to view_submission is refused" in findings(slack)[0]


async def test_no_answer_is_trouble(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.03
    view_id = await opened(client, slack, modal())
    assert (await slack.submit("ana", view_id, entered("Felix"))).timed_out
    with pytest.raises(LookupError, match="ben has no view"):
        await slack.submit("ben", view_id, {})


async def test_closing_tells_who_asked(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    await opened(client, slack, modal())
    issue = slack.workspace.triggers.issue
    quiet = (await client.views_push(trigger_id=issue(ANA), view=modal()))["view"]["id"]
    assert (await slack.close_view("ana", quiet)) is not None
    asking = modal(notify_on_close=True, clear_on_close=True)
    loud = (await client.views_push(trigger_id=issue(ANA), view=asking))["view"]["id"]
    closing = asyncio.create_task(slack.close_view("ana", loud))
    envelope = await robot.receive()
    await robot.ack(envelope)
    assert await closing is None
    assert (envelope["payload"]["type"], envelope["payload"]["is_cleared"]) == ("view_closed", True)


async def test_a_button_in_a_view(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    view_id = await opened(client, slack, modal(actions(button())))
    pressing = asyncio.create_task(slack.press_in_view("ana", view_id, "go"))
    envelope = await robot.receive()
    await robot.ack(envelope)
    await pressing
    payload = envelope["payload"]
    assert payload["container"] == {"type": "view", "view_id": view_id}
    assert payload["view"]["id"] == view_id
    assert "message" not in payload
    assert "response_url" not in payload


async def respond(slack: LocalSlack, http: ClientSession, ts: str | None, **answer: Any) -> int:
    url = slack.workspace.response_urls.issue("actions", Source(MASCOTS, ANA, ts))
    async with http.post(url, json=answer) as response:
        return response.status


async def test_response_urls(client: AsyncWebClient, slack: LocalSlack, http: ClientSession) -> None:
    ts = await card(client)
    assert await respond(slack, http, ts, text="only you") == 200
    assert [m["text"] for m in slack.channel_messages("mascots", "ana")] == ["card", "only you"]
    assert await respond(slack, http, ts, text="all", response_type="in_channel") == 200
    assert await respond(slack, http, ts, text="changed", replace_original=True) == 200
    assert [m["text"] for m in slack.channel_messages("mascots")] == ["changed", "all"]
    assert await respond(slack, http, ts, delete_original=True) == 200
    assert [m["text"] for m in slack.channel_messages("mascots")] == ["all"]
    assert await respond(slack, http, ts, blocks=[section("")]) == 404
    assert await respond(slack, http, ts) == 404


def test_a_response_url_is_good_for_thirty_minutes() -> None:
    now = [0.0]
    urls = ResponseUrls("http://127.0.0.1:1", "T1", clock=lambda: now[0])
    source = Source(MASCOTS, ANA)
    key = urls.issue("commands", source).rpartition("/")[2]
    now[0] = 30 * 60.0
    assert urls.use(key) == source
    now[0] += 0.1
    assert urls.use(key) is None
    assert urls.use("unknown") is None


async def test_a_response_url_is_good_five_times(slack: LocalSlack, http: ClientSession) -> None:
    url = slack.workspace.response_urls.issue("actions", Source(MASCOTS, ANA))
    statuses = []
    for _ in range(6):
        async with http.post(url, json={"text": "x"}) as response:
            statuses.append(response.status)
    assert statuses == [200] * 5 + [404]
