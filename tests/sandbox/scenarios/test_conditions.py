"""Conditions hold while they are on, and everything is as before when they are off."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sandbox.masko import LocalMasko
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenarios.conditions import CONDITIONS
from tests.sandbox.slack.conftest import picture
from tests.sandbox.slack.robot import Robot


async def post(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = await sandbox.slack.post(user="ana", channel="mascots", **more)
    return message


async def test_a_scope_that_is_missing(sandbox: Sandbox) -> None:
    conditions, scopes = sandbox.controller.conditions, sandbox.slack.directory.app.scopes
    await conditions.switch("missing-scope", value="chat:write")
    assert "chat:write" not in scopes
    await conditions.switch("missing-scope", value="users:read")
    assert ("chat:write" in scopes, "users:read" in scopes) == (True, False)
    await conditions.switch("missing-scope", on=False)
    assert {"chat:write", "users:read"} <= scopes
    with pytest.raises(ValueError, match="has no scope 'admin' to miss"):
        await conditions.switch("missing-scope", value="admin")
    assert conditions.on() == {}


async def test_downloads_are_a_sign_in_page(sandbox: Sandbox) -> None:
    url = (await post(sandbox, files=[picture("fox.png")]))["files"][0]["url_private"]
    token = {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with ClientSession(headers=token) as http:
        for on, kind in ((True, "text/html"), (False, "image/png")):
            await sandbox.controller.conditions.switch("sign-in-page", on)
            async with http.get(url) as answer:
                assert (answer.status, answer.content_type) == (200, kind)


async def test_files_that_are_processed_late(sandbox: Sandbox) -> None:
    await sandbox.controller.conditions.switch("file-processing", value=60)
    (file,) = (await post(sandbox, files=[picture("fox.png")]))["files"]
    assert "thumb_64" not in file
    await sandbox.controller.conditions.switch("file-processing", value=0)
    (file,) = (await post(sandbox, files=[picture("fox.png")]))["files"]
    assert "thumb_64" in file


@pytest.mark.parametrize(("on", "known"), [(True, False), (False, True)])
async def test_files_as_connect_stubs(sandbox: Sandbox, on: bool, known: bool) -> None:
    await sandbox.controller.conditions.switch("connect-stub", on)
    async with Robot(sandbox) as robot:
        await robot.receive()
        await post(sandbox, files=[picture("fox.png")])
        (file,) = (await robot.event())["files"]
    assert ("url_private" in file, file.get("file_access") == "check_file_info") == (known, not known)


@pytest.mark.parametrize(
    ("condition", "same_id", "retry"), [("duplicate-delivery", True, 1), ("duplicate-event", False, 0)]
)
async def test_events_that_come_twice(sandbox: Sandbox, condition: str, same_id: bool, retry: int) -> None:
    await sandbox.controller.conditions.switch(condition)
    async with Robot(sandbox) as robot:
        await robot.receive()
        await post(sandbox, text="hi")
        first = await robot.receive()
        await robot.ack(first)
        second = await robot.receive()
        await robot.ack(second)
    assert first["payload"]["event"] == second["payload"]["event"]
    assert (first["payload"]["event_id"] == second["payload"]["event_id"]) is same_id
    assert second["retry_attempt"] == retry


async def test_events_that_come_late(sandbox: Sandbox) -> None:
    await sandbox.controller.conditions.switch("late-delivery", value="0.3")
    async with Robot(sandbox) as robot:
        await robot.receive()
        began = asyncio.get_running_loop().time()
        await post(sandbox, text="hi")
        assert (await robot.event())["text"] == "hi"
        assert asyncio.get_running_loop().time() - began >= 0.3


@pytest.mark.parametrize("moment", ["disconnect", "cut"])
async def test_moments_that_end_sockets(sandbox: Sandbox, moment: str) -> None:
    async with Robot(sandbox) as robot:
        await robot.receive()
        await sandbox.controller.conditions.switch(moment)
        await sandbox.slack.wait_until(lambda: not sandbox.slack.connected)
    assert sandbox.controller.conditions.on() == {}


async def test_a_socket_that_goes_deaf_is_still_open(sandbox: Sandbox) -> None:
    async with Robot(sandbox) as robot:
        await robot.receive()
        await sandbox.controller.conditions.switch("deaf")
        await post(sandbox, text="hi")
        assert sandbox.slack.connected
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await robot.receive()


async def test_presses_that_do_not_tell_their_thread(sandbox: Sandbox) -> None:
    conditions, untold = sandbox.controller.conditions, list[str]()
    for on, value in ((True, None), (True, "anywhere"), (False, None)):
        await conditions.switch("untold-thread", on, value)
        untold.append(sandbox.slack.workspace.threads_untold)
    assert untold == ["container", "anywhere", ""]


async def test_maskos_own(sandbox: Sandbox, masko: LocalMasko) -> None:
    conditions = sandbox.controller.conditions
    await conditions.switch("slow-vision", value=9)
    await conditions.switch("older-answers")
    assert (masko.describe_after, masko.envelope) == (9, "older")
    assert conditions.on() == {"slow-vision": 9, "older-answers": None}
    conditions.clear()
    assert (masko.describe_after, masko.envelope) == (0, "current")


@pytest.mark.parametrize(
    ("name", "value", "error", "says"),
    [
        ("rain", None, LookupError, "no condition is called 'rain'; there are missing-scope,"),
        ("late-delivery", "soon", ValueError, "'soon' is not a number of seconds"),
        ("untold-thread", "nowhere", ValueError, "'nowhere' is neither container nor anywhere"),
        ("late-delivery", -1, ValueError, "-1 is not between 0 and 3600 seconds"),
    ],
)
async def test_what_cannot_be_switched(
    sandbox: Sandbox, name: str, value: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        await sandbox.controller.conditions.switch(name, value=value)
    assert sandbox.controller.conditions.on() == {}


def test_each_says_what_it_imitates_and_where_it_is_from() -> None:
    for condition in CONDITIONS:
        assert condition.imitates
        assert condition.source
        assert (condition.usual is None) == (condition.unit == "")
