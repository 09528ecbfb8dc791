"""Resetting and snapshots: everything goes, or everything comes back, and the bot stays connected."""

from __future__ import annotations

import json
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.masko import LocalMasko
from bot.sandbox.samples import samples
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenarios.snapshot import SnapshotError
from tests.sandbox.slack.conftest import actions, button, picture
from tests.sandbox.slack.robot import Robot

MASCOTS = "C0MASCOTS01"


async def something_of_everything(sandbox: Sandbox, masko: LocalMasko) -> dict[str, Any]:
    """A post with a picture, a reply of the bot, a forward, a mascot, a fault, a condition; the post."""
    slack = sandbox.slack
    post = await slack.post(user="ana", channel="mascots", text="hi", files=[picture("fox.png")])
    client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api_url, retry_handlers=[])
    await client.chat_postMessage(channel=MASCOTS, thread_ts=post["ts"], text="x", blocks=[actions(button())])
    await client.chat_postEphemeral(channel=MASCOTS, user=slack.directory.person("ben").id, text="psst")
    await slack.forward(user="ana", channel="brand", from_channel="mascots", ts=post["ts"], text="look")
    await masko.add_mascot([("fox.png", samples()[0].read())], name="Felix")
    await sandbox.controller.let("masko.create=429")
    await sandbox.controller.let("slack.missing-scope=files:read")
    return post


async def test_a_reset_leaves_nothing_and_the_bot_connected(sandbox: Sandbox, masko: LocalMasko) -> None:
    async with Robot(sandbox) as robot:
        await robot.receive()
        before = await something_of_everything(sandbox, masko)
        await sandbox.controller.reset()
        slack = sandbox.slack
        assert slack.connected
        assert (slack.workspace.messages.all(), slack.files.all()) == ([], [])
        assert (slack.calls, slack.effects, sandbox.inspector.after(0)) == ({}, {}, [])
        assert (masko.collections, masko.assets, len(masko.projects)) == ({}, {}, 1)
        assert (sandbox.controller.armed(), sandbox.controller.conditions.on()) == ([], {})
        assert "files:read" in slack.directory.app.scopes
        after = await slack.post(user="ana", channel="mascots", text="hi", files=[picture("fox.png")])
        assert after["ts"] > before["ts"]
        assert after["files"][0]["id"] != before["files"][0]["id"]
        while (await robot.event())["ts"] != after["ts"]:
            pass  # what was on its way before


async def test_a_snapshot_brings_everything_back_with_its_ids(sandbox: Sandbox, masko: LocalMasko) -> None:
    post = await something_of_everything(sandbox, masko)
    sandbox.slack.invite("ana", "brand", "gil")
    sandbox.slack.deactivate("gil")
    before = [sandbox.slack.workspace.messages.as_json(m) for m in sandbox.slack.workspace.messages.all()]
    mascots = dict(masko.collections)
    snapshot = json.loads(json.dumps(sandbox.controller.snapshot()))
    await sandbox.controller.reset()
    await sandbox.controller.reset(snapshot=snapshot)
    after = [sandbox.slack.workspace.messages.as_json(m) for m in sandbox.slack.workspace.messages.all()]
    assert without_pictures(after) == without_pictures(before)
    assert sandbox.slack.files.get(post["files"][0]["id"]).content == picture("fox.png").content  # type: ignore[union-attr]
    assert [(m.id, m.name, m.reference_asset_ids) for m in masko.collections.values()] == [
        (m.id, m.name, m.reference_asset_ids) for m in mascots.values()
    ]
    assert len(masko.projects) == 1
    assert sandbox.slack.directory.person("gil").deactivated
    reply = await sandbox.slack.post(user="ben", channel="mascots", text="still here", thread_ts=post["ts"])
    assert reply["ts"] > post["ts"]
    assert json.loads(json.dumps(sandbox.controller.recorder.start)) == {"snapshot": snapshot}


async def test_a_snapshot_of_another_sandbox(sandbox: Sandbox, masko: LocalMasko) -> None:
    await something_of_everything(sandbox, masko)
    snapshot = sandbox.controller.snapshot()
    async with Sandbox({"oauth_config": {"scopes": {"bot": []}}}) as other:
        assert isinstance(other.masko, LocalMasko)
        own = next(iter(other.masko.projects))
        await other.controller.reset(snapshot=snapshot)
        assert len(other.slack.workspace.messages.all()) == len(sandbox.slack.workspace.messages.all())
        assert [mascot.project_id for mascot in other.masko.collections.values()] == [own]


@pytest.mark.parametrize(
    ("snapshot", "says"),
    [
        ({}, "this is no snapshot of version 1"),
        ({"masko_sandbox_snapshot": 2}, "this is no snapshot of version 1"),
        ({"masko_sandbox_snapshot": 1}, "the snapshot cannot be read: KeyError"),
    ],
)
async def test_what_is_no_snapshot(sandbox: Sandbox, snapshot: dict[str, Any], says: str) -> None:
    with pytest.raises(SnapshotError, match=says):
        await sandbox.controller.reset(snapshot=snapshot)


def without_pictures(value: Any) -> Any:
    """The messages without thumbnails, which may be there already or not."""
    if isinstance(value, list):
        return [without_pictures(item) for item in value]
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not k.startswith(("thumb_", "original_", "media_"))}
        return {name: without_pictures(item) for name, item in kept.items()}
    return value
