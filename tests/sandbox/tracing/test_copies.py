"""Entries to take away."""

from __future__ import annotations

import ast
import shlex
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sandbox.inspector import Entry, Kind
from bot.sandbox.tracing.copies import Addresses, as_curl, as_fixture

ADDRESSES = Addresses("http://127.0.0.1:1/api/", "http://127.0.0.1:2/v1")
SLACK, APP, MASKO = (
    f"Authorization: Bearer ${name}" for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MASKO_API_KEY")
)


def entry(kind: Kind, title: str, request: Any = None, response: Any = None) -> Entry:
    return Entry(1, datetime.now(UTC), kind, title, request=request, response=response)


COMMANDS: dict[str, tuple[Entry, list[str]]] = {
    "a method": (
        entry(
            "web_api", "chat.postMessage", {"channel": "C1", "text": "it's", "blocks": [{"type": "divider"}]}
        ),
        [
            *("-X", "POST", "http://127.0.0.1:1/api/chat.postMessage", "-H", SLACK),
            *("--data-urlencode", "channel=C1", "--data-urlencode", "text=it's"),
            *("--data-urlencode", 'blocks=[{"type": "divider"}]'),
        ],
    ),
    "a socket": (
        entry("web_api", "apps.connections.open", {}),
        ["-X", "POST", "http://127.0.0.1:1/api/apps.connections.open", "-H", APP],
    ),
    "a file": (
        entry("file", "GET /files-pri/T0-F0/download/fox.png"),
        ["http://127.0.0.1:1/files-pri/T0-F0/download/fox.png", "-H", SLACK, "-o", "fox.png"],
    ),
    "an upload": (
        entry("masko", "POST /v1/upload", {"file": {"filename": "my fox.png", "bytes": 3}}),
        ["-X", "POST", "http://127.0.0.1:2/v1/upload", "-H", MASKO, "-F", "file=@my fox.png"],
    ),
    "JSON to Masko": (
        entry("masko", "PATCH /v1/collections/M1", {"name": "Zoë"}),
        [
            *("-X", "PATCH", "http://127.0.0.1:2/v1/collections/M1", "-H", MASKO),
            *("-H", "Content-Type: application/json", "--data", '{"name": "Zoë"}'),
        ],
    ),
    "a list of Masko's": (
        entry("masko", "GET /v1/collections", {"project_id": "P1"}),
        ["-G", "http://127.0.0.1:2/v1/collections", "-H", MASKO, "--data-urlencode", "project_id=P1"],
    ),
}


@pytest.mark.parametrize(("call", "arguments"), COMMANDS.values(), ids=COMMANDS)
def test_a_call_as_curl(call: Entry, arguments: list[str]) -> None:
    command = as_curl(call, ADDRESSES)
    assert command is not None
    assert shlex.split(command.replace("\\\n", "")) == ["curl", "-sS", *arguments]


@pytest.mark.parametrize(
    "other",
    [
        entry("envelope", "message", {"payload": {}}),
        entry("ack", "ack"),
        entry("control", "ana posts"),
        entry("finding", "x"),
        entry("web_api", "response_url", {"text": "hi"}),
        entry("web_api", "oauth.v2.access", {"code": "…"}),
        entry("file", "upload fox.png"),
    ],
    ids=lambda each: f"{each.kind} {each.title}",
)
def test_what_is_no_call_is_no_command(other: Entry) -> None:
    assert as_curl(other, ADDRESSES) is None


def test_the_commands_need_no_masking_and_get_it_all_the_same() -> None:
    told = entry("web_api", "chat.postMessage", {"text": "xoxb-sandbox-123456 and masko_0123456789"})
    for text in (as_curl(told, ADDRESSES), as_fixture(told)):
        assert text is not None
        assert "123456" not in text


@pytest.mark.parametrize(
    ("call", "name", "value"),
    [
        (
            entry(
                "envelope", "message file_share", {"envelope_id": "E", "payload": {"event": {"ts": "1.1"}}}
            ),
            "MESSAGE_FILE_SHARE",
            {"event": {"ts": "1.1"}},
        ),
        (entry("ack", "ack", response={"envelope_id": "E"}), "ACKNOWLEDGEMENT", {"envelope_id": "E"}),
        (
            entry("masko", "POST /v1/upload", {"a": None}, {"status": 201}),
            "POST_V1_UPLOAD",
            {"request": {"a": None}, "response": {"status": 201}},
        ),
        (entry("web_api", "…"), "PAYLOAD", {"request": None, "response": None}),
    ],
    ids=["event", "ack", "call", "nameless"],
)
def test_a_fixture_is_python(call: Entry, name: str, value: Any) -> None:
    (assignment,) = ast.parse(as_fixture(call)).body
    assert isinstance(assignment, ast.Assign)
    assert ast.unparse(assignment.targets[0]) == name
    assert ast.literal_eval(assignment.value) == value
