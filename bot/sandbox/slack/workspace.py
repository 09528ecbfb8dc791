"""The workspace as a whole: its stores, and what happens when somebody posts, edits, deletes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.sandbox.inspector import Entry, Inspector
from bot.sandbox.slack import event_kinds, events, sharing
from bot.sandbox.slack.blockkit import Surroundings
from bot.sandbox.slack.blockkit.schema import Surface
from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.deliveries import Deliverer
from bot.sandbox.slack.directory import Channel, Directory, Person
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.files import FileStore, NewFile, StoredFile
from bot.sandbox.slack.http_delivery import HttpDelivery
from bot.sandbox.slack.ids import Ids, Timestamps
from bot.sandbox.slack.messages import Message, MessageStore, Quote
from bot.sandbox.slack.rate_limits import RateLimits
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.schedule import Schedule, Scheduled
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.views import Triggers, ViewStore


class Workspace:
    """Everything the local Slack knows of one workspace, and the rules of who hears of what.

    Args:
        directory: who and what is in it at first.
        inspector: where calls, envelopes and findings are written.
        origin: scheme, host and port that the sandbox answers at, such as `http://127.0.0.1:8123`.
        beside: a workspace behind the same origin. The app's sockets are the same then, and no id is given
            twice.

    Attributes:
        calls: how often each operation was called, by its name as in `faults`.
        effects: how often it did what was asked, whether or not its answer arrived.
        threads_untold: where presses leave out the thread that their message is in: in the `container`, or
            `anywhere`, as no page of the documentation promises it.
    """

    def __init__(
        self, directory: Directory, inspector: Inspector, origin: str, beside: Workspace | None = None
    ) -> None:
        self.origin = origin
        self.inspector = inspector
        self.ids: Ids = beside.ids if beside else Ids()
        self.times = Timestamps()
        self.changes = Changes()
        self.threads_untold: Literal["", "container", "anywhere"] = ""
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.rate_limits = RateLimits()
        self.directory = directory
        self.files = FileStore(self.directory, self.ids, origin)
        self.messages = MessageStore(self.directory.app, self.files)
        self.triggers = Triggers()
        self.response_urls = ResponseUrls(origin, self.directory.team.id)
        self.views = ViewStore(self.directory, self.ids, self._view_changed, self._home_changed)
        self.socket: SocketMode = (
            beside.socket if beside else SocketMode(directory.app, inspector, self.connection_changed)
        )
        self.schedule = Schedule(self._post_scheduled)
        self.http: HttpDelivery | None = None
        inspector.listen(self._entry_added)

    @property
    def way(self) -> Deliverer:
        """How the bot hears: over HTTP where a request URL is set, else over Socket Mode."""
        return self.http or self.socket

    def surroundings(self, surface: Surface) -> Surroundings:
        """What Block Kit checks need to know about this workspace."""
        return Surroundings(surface, self._file_shown)

    def post(self, message: Message) -> dict[str, Any]:
        """Keep a new message and tell whoever should hear: the page, and the bot by its subscriptions."""
        channel = self.directory.channels[message.channel]
        self.messages.add(message)
        for file in filter(None, map(self.files.get, message.files)):
            file.shares.append((message.channel, message.ts))
        for quote in message.quotes:
            for file in filter(None, map(self.files.get, quote.files)):
                file.forwards.append(message.channel)
        shown = self.messages.as_json(message)
        self.changes.publish("message", channel=channel.id, message=shown)
        self._root_changed(message)
        self._send_posted(message, channel)
        return shown

    def whisper(self, message: Message) -> dict[str, Any]:
        """Keep a message that only one person sees; the bot hears nothing of it."""
        self.messages.add(message)
        shown = self.messages.as_json(message)
        self.changes.publish("ephemeral", channel=message.channel, user=message.ephemeral_to, message=shown)
        return shown

    def change(self, message: Message, **content: Any) -> dict[str, Any]:
        """Change a message's content (`text`, `blocks`, …) and send `message_changed`, marked as edited."""
        previous = self.messages.as_json(message, to_app=True)
        message.edited_ts = self.times.next()
        for name, value in content.items():
            setattr(message, name, value)
        self._tell_changed(message, previous, message.edited_ts)
        return self.messages.as_json(message)

    def unfurl(self, message: Message, attachments: list[dict[str, Any]], quotes: list[Quote]) -> None:
        """Show what a message links to below it; `message_changed` without an edit, as recorded."""
        previous = self.messages.as_json(message, to_app=True)
        message.attachments, message.quotes = attachments, quotes
        self._tell_changed(message, previous, self.times.next())

    def react(self, message: Message, name: str, user: str, *, on: bool) -> None:
        """Put an emoji to a message or take it away, for one person; nothing where that is so already."""
        users = message.reactions.get(name, [])
        if (user in users) is on:
            return
        left = [*users, user] if on else [each for each in users if each != user]
        if left:
            message.reactions[name] = left
        else:
            del message.reactions[name]
        self._changed_on_page(message)
        event = events.reacted(user, name, message, on=on, ts=self.times.next())
        self.send(event, self.directory.channels[message.channel])

    def delete(self, message: Message) -> None:
        """Delete a message. The root of a thread with replies stays as a tombstone."""
        channel = self.directory.channels[message.channel]
        previous = self.messages.as_json(message, to_app=True)
        self.messages.remove(message)
        now = self.times.next()
        if message.tombstone:
            self._tell_changed(message, previous, now)
            return
        about = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        if message.ephemeral_to:
            about["user"] = message.ephemeral_to
        self.changes.publish("message_deleted", channel=channel.id, ts=message.ts, **about)
        self._root_changed(message)
        if message.ephemeral_to is None:
            self.send(events.deleted(previous, channel, now), channel)

    def delete_file(self, file: StoredFile) -> None:
        """Delete a file: a tombstone stands in every message that carries it."""
        seen_by_bot = self.files.visible_to_bot(file)
        carriers = list(self.messages.carrying(file.id))
        before = [self.messages.as_json(message, to_app=True) for message in carriers]
        file.deleted = True
        for message, previous in zip(carriers, before, strict=True):
            self._tell_changed(message, previous, self.times.next())
        if seen_by_bot:
            self.send(events.file_deleted(file.id, self.times.next()))

    def open_channel(self, channel: Channel) -> Channel:
        """Add a conversation to the workspace."""
        self.directory.channels[channel.id] = channel
        self.changes.publish("channel", channel=channel.as_json())
        return channel

    def open_dm(self, users: Sequence[str]) -> Channel:
        """The DM or group DM of exactly these people (ids), opened if it is not there."""
        members = list(dict.fromkeys(users))
        if known := self.directory.conversation_of(members):
            return known
        names = [self.directory.people[user].name for user in members]
        if len(members) == 2:
            other = next(user for user in members if user != self.directory.app.bot_user_id)
            name = self.directory.people[other].name
            return self.open_channel(Channel(self.ids.new("D"), name, "im", members=members, user=other))
        name = f"mpdm-{'--'.join(names)}-1"
        return self.open_channel(Channel(self.ids.new("C"), name, "mpim", members=members))

    def join(self, user: str, channel: Channel, inviter: str | None = None) -> None:
        """Make somebody a member of a channel, as Slack tells it: a line in the channel, and an event."""
        channel.members.append(user)
        self.changes.publish("channel", channel=channel.as_json())
        joined = Message(
            channel=channel.id,
            ts=self.times.next(),
            user=user,
            team=self.directory.people[user].team_id,
            text=f"<@{user}> has joined the channel",
            subtype="channel_join",
            inviter=inviter,
        )
        self.post(joined)
        self.send(events.joined(user, inviter, channel, self.directory.team, joined.ts), channel)

    def change_id(self, channel: Channel) -> str:
        """Give a channel another id, with all that was said in it; returns the old one."""
        old, channel.id = channel.id, self.ids.new("C")
        self.directory.channels[channel.id] = self.directory.channels.pop(old)
        self.messages.move(old, channel.id)
        self.files.move(old, channel.id)
        self.response_urls.move(old, channel.id)
        self.changes.publish("reset")
        return old

    def remove_channel(self, channel: Channel) -> None:
        """Forget a channel, and what was said in it."""
        del self.directory.channels[channel.id]
        self.messages.move(channel.id, None)
        self.files.move(channel.id, None)
        self.changes.publish("reset")

    def upload(self, new: NewFile, owner: Person, *, title: str | None = None) -> StoredFile:
        """Take a file in; watchers hear when it is processed."""
        file = self.files.add(new, owner, title=title)
        self.announce_processing(file)
        return file

    def announce_processing(self, file: StoredFile) -> None:
        """Tell the page, once the file has its thumbnails, of every message that carries it."""

        def processed() -> None:
            for message in self.messages.carrying(file.id):
                self._changed_on_page(message)
            self.changes.publish("file", file=file.id)

        asyncio.get_running_loop().call_later(self.files.processing_delay, processed)

    def app_installed(self, scopes: set[str], *, is_enterprise_install: bool) -> None:
        """Let the app be here with these scopes: its bot becomes a member, in no channel until invited."""
        app = self.directory.app
        app.installed, app.is_enterprise_install, app.scopes = True, is_enterprise_install, scopes
        self._bot_deactivated(False)

    def app_uninstalled(self) -> None:
        """Let the app be gone: its bot is deactivated and leaves every channel (Choice), its views close."""
        app = self.directory.app
        app.installed, app.is_enterprise_install, app.scopes = False, False, set()
        for channel in self.directory.channels.values():
            if app.bot_user_id in channel.members and channel.kind in ("channel", "private"):
                channel.members.remove(app.bot_user_id)
        self.views.forget()
        self._bot_deactivated(True)

    def _bot_deactivated(self, deactivated: bool) -> None:
        bot = self.directory.bot
        self.directory.people[bot.id] = replace(bot, deactivated=deactivated)
        self.changes.publish("reset")

    def wrapped(self, event: dict[str, Any], event_id: str | None = None) -> dict[str, Any]:
        """The `event_callback` payload for an event of this app."""
        channel = self.directory.channels.get(str(event.get("channel", "")))
        shared = channel.is_ext_shared if channel else False
        directory = self.directory
        return events.wrapped(
            event, app=directory.app, team=directory.team, ids=self.ids, shared=shared, event_id=event_id
        )

    def forget(self) -> None:
        """Forget messages, files, views, deliveries and counts; sockets, people and channels stay."""
        for way in filter(None, (self.socket, self.http)):
            way.forget()
        for store in (self.messages, self.files, self.views, self.response_urls, self.rate_limits):
            store.forget()
        self.schedule.close()
        self.calls.clear()
        self.effects.clear()

    def member(self, user: str, channel: Channel) -> bool:
        """Whether somebody is in a channel."""
        return user in channel.members

    async def stop(self) -> None:
        """Close sockets and streams."""
        self.changes.close()
        self.schedule.close()
        for way in filter(None, (self.socket, self.http)):
            await way.stop()

    def _send_posted(self, message: Message, channel: Channel) -> None:
        written = self.messages.as_json(message, to_app=True)
        event = events.posted(written, channel)
        if message.broadcast and (root := self.messages.root(message)):
            event["root"] = self.messages.as_json(root, to_app=True)
        self.send(event, channel)
        if mention := events.mention(event, self.directory.app):
            self.send(mention, channel)
        if urls := self._unfurl_urls(message):
            member = self.member(self.directory.app.bot_user_id, channel)
            self.send(events.links_shared(message, urls, member=member, ts=message.ts), channel)

    def _unfurl_urls(self, message: Message) -> list[tuple[str, str]]:
        if self.directory.is_external(self.directory.people[message.user]):
            return []  # docs.slack.dev: Understanding Slack Connect
        domains = self.directory.app.unfurl_domains
        found = [url for url in sharing.urls(message.text) if sharing.within_domains(url, domains)]
        return [(urlsplit(url).hostname or "", url) for url in found]

    def _post_scheduled(self, scheduled: Scheduled) -> None:
        bot = self.directory.bot
        if scheduled.channel not in self.directory.channels:
            return  # Choice: what waits for a channel that is gone goes with it
        message = Message(
            channel=scheduled.channel,
            ts=self.times.next(),
            user=bot.id,
            team=bot.team_id,
            **scheduled.content,
        )
        self.inspector.add("control", "a scheduled message is posted", request={"id": scheduled.id})
        self.post(message)

    def send(self, event: dict[str, Any], channel: Channel | None = None) -> None:
        """Deliver an event, if the app is subscribed to it and may hear of it."""
        if event_kinds.subscribed(event, self.directory.app, channel):
            self.way.send_event(self.wrapped(event))

    def _tell_changed(self, message: Message, previous: dict[str, Any], ts: str) -> None:
        self._changed_on_page(message)
        if message.ephemeral_to is None:
            channel = self.directory.channels[message.channel]
            after = self.messages.as_json(message, to_app=True)
            self.send(events.changed(after, previous, channel, ts), channel)

    def _root_changed(self, message: Message) -> None:
        if message.is_reply and (root := self.messages.root(message)):
            self._changed_on_page(root)

    def _changed_on_page(self, message: Message) -> None:
        shown = self.messages.as_json(message)
        if message.ephemeral_to:
            self.changes.publish(
                "ephemeral", channel=message.channel, user=message.ephemeral_to, message=shown
            )
        else:
            self.changes.publish("message_changed", channel=message.channel, message=shown)

    def _file_shown(self, named: Mapping[str, Any]) -> bool:
        file = self.files.get(named["id"]) if "id" in named else self.files.by_url(named["url"])
        return file is not None and self.files.shown_in_blocks(file)

    def _view_changed(self, user: str) -> None:
        top = self.views.top(user)
        self.changes.publish("view", user=user, view=top.as_json() if top else None)

    def _home_changed(self, user: str) -> None:
        home = self.views.home(user)
        self.changes.publish("home", user=user, view=home.as_json() if home else None)

    def connection_changed(self) -> None:
        """Tell whoever waits that something about the bot's connections or deliveries changed."""
        self.changes.publish("connection", bot_connected=self.way.connected)

    def _entry_added(self, entry: Entry) -> None:
        # Masking a whole envelope costs time, which nobody should pay who measures the bot without a page.
        self.changes.publish("inspector", entry=entry.as_json() if self.changes.watched else None)
