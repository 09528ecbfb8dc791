"""Whose thread an entry is about: read off its payloads, and off what earlier entries named together."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.inspector import Inspector
from bot.sandbox.tracing.handles import Named, fingerprint, named
from bot.sandbox.tracing.threads import Threads

C, ROOT, REPLY = "C0MASCOTS01", "1700000000.000100", "1700000000.000200"
THREAD, CARD = f"{C}/{ROOT}", f"{C}/{REPLY}"


def envelope(event: dict[str, Any], id: str = "E1") -> dict[str, Any]:
    return {"envelope_id": id, "type": "events_api", "payload": {"type": "event_callback", "event": event}}


def interactive(**payload: Any) -> dict[str, Any]:
    return {"envelope_id": "E2", "type": "interactive", "payload": payload}


POST = {
    "type": "message",
    "channel": C,
    "ts": ROOT,
    "files": [{"id": "F0FOX", "name": "fox.png"}, {"id": "F0STUB"}],
}
IN_MESSAGE = {"channel_id": C, "message_ts": REPLY, "thread_ts": ROOT}

TABLE: dict[str, tuple[str, str, Any, Any, Named]] = {
    "a post": (
        "envelope",
        "message",
        envelope(POST),
        None,
        Named(
            None,
            ("envelope:E1", f"message:{THREAD}", "file:F0FOX", "file:F0STUB", "name:fox"),
            perhaps=THREAD,
        ),
    ),
    "a reply": (
        "envelope",
        "message",
        envelope({"type": "message", "channel": C, "ts": REPLY, "thread_ts": ROOT}),
        None,
        Named(THREAD, ("envelope:E1", f"message:{CARD}"), perhaps=CARD),
    ),
    "an edit": (
        "envelope",
        "message message_changed",
        envelope({"channel": C, "ts": "9.9", "message": {"ts": REPLY, "thread_ts": ROOT}}),
        None,
        Named(THREAD, ("envelope:E1", f"message:{CARD}"), perhaps=CARD),
    ),
    "a button": (
        "envelope",
        "block_actions",
        interactive(container=IN_MESSAGE, channel={"id": C}, trigger_id="T1", response_url="http://x/a/K9"),
        None,
        Named(THREAD, ("envelope:E2", f"message:{CARD}", "trigger:T1", "respond:K9"), perhaps=CARD),
    ),
    "a form": (
        "envelope",
        "view_submission",
        interactive(view={"id": "V1"}, trigger_id="T2"),
        None,
        Named(None, ("envelope:E2", "view:V1", "trigger:T2")),
    ),
    "a command": (
        "envelope",
        "slash_commands",
        {"envelope_id": "E3", "type": "slash_commands", "payload": {"channel_id": C, "trigger_id": "T3"}},
        None,
        Named(None, ("envelope:E3", "trigger:T3")),
    ),
    "an acknowledgement": ("ack", "ack", None, {"envelope_id": "E1"}, Named(None, ("envelope:E1",))),
    "a reply of the bot": (
        "web_api",
        "chat.postMessage",
        {"channel": C, "thread_ts": ROOT, "text": "hi"},
        {"ok": True, "channel": C, "ts": REPLY},
        Named(THREAD, (f"message:{CARD}",), perhaps=CARD),
    ),
    "a card changed": (
        "web_api",
        "chat.update",
        {"channel": C, "ts": REPLY},
        {"ok": True, "channel": C, "ts": REPLY},
        Named(None, (f"message:{CARD}", f"message:{CARD}"), perhaps=CARD),
    ),
    "a form opened": (
        "web_api",
        "views.open",
        {"trigger_id": "T1", "view": {}},
        {"ok": True, "view": {"id": "V1"}},
        Named(None, ("trigger:T1", "view:V1")),
    ),
    "a download": (
        "file",
        "GET /files-pri/T0SANDBOX01-F0FOX/download/fox.png",
        None,
        {"size": 3, "fingerprint": "3-abc"},
        Named(None, ("file:F0FOX", "bytes:3-abc")),
    ),
    "an upload to Masko": (
        "masko",
        "POST /v1/upload",
        {"file": {"filename": "fox.png", "bytes": 3, "fingerprint": "3-abc"}},
        {"status": 201, "body": {"data": {"asset_id": "A1"}}},
        Named(None, ("asset:A1", "bytes:3-abc", "name:fox")),
    ),
    "a mascot made": (
        "masko",
        "POST /v1/collections",
        {"project_id": "P1", "reference_asset_ids": ["A1", "A2"]},
        {"status": 201, "body": {"data": {"id": "M1"}}},
        Named(None, ("asset:A1", "asset:A2", "mascot:M1")),
    ),
    "the same in an older answer": (
        "masko",
        "POST /v1/collections",
        {"reference_asset_ids": ["A1"]},
        {"status": 201, "body": {"id": "M1"}},
        Named(None, ("asset:A1", "mascot:M1")),
    ),
    "a reference added": (
        "masko",
        "POST /v1/collections/M1/references",
        {"asset_id": "A3"},
        {"status": 201, "body": {"data": {"id": "M1"}}},
        Named(None, ("asset:A3", "mascot:M1")),
    ),
    "a list": ("masko", "GET /v1/projects", None, {"status": 200, "body": {"data": []}}, Named()),
    "an answer that was lost": ("masko", "GET /v1/credits", None, {"fault": "reset"}, Named()),
    "a person who posts": (
        "control",
        "ana posts in mascots",
        {"channel": C, "ts": REPLY, "thread_ts": ROOT, "files": ["fox.png"]},
        None,
        Named(THREAD, (f"message:{CARD}",), perhaps=CARD),
    ),
    "a socket": ("envelope", "socket opened", None, {"sockets": 1}, Named()),
    "nonsense": ("web_api", "chat.update", ["not", "an object"], "nor this", Named()),
}


@pytest.mark.parametrize(("kind", "title", "request_", "response", "expected"), TABLE.values(), ids=TABLE)
def test_what_an_entry_names(kind: str, title: str, request_: Any, response: Any, expected: Named) -> None:
    assert named(kind, title, request_, response) == expected


def test_an_intake_is_tied_together_from_the_post_to_the_card() -> None:
    record = Inspector()
    record.add("control", "ana posts", request={"channel": C, "ts": ROOT})
    record.add("envelope", "message", request=envelope(POST))
    record.add("ack", "ack", response={"envelope_id": "E1"})
    record.add(
        "web_api", "chat.postMessage", request={"channel": C, "thread_ts": ROOT}, response={"ts": REPLY}
    )
    record.add("file", "GET /files-pri/T0-F0FOX/fox.png", response={"fingerprint": fingerprint(b"fox")})
    upload = {"file": {"filename": "image", "fingerprint": fingerprint(b"fox")}}
    record.add("masko", "POST /v1/upload", request=upload, response={"body": {"data": {"asset_id": "A1"}}})
    made = {"body": {"data": {"id": "M1"}}}
    record.add("masko", "POST /v1/collections", request={"reference_asset_ids": ["A1"]}, response=made)
    record.add("masko", "GET /v1/collections/M1", response=made)
    record.add("web_api", "chat.update", request={"channel": C, "ts": REPLY})
    record.add("finding", "Socket Mode", finding="late", about=["envelope:E1"])
    assert {entry.thread for entry in record.after(0)} == {THREAD}


def test_a_converted_picture_is_known_by_its_name() -> None:
    threads = Threads()
    threads.tie(named("envelope", "message", envelope(POST), None))
    upload = {"file": {"filename": "fox.png", "fingerprint": "9-other"}}
    assert threads.tie(named("masko", "POST /v1/upload", upload, None)) == THREAD


def test_a_mascot_belongs_to_the_thread_that_it_was_last_used_in() -> None:
    threads = Threads()
    threads.tie(Named("C1/1.1", ("mascot:M1", "asset:A1")))
    assert threads.tie(Named(None, ("asset:A2", "mascot:M1"))) == "C1/1.1"
    threads.tie(Named("C2/2.2", ("asset:A3",)))
    assert threads.tie(Named(None, ("asset:A3", "mascot:M1"))) == "C2/2.2"
    assert threads.tie(Named(None, ("mascot:M1",))) == "C2/2.2"


def test_what_nobody_named_has_no_thread() -> None:
    assert Threads().tie(Named(None, ("asset:A1",))) is None
