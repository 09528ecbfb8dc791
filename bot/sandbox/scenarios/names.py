"""Names that mean the same in every run, for ids and timestamps that do not.

    {{C0MASCOTS01#2}}        the second message of a channel
    {{C0MASCOTS01#2/1}}      the first reply in its thread; `~1` for what only one person sees
    {{C0MASCOTS01#2.file1}}  its first file; `.block3` for a block id that Slack made up
    {{view:U0ANA000001#1}}   the first view that somebody saw
    {{asset:9120-0a1b2c3d}}  a picture in Masko, by its bytes; `mascot:` by its first picture

Both a recording and its replay give them by the same rule: in the order in which things appear.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox.masko import LocalMasko
from bot.sandbox.tracing.handles import fingerprint

_NAME = re.compile(r"\{\{([\w#/~.:-]+)\}\}")
_ID = re.compile(
    r"\b\d{10}\.\d{6}\b"  # a timestamp
    r"|\b[CDFGV]0[0-9A-Z]{8,}\b"  # a conversation, file or view
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # what Masko has
    r"|\b(?:col|ast|prj)_[0-9a-f]{20}\b"
    r"|^0[0-9A-Z]{3}[\w-]{2}$"  # a block
)
_MADE_UP_BLOCK = re.compile(r"0[0-9A-Z]{3}[\w-]{2}")


class UnknownName(LookupError):
    """A name of something that has not appeared yet."""


class Names:
    """The names of one run, learnt from what the workspace publishes.

    Args:
        masko: what is in it gets its names when it is first met.
    """

    def __init__(self, masko: LocalMasko | None = None) -> None:
        self._masko = masko
        self._names: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._count: Counter[str] = Counter()

    def hear(self, change: Mapping[str, Any]) -> None:
        """Learn from one published change."""
        match change["kind"]:
            case "message" | "message_changed" | "ephemeral":
                self._meet(change["channel"], change["message"])
            case "view" if change["view"] is not None:
                self._meet_numbered(f"view:{change['user']}", change["view"]["id"])
            case "home" if change.get("view"):
                self._meet_numbered(f"home:{change['user']}", change["view"]["id"])
            case "channel":
                self._meet_numbered("channel", change["channel"]["id"])

    def meet_upload(self, file_id: str) -> None:
        """Learn of a file that was uploaded and is in no message yet."""
        self._meet_numbered("upload", file_id)

    def forget(self) -> None:
        """Start over."""
        self._names.clear()
        self._ids.clear()
        self._count.clear()

    def of(self, id: str) -> str | None:
        """The name of something, if it has one."""
        return self._names.get(id) or self._of_masko(id)

    def written(self, value: Any) -> Any:
        """A JSON value with names in place of ids, also within longer strings."""
        return _mapped(value, lambda text: _ID.sub(self._written, text))

    def read(self, value: Any) -> Any:
        """The opposite.

        Raises:
            UnknownName: it names something that has not appeared yet.
        """
        return _mapped(value, lambda text: _NAME.sub(self._read, text))

    def _meet(self, channel: str, message: Mapping[str, Any]) -> None:
        ts = message["ts"]
        if ts not in self._names:
            self._call(ts, self._next_in(channel, message))
        name = self._names[ts]
        for n, file in enumerate(message.get("files", ()), start=1):
            self._call(file["id"], f"{name}.file{n}")
        for n, block in enumerate(message.get("blocks", ()), start=1):
            if _MADE_UP_BLOCK.fullmatch(str(block.get("block_id"))):
                self._call(block["block_id"], f"{name}.block{n}")

    def _next_in(self, channel: str, message: Mapping[str, Any]) -> str:
        thread = message.get("thread_ts")
        within = f"{channel}#" if thread in (None, message["ts"]) else f"{self._names.get(thread, thread)}/"
        within += "~" if message.get("is_ephemeral") else ""
        self._count[within] += 1
        return f"{within}{self._count[within]}"

    def _meet_numbered(self, kind: str, id: str) -> None:
        if id not in self._names:
            self._count[kind] += 1
            self._call(id, f"{kind}#{self._count[kind]}")

    def _call(self, id: str, name: str) -> None:
        self._names.setdefault(id, name)
        self._ids.setdefault(name, id)

    def _written(self, found: re.Match[str]) -> str:
        name = self.of(found[0])
        return found[0] if name is None else "{{" + name + "}}"

    def _read(self, found: re.Match[str]) -> str:
        name = found[1]
        if name not in self._ids and ":" in name:
            self._meet_masko()
        if name not in self._ids:
            raise UnknownName(name)
        return self._ids[name]

    def _of_masko(self, id: str) -> str | None:
        if self._masko is None or not ({id} & (self._masko.assets.keys() | self._masko.collections.keys())):
            return None
        self._meet_masko()
        return self._names.get(id)

    def _meet_masko(self) -> None:
        """Give names to what is new in Masko."""
        if self._masko is None:
            return
        for asset in self._masko.assets.values():
            if asset.id not in self._names:
                self._call(asset.id, self._unused(f"asset:{fingerprint(asset.data)}"))
        for mascot in self._masko.collections.values():
            if mascot.id not in self._names and mascot.reference_asset_ids:
                first = self._names[mascot.reference_asset_ids[0]].partition(":")[2]
                self._call(mascot.id, self._unused(f"mascot:{first}"))

    def _unused(self, name: str) -> str:
        """The name, or with a number behind it, for the same picture once more."""
        self._count[name] += 1
        return name if self._count[name] == 1 else f"{name}#{self._count[name]}"


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every string changed, keys as well."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(str(key)): _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(item, change) for item in value]
    return value
