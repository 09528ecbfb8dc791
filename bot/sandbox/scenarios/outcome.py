"""What came of a run, in a form in which two runs can be compared; and the differences. Pure but for reading.

Compared are the messages as they stand in the end, what Masko holds, how often each call that changes
something took effect, and what the strict services held against the bot. Not compared, since they depend on
how fast things went: the order of calls, times, how often something was read or a message was changed on the
way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.masko import LocalMasko
from bot.sandbox.scenarios.names import Names
from bot.sandbox.slack import LocalSlack

Json = dict[str, Any]

CHANGING = {
    "slack": (
        "chat.postMessage",
        "chat.postEphemeral",
        "chat.delete",
        "reactions.add",
        "reactions.remove",
        "response_url",
        "views.open",
        "views.push",
    ),
    "masko": (
        "collections.create",
        "collections.update",
        "projects.create",
        "references.add",
        "references.remove",
        "upload",
    ),
}
"""The calls whose number counts: what each leaves behind could be seen twice if it were made twice."""

_TIMES = re.compile(r"(?<=<!date\^)\d+|\b\d{10}\.\d{6}\b")
_LONGEST = 160


def effects(slack: LocalSlack, masko: LocalMasko | None) -> dict[str, int]:
    """How often each call that changes something took effect so far: `{"masko.upload": 2, …}`."""
    counts = {"slack": slack.effects, "masko": masko.effects if masko else {}}
    return {
        f"{service}.{name}": counts[service][name]
        for service, names in CHANGING.items()
        for name in names
        if counts[service].get(name)
    }


def outcome(slack: LocalSlack, masko: LocalMasko | None, names: Names) -> Json:
    """What came of everything so far.

    Returns:
        `{messages: {name: message}, mascots: {name: mascot}, effects: {call: times}, findings: [words]}`
    """
    return {
        "messages": dict(_messages(slack, names)),
        "mascots": dict(_mascots(masko, names)) if masko else {},
        "effects": effects(slack, masko),
        "findings": sorted(
            _TIMES.sub("…", names.written(entry.finding))
            for entry in slack.workspace.inspector.findings()
            if entry.finding
        ),
    }


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], path: str = "") -> list[str]:
    """Where two outcomes are not the same, a line each: `path: expected, found`; none when they are."""
    lines = []
    for key in [*expected, *(key for key in found if key not in expected)]:
        here = f"{path} / {key}" if path else str(key)
        one, other = expected.get(key), found.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            lines += differences(one, other, here)
        elif one != other:
            lines.append(f"{here}: recorded {_short(one)}, now {_short(other)}")
    return lines


def _messages(slack: LocalSlack, names: Names) -> Iterator[tuple[str, Json]]:
    origin = slack.workspace.origin
    for message in slack.workspace.messages.all():
        shown = {
            "user": message.user,
            "text": message.text,
            "blocks": [_looks(block) for block in message.blocks],
            "files": [_file(slack, file_id) for file_id in message.files],
            "attachments": [
                {key: attachment.get(key) for key in ("text", "fallback", "is_share")}
                for attachment in (*message.attachments, *(quote.attachment for quote in message.quotes))
            ],
            "reactions": {name: sorted(users) for name, users in message.reactions.items()},
            "only_for": message.ephemeral_to,
        }
        kept = {key: value for key, value in shown.items() if value}
        yield names.of(message.ts) or message.ts, _timeless(names.written(kept), origin)


def _file(slack: LocalSlack, file_id: str) -> str:
    """A file's name, unless it was deleted since."""
    file = slack.files.get(file_id)
    return file.name if file else "tombstone"


def _mascots(masko: LocalMasko, names: Names) -> Iterator[tuple[str, Json]]:
    for mascot in masko.collections.values():
        yield (
            names.of(mascot.id) or mascot.id,
            {
                "name": mascot.name or mascot.detected.name,
                "prompt": mascot.prompt or mascot.detected.prompt,
                "references": [names.written(asset_id) for asset_id in mascot.reference_asset_ids],
            },
        )


def _looks(value: Any) -> Any:
    """A block, or a part of one, by its look: without what was made up when it was posted, and without what
    a press sends back: that is the app's own affair, often an id of its own database."""
    if isinstance(value, Mapping):
        return {key: _looks(item) for key, item in value.items() if key not in ("block_id", "value")}
    return [_looks(item) for item in value] if isinstance(value, list) else value


def _timeless(value: Any, origin: str) -> Any:
    if isinstance(value, str):
        return _TIMES.sub("…", value.replace(origin, "{{origin}}"))
    if isinstance(value, Mapping):
        return {key: _timeless(item, origin) for key, item in value.items()}
    if isinstance(value, list):
        return [_timeless(item, origin) for item in value]
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
