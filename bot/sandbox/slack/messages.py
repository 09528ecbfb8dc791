"""Messages and threads of every channel, kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.directory import App
from bot.sandbox.slack.files import FileStore


@dataclass(frozen=True)
class Quote:
    """Another message inside an attachment; `files` are the ids of the files that it carries."""

    attachment: dict[str, Any]
    files: tuple[str, ...] = ()


@dataclass
class Message:
    """One message.

    Attributes:
        files: ids of the files that it carries.
        quotes: other messages that it forwards or links to; Slack writes them among its attachments.
        ephemeral_to: the only person who sees it.
        tombstone: deleted, but there are replies.
        subtype: where it is not what the content says, such as `channel_join`.
        inviter: who brought in the person that a `channel_join` is about.
    """

    channel: str
    ts: str
    user: str
    team: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    client_msg_id: str | None = None
    ephemeral_to: str | None = None
    metadata: dict[str, Any] | None = None
    edited_ts: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    tombstone: bool = False
    quotes: list[Quote] = field(default_factory=list)
    subtype: str | None = None
    inviter: str | None = None

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread that another message began."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def all_files(self) -> list[str]:
        """The ids of its own files and of those of a post that it forwards."""
        return [*self.files, *(file for quote in self.quotes for file in quote.files)]

    @property
    def in_channel(self) -> bool:
        """Whether the channel itself shows it: no plain thread reply."""
        return not self.is_reply or self.broadcast


class MessageStore:
    """Every message, and how Slack writes it down."""

    def __init__(self, app: App, files: FileStore) -> None:
        self._app = app
        self._files = files
        self._channels: dict[str, dict[str, Message]] = {}
        self._replies: dict[tuple[str, str], dict[str, Message]] = {}
        self._removed: set[tuple[str, str]] = set()

    def add(self, message: Message) -> None:
        """Keep a message, and put the root of its thread into the thread too."""
        self._channels.setdefault(message.channel, {})[message.ts] = message
        if message.is_reply and message.thread_ts and message.ephemeral_to is None:
            self._replies.setdefault((message.channel, message.thread_ts), {})[message.ts] = message
            if root := self.root(message):
                root.thread_ts = root.ts

    def get(self, channel: str, ts: str) -> Message | None:
        """The message of this timestamp, ephemeral ones included."""
        return self._channels.get(channel, {}).get(ts)

    def root(self, message: Message) -> Message | None:
        """The message that began the thread."""
        return self.get(message.channel, message.thread_ts) if message.thread_ts else None

    def remove(self, message: Message) -> None:
        """Forget a message; the root of a thread that has replies becomes a tombstone."""
        if self.replies(message.channel, message.ts):
            message.tombstone = True
            message.text, message.blocks, message.files = "This message was deleted.", [], []
            message.attachments, message.quotes = [], []
        else:
            del self._channels[message.channel][message.ts]
            self._removed.add((message.channel, message.ts))
            self._replies.get((message.channel, message.thread_ts or ""), {}).pop(message.ts, None)

    def was_removed(self, channel: str, ts: str) -> bool:
        """Whether a message was here and is deleted, with nothing left in its place."""
        return (channel, ts) in self._removed

    def move(self, old: str, new: str | None) -> None:
        """Let a channel's messages belong to another id; None: forget them."""
        messages = self._channels.pop(old, {})
        replies = {key: self._replies.pop(key) for key in list(self._replies) if key[0] == old}
        if new is None:
            return
        for message in messages.values():
            message.channel = new
        self._channels[new] = messages
        self._replies |= {(new, thread_ts): found for (_, thread_ts), found in replies.items()}
        self._removed |= {(new, ts) for channel, ts in self._removed if channel == old}

    def all(self) -> list[Message]:
        """Every message of every channel, ephemeral ones included, oldest first."""
        found = (message for messages in self._channels.values() for message in messages.values())
        return sorted(found, key=lambda message: message.ts)

    def forget(self) -> None:
        """Forget every message."""
        self._channels.clear()
        self._removed.clear()

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """The replies of a thread, oldest first, without ephemeral ones."""
        return list(self._replies.get((channel, thread_ts), {}).values())

    def thread(self, channel: str, thread_ts: str, viewer: str | None = None) -> list[Message]:
        """Root and replies, with what only `viewer` sees."""
        return [
            message
            for message in self._all(channel, viewer)
            if message.ts == thread_ts or message.thread_ts == thread_ts
        ]

    def channel(self, channel: str, viewer: str | None = None) -> list[Message]:
        """What the channel itself shows, oldest first, with what only `viewer` sees."""
        return [message for message in self._all(channel, viewer) if message.in_channel]

    def carrying(self, file_id: str) -> Iterator[Message]:
        """The messages that carry this file."""
        for messages in self._channels.values():
            yield from (message for message in messages.values() if file_id in message.all_files)

    def as_json(self, message: Message, *, to_app: bool = False) -> dict[str, Any]:
        """The message as Slack writes it; `to_app` for events, where partners' files are stubs."""
        return {
            **self._identity(message),
            **self._content(message, to_app),
            **self._threading(message),
            **({"is_ephemeral": True} if message.ephemeral_to else {}),
        }

    def _all(self, channel: str, viewer: str | None = None) -> list[Message]:
        messages = self._channels.get(channel, {}).values()
        seen = [m for m in messages if m.ephemeral_to is None or m.ephemeral_to == viewer]
        return sorted(seen, key=lambda message: message.ts)

    def _identity(self, message: Message) -> dict[str, Any]:
        said: dict[str, Any] = {
            "type": "message",
            "user": message.user,
            "ts": message.ts,
            "team": message.team,
        }
        if message.user == self._app.bot_user_id:
            said |= {"bot_id": self._app.bot_id, "app_id": self._app.id}
        if message.client_msg_id:
            said["client_msg_id"] = message.client_msg_id
        if subtype := _subtype(message):
            said["subtype"] = subtype
        if message.inviter:
            said["inviter"] = message.inviter
        return said

    def _content(self, message: Message, to_app: bool) -> dict[str, Any]:
        content: dict[str, Any] = {"text": message.text}
        if message.blocks:
            content["blocks"] = message.blocks
        if message.attachments or message.quotes:
            quoted = (self._quoted(quote, to_app) for quote in message.quotes)
            content["attachments"] = [*message.attachments, *quoted]
        if message.files:
            content["files"] = self._files.in_message(message.files, to_app=to_app)
            content |= {"upload": False, "display_as_bot": False}
        if message.metadata:
            content["metadata"] = message.metadata
        if message.edited_ts:
            content["edited"] = {"user": message.user, "ts": message.edited_ts}
        if message.reactions:
            content["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in message.reactions.items()
            ]
        return content

    def _quoted(self, quote: Quote, to_app: bool) -> dict[str, Any]:
        files = self._files.in_message(quote.files, to_app=to_app)
        return quote.attachment | ({"files": files} if files else {})

    def _threading(self, message: Message) -> dict[str, Any]:
        if message.thread_ts is None:
            return {}
        root = self.root(message)
        if message.is_reply:
            return {"thread_ts": message.thread_ts} | ({"parent_user_id": root.user} if root else {})
        replies = self.replies(message.channel, message.ts)
        people = list(dict.fromkeys(reply.user for reply in replies))
        return {
            "thread_ts": message.thread_ts,
            "reply_count": len(replies),
            "reply_users_count": len(people),
            "reply_users": people,
            **({"latest_reply": replies[-1].ts} if replies else {}),
        }


def _subtype(message: Message) -> str | None:
    if message.tombstone:
        return "tombstone"
    if message.subtype:
        return message.subtype
    if message.broadcast:
        return "thread_broadcast"
    return "file_share" if message.files else None
