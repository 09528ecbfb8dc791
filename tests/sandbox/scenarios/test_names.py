"""Names that mean the same in every run, and outcomes that can be compared."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.masko import LocalMasko
from bot.sandbox.samples import samples
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenarios.names import Names, UnknownName
from bot.sandbox.scenarios.outcome import differences, outcome
from tests.sandbox.slack.conftest import actions, button, picture

C = "C0MASCOTS01"


def told(ts: str, **more: Any) -> dict[str, Any]:
    return {"kind": "message", "channel": C, "message": {"ts": ts, **more}}


ROOT, SECOND, REPLY, WHISPER = (f"170000000{n}.000100" for n in range(4))


@pytest.fixture
def names() -> Names:
    names = Names()
    names.hear(
        told(ROOT, files=[{"id": "F0ABCDE0001"}], blocks=[{"block_id": "0001Ab"}, {"block_id": "name"}])
    )
    names.hear(told(REPLY, thread_ts=ROOT))
    names.hear(told(SECOND, thread_ts=SECOND))
    names.hear({**told(WHISPER, thread_ts=ROOT, is_ephemeral=True), "kind": "ephemeral"})
    names.hear({"kind": "view", "user": "U1", "view": {"id": "V0ABCDE0001"}})
    names.hear({"kind": "view", "user": "U1", "view": None})
    names.hear({"kind": "channel", "channel": {"id": "D0ABCDE0002"}})
    names.meet_upload("F0ABCDE0009")
    return names


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (ROOT, "{{C0MASCOTS01#1}}"),
        (SECOND, "{{C0MASCOTS01#2}}"),
        (REPLY, "{{C0MASCOTS01#1/1}}"),
        (WHISPER, "{{C0MASCOTS01#1/~1}}"),
        ("F0ABCDE0001", "{{C0MASCOTS01#1.file1}}"),
        ("F0ABCDE0009", "{{upload#1}}"),
        ("V0ABCDE0001", "{{view:U1#1}}"),
        ("D0ABCDE0002", "{{channel#1}}"),
        ("0001Ab", "{{C0MASCOTS01#1.block1}}"),
        ("name", "name"),
        ("1799999999.000100", "1799999999.000100"),
        (f"{C}/{ROOT}", "C0MASCOTS01/{{C0MASCOTS01#1}}"),
        ({ROOT: [REPLY, 3, None, True]}, {"{{C0MASCOTS01#1}}": ["{{C0MASCOTS01#1/1}}", 3, None, True]}),
    ],
)
def test_ids_become_names_and_back(names: Names, value: Any, written: Any) -> None:
    assert names.written(value) == written
    assert names.read(written) == value


def test_a_change_gives_no_second_name(names: Names) -> None:
    names.hear({**told(REPLY, thread_ts=ROOT), "kind": "message_changed"})
    names.hear(told("1700000009.000100", thread_ts=ROOT))
    assert names.of("1700000009.000100") == "C0MASCOTS01#1/2"


def test_what_has_not_appeared_cannot_be_read(names: Names) -> None:
    for name in ("C0MASCOTS01#3", "asset:9-9"):
        with pytest.raises(UnknownName):
            names.read("{{" + name + "}}")
    names.forget()
    with pytest.raises(UnknownName):
        names.read("{{C0MASCOTS01#1}}")


async def test_what_masko_holds_is_named_by_its_pictures(sandbox: Sandbox, masko: LocalMasko) -> None:
    fox = ("fox.png", samples()[0].read())
    first, again = await masko.add_mascot([fox]), await masko.add_mascot([fox])
    names = Names(masko)
    written = names.written([first.id, again.id, first.reference_asset_ids[0]])
    assert [name.partition(":")[0] for name in written] == ["{{mascot", "{{mascot", "{{asset"]
    assert written[1] == written[0].replace("}}", "#2}}")
    assert Names(masko).read(written) == [first.id, again.id, first.reference_asset_ids[0]]


async def test_an_outcome_says_nothing_of_times_and_places(sandbox: Sandbox, masko: LocalMasko) -> None:
    client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api_url, retry_handlers=[])

    async def play() -> dict[str, Any]:
        post = await sandbox.slack.post(user="ana", channel="mascots", text="hi", files=[picture("fox.png")])
        text = f"{sandbox.page_url}x <!date^1700000000^{{date}}|today> {post['ts']}"
        blocks = [actions(button(value=post["ts"]))]
        await client.chat_postMessage(channel=C, thread_ts=post["ts"], text=text, blocks=blocks)
        return outcome(sandbox.slack, masko, sandbox.controller.recorder.names)

    first = await play()
    await sandbox.controller.reset()
    second = await play()
    assert differences(first, second) == []
    assert set(first["messages"]) == {"C0MASCOTS01#1", "C0MASCOTS01#1/1"}
    assert (
        first["messages"]["C0MASCOTS01#1/1"]["text"]
        == "{{origin}}/x <!date^…^{date}|today> {{C0MASCOTS01#1}}"
    )
    assert first["effects"] == {"slack.chat.postMessage": 1}


@pytest.mark.parametrize(
    ("expected", "found", "says"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a / b: recorded 1, now 2"]),
        ({"a": 1}, {}, ["a: recorded 1, now None"]),
        ({}, {"a": [1]}, ["a: recorded None, now [1]"]),
        ({"a": {"b": 1}}, {"a": 1}, ["a: recorded {'b': 1}, now 1"]),
        ({"a": "x" * 300}, {"a": ""}, [f"a: recorded '{'x' * 159}…, now ''"]),
    ],
)
def test_differences_are_a_line_each(expected: Any, found: Any, says: list[str]) -> None:
    assert differences(expected, found) == says
