"""Socket Mode on the wire: hello, tickets, acknowledgements, re-sends, disconnects."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.robot import Robot


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    async with Robot(sandbox) as connected:
        assert (await connected.receive())["type"] == "hello"
        yield connected


def findings(slack: LocalSlack) -> list[str]:
    return [entry.finding or "" for entry in slack.workspace.inspector.findings()]


async def test_hello(sandbox: Sandbox) -> None:
    async with Robot(sandbox) as robot:
        hello = await robot.receive()
    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": "A0SANDBOX01"}
    assert set(hello["debug_info"]) == {"host", "started", "build_number", "approximate_connection_time"}


async def test_a_ticket_opens_one_socket(sandbox: Sandbox, slack: LocalSlack) -> None:
    async with Robot(sandbox) as robot, ClientSession() as session:
        url = await robot.url()
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["num_connections"] == 2
        with pytest.raises(WSServerHandshakeError, match="403"):
            await session.ws_connect(url)
    assert findings(slack) == ["a socket ticket is good for one use"]


async def test_an_acknowledged_event_is_sent_once(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="mascots", text="look")
    envelope = await robot.receive()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    await robot.ack(envelope)
    [delivery] = slack.socket.deliveries
    await slack.wait_until(lambda: delivery.acknowledged)
    assert delivery.ack_ms is not None
    assert findings(slack) == []


async def test_what_is_not_acknowledged_comes_again_three_times(robot: Robot, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.03
    await slack.post(user="ana", channel="mascots", text="look")
    envelopes = [await robot.receive() for _ in range(4)]
    assert [envelope["retry_attempt"] for envelope in envelopes] == [0, 1, 2, 3]
    assert [envelope["retry_reason"] for envelope in envelopes] == ["", "timeout", "timeout", "timeout"]
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1
    assert len({envelope["envelope_id"] for envelope in envelopes}) == 4
    await slack.wait_until(lambda: findings(slack))
    assert findings(slack) == ["message: not acknowledged after 4 attempts"]


async def test_an_acknowledged_retry_ends_it(robot: Robot, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.03
    await slack.post(user="ana", channel="mascots", text="look")
    await robot.receive()
    await robot.ack(await robot.receive())
    [delivery] = slack.socket.deliveries
    await slack.wait_until(lambda: delivery.acknowledged)
    assert len(delivery.attempts) == 2


async def test_a_late_acknowledgement_is_a_finding(robot: Robot, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.03
    delivery = await slack.send_event({"type": "message", "text": "x"})
    assert not delivery.acknowledged
    await robot.ack(await robot.receive())
    await slack.wait_until(lambda: len(findings(slack)) == 2)
    assert re.match(r"acknowledged after \d+\.\d s; Slack waits 0\.03 s", findings(slack)[1])
    assert delivery.attempts[0].late_ms is not None


@pytest.mark.parametrize(
    ("sent", "finding"),
    [
        ("nonsense", "no JSON"),
        ('{"envelope_id": "unknown"}', "names no envelope"),
        ("[]", "names no envelope"),
        ('{"envelope_id": []}', "names no envelope"),
    ],
)
async def test_nonsense_on_the_socket_is_a_finding(
    robot: Robot, slack: LocalSlack, sent: str, finding: str
) -> None:
    await robot.socket.send_str(sent)
    await slack.wait_until(lambda: findings(slack))
    assert finding in findings(slack)[0]


async def test_acknowledging_twice_is_a_finding(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="mascots", text="look")
    envelope = await robot.receive()
    await robot.ack(envelope)
    await robot.ack(envelope)
    await slack.wait_until(lambda: findings(slack))
    assert findings(slack) == ["an envelope was acknowledged twice"]


async def test_any_event_can_be_delivered_again(robot: Robot, slack: LocalSlack) -> None:
    sending = slack.send_event(
        {"type": "message", "text": "x"}, event_id="Ev1", retry_attempt=2, retry_reason="x"
    )
    task = asyncio.create_task(sending)
    envelope = await robot.receive()
    assert envelope["payload"]["event_id"] == "Ev1"
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (2, "x")
    await robot.ack(envelope)
    assert (await task).acknowledged


async def test_an_event_waits_for_the_bot_to_connect(sandbox: Sandbox) -> None:
    slack = sandbox.slack
    await slack.post(user="ana", channel="mascots", text="early")
    assert not slack.connected
    async with Robot(sandbox) as robot:
        await robot.receive()
        assert (await robot.event())["text"] == "early"


async def test_every_socket_gets_its_share(robot: Robot, sandbox: Sandbox, slack: LocalSlack) -> None:
    async with Robot(sandbox) as other:
        assert (await other.receive())["num_connections"] == 2
        for n in range(2):
            await slack.post(user="ana", channel="mascots", text=str(n))
        texts = {(await robot.event())["text"], (await other.event())["text"]}
    assert texts == {"0", "1"}


async def test_a_warning_leaves_the_socket_open_and_a_refresh_closes_it(
    robot: Robot, slack: LocalSlack
) -> None:
    await slack.disconnect("warning")
    assert (await robot.receive())["reason"] == "warning"
    assert slack.connected
    closing = asyncio.create_task(slack.disconnect())
    assert await robot.receive() == {
        "type": "disconnect",
        "reason": "refresh_requested",
        "debug_info": {"host": "sandbox"},
    }
    assert (await robot.socket.receive()).type is WSMsgType.CLOSE
    await closing
    assert not slack.connected


async def test_the_server_pings(sandbox: Sandbox) -> None:
    sandbox.slack.socket.ping_interval = 0.05
    async with (
        Robot(sandbox) as robot,
        ClientSession() as session,
        session.ws_connect(await robot.url(), autoping=False) as socket,
    ):
        kinds = [(await socket.receive(timeout=5)).type for _ in range(2)]
    assert kinds == [WSMsgType.TEXT, WSMsgType.PING]


async def test_one_socket_of_several_may_be_told_to_reconnect(
    robot: Robot, sandbox: Sandbox, slack: LocalSlack
) -> None:
    async with Robot(sandbox) as other:
        assert (await other.receive())["type"] == "hello"
        first, second = slack.socket.sockets
        closing = asyncio.create_task(slack.socket.disconnect("refresh_requested", first))
        assert (await robot.receive())["reason"] == "refresh_requested"
        assert (await robot.socket.receive()).type is WSMsgType.CLOSE
        await closing
        assert slack.socket.sockets == [second]


async def test_a_socket_may_end_without_a_word(robot: Robot, slack: LocalSlack) -> None:
    slack.socket.cut()
    assert (await robot.socket.receive()).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
    assert not slack.connected


async def test_what_a_deaf_socket_was_to_get_comes_again_over_another(
    robot: Robot, sandbox: Sandbox, slack: LocalSlack
) -> None:
    slack.socket.ack_timeout = 0.1
    async with Robot(sandbox) as other:
        assert (await other.receive())["type"] == "hello"
        deaf, sound = slack.socket.sockets
        slack.socket.deafen(deaf)
        await slack.post(user="ana", channel="mascots", text="look")
        assert (await other.event())["text"] == "look"
        [delivery] = slack.deliveries
        await slack.wait_until(lambda: delivery.acknowledged)
    assert [attempt.socket for attempt in delivery.attempts] == [deaf, sound]


async def test_a_deaf_socket_answers_no_ping(sandbox: Sandbox, slack: LocalSlack) -> None:
    async with (
        Robot(sandbox) as robot,
        ClientSession() as session,
        session.ws_connect(await robot.url(), autoping=False) as socket,
    ):
        await socket.receive()
        await socket.ping()
        assert (await socket.receive(timeout=5)).type is WSMsgType.PONG
        slack.socket.deafen()
        await socket.ping()
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.2)


async def test_a_bot_that_answers_no_ping_is_dropped(sandbox: Sandbox, slack: LocalSlack) -> None:
    slack.socket.ping_interval = 0.02
    async with (
        Robot(sandbox) as robot,
        ClientSession() as session,
        session.ws_connect(await robot.url(), autoping=False) as socket,
    ):
        robot_itself, silent = slack.socket.sockets
        assert socket.closed is False
        await slack.wait_until(lambda: silent not in slack.socket.sockets)
    assert robot_itself < silent


@pytest.mark.parametrize("event_id", [None, "Ev0OTHER"])
async def test_a_delivery_may_come_again_much_later(
    robot: Robot, slack: LocalSlack, event_id: str | None
) -> None:
    await slack.post(user="ana", channel="mascots", text="look")
    first = await robot.receive()
    await robot.ack(first)
    again = asyncio.create_task(slack.deliver_again(slack.deliveries[0], event_id=event_id, retry_attempt=1))
    second = await robot.receive()
    await robot.ack(second)
    assert (await again).acknowledged
    assert second["payload"]["event"] == first["payload"]["event"]
    assert second["payload"]["event_time"] == first["payload"]["event_time"]
    assert second["payload"]["event_id"] == (event_id or first["payload"]["event_id"])
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
