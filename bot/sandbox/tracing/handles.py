"""What an entry of the inspector names, read off its payloads. Pure.

A handle is a string `kind:id`, such as `file:F0…`, `asset:…` or `message:C0…/1700000000.000100`. A place is a
thread: channel and timestamp of its first message, `C0…/1700000000.000100`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

_FILE_IN_PATH = re.compile(r"/(?:[A-Z0-9]+-|v1/)(F[A-Z0-9]+)")
_COLLECTION_IN_PATH = re.compile(r"/v1/collections/([^/?]+)")


@dataclass(frozen=True)
class Named:
    """What one entry names.

    Attributes:
        place: the thread, where the entry itself tells it.
        handles: what else it names, the most telling first.
        perhaps: the thread if no handle is known: a message that may have begun one.
    """

    place: str | None = None
    handles: tuple[str, ...] = ()
    perhaps: str | None = None


def named(kind: str, title: str, request: Any, response: Any) -> Named:
    """What an entry names, by its kind."""
    asked, answered = _object(request), _object(response)
    match kind:
        case "envelope":
            return _in_envelope(asked)
        case "ack":
            return Named(handles=tuple(_handle("envelope", answered.get("envelope_id"))))
        case "web_api":
            return _in_method(asked, answered)
        case "control":
            return Named(_place(asked), tuple(_messages(asked)), _own(asked))
        case "file":
            files = [f"file:{found}" for found in _FILE_IN_PATH.findall(title)]
            return Named(handles=(*files, *_handle("bytes", answered.get("fingerprint"))))
        case "masko":
            return Named(handles=tuple(_in_masko(title, asked, _object(answered.get("body")))))
        case _:
            return Named(handles=tuple(_messages(asked)))


def fingerprint(content: bytes) -> str:
    """A short name of some bytes, quick to make: length and CRC-32."""
    return f"{len(content)}-{zlib.crc32(content):08x}"


def _in_envelope(envelope: Json) -> Named:
    payload = _object(envelope.get("payload"))
    own = tuple(_handle("envelope", envelope.get("envelope_id")))
    inner = _in_event(_object(payload["event"])) if "event" in payload else _in_interaction(payload)
    return Named(inner.place, (*own, *inner.handles), inner.perhaps)


def _in_event(event: Json) -> Named:
    about = _object(event.get("message") or event.get("previous_message") or event.get("item") or event)
    about = {"channel": event.get("channel"), **about}
    return Named(_place(about), (*_messages(about), *_files(about)), _own(about))


def _in_interaction(payload: Json) -> Named:
    container, message = _object(payload.get("container")), _object(payload.get("message"))
    about = {
        "channel": _id(payload.get("channel")) or container.get("channel_id") or payload.get("channel_id"),
        "ts": message.get("ts") or container.get("message_ts"),
        "thread_ts": message.get("thread_ts") or container.get("thread_ts"),
    }
    view = _id(payload.get("view")) or container.get("view_id")
    handles = (
        *_messages(about),
        *_handle("view", view),
        *_handle("trigger", payload.get("trigger_id")),
        *_handle("respond", str(payload.get("response_url") or "").rpartition("/")[2]),
    )
    return Named(_place(about), handles, _own(about))


def _in_method(asked: Json, answered: Json) -> Named:
    view, message = _id(answered.get("view")), _object(answered.get("message"))
    ts = asked.get("ts") or asked.get("message_ts") or asked.get("timestamp")
    about = {"channel": asked.get("channel"), "ts": ts, "thread_ts": asked.get("thread_ts")}
    said = {
        "channel": answered.get("channel", asked.get("channel")),
        "ts": answered.get("ts") or answered.get("message_ts") or message.get("ts"),
        "thread_ts": message.get("thread_ts"),
    }
    handles = (
        *_messages(about),
        *_messages(said),
        *_handle("view", asked.get("view_id")),
        *_handle("trigger", asked.get("trigger_id")),
        *_handle("view", view),
        *_handle("file", asked.get("file")),
    )
    return Named(_place(about) or _place(said), handles, _own(about) or _own(said))


def _in_masko(title: str, asked: Json, body: Json) -> Iterator[str]:
    answered = _object(body.get("data")) or body
    file = _object(asked.get("file"))
    for asset in (asked.get("asset_id"), answered.get("asset_id"), *_list(asked.get("reference_asset_ids"))):
        yield from _handle("asset", asset)
    yield from _handle("bytes", file.get("fingerprint"))
    in_path = _COLLECTION_IN_PATH.search(title)
    yield from _handle("mascot", in_path[1] if in_path else answered.get("id"))
    if not in_path:
        yield from _handle("name", _stem(file.get("filename")))


def _messages(about: Json) -> Iterator[str]:
    if (own := _own(about)) is not None:
        yield f"message:{own}"


def _files(about: Json) -> Iterator[str]:
    files = [_object(file) for file in _list(about.get("files"))]
    for file in files:
        yield from _handle("file", file.get("id"))
    for file in files:
        yield from _handle("name", _stem(file.get("name")))


def _place(about: Json) -> str | None:
    """The thread of a message that says in which it is."""
    return (
        f"{about['channel']}/{about['thread_ts']}"
        if about.get("channel") and about.get("thread_ts")
        else None
    )


def _own(about: Json) -> str | None:
    return f"{about['channel']}/{about['ts']}" if about.get("channel") and about.get("ts") else None


def _handle(kind: str, id: Any) -> Iterator[str]:
    if isinstance(id, str) and id:
        yield f"{kind}:{id}"


def _stem(name: Any) -> str | None:
    """A file's name without its ending, which a conversion changes."""
    return name.rpartition(".")[0] or name if isinstance(name, str) else None


def _id(thing: Any) -> str | None:
    found = thing.get("id") if isinstance(thing, Mapping) else None
    return found if isinstance(found, str) else None


def _object(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
