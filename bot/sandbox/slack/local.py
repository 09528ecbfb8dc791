"""The local Slack: its web application, and the hands that people and tests act with."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.inspector import Inspector
from bot.sandbox.slack.control import Topic, add_control
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Channel, Directory, Person
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.file_server import FileServer
from bot.sandbox.slack.files import FileStore, NewFile, StoredFile
from bot.sandbox.slack.http_delivery import HttpDelivery
from bot.sandbox.slack.interactions import Interactions, Submitted
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.rate_limits import RateLimits
from bot.sandbox.slack.response_server import ResponseServer
from bot.sandbox.slack.richtext import as_sent, rich_text
from bot.sandbox.slack.socket_mode import DisconnectReason, SocketMode
from bot.sandbox.slack.tokens import Tokens
from bot.sandbox.slack.view_state import Values
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
Found = TypeVar("Found")

LARGEST_REQUEST = 64 * 1024 * 1024


class LocalSlack:
    """A workspace "Sandbox Studio" with one app installed, on one loopback origin.

    People and channels are named by id or by name (`"ana"`, `"#mascots"`).

    Args:
        manifest: the app manifest, parsed; its scopes, events and switches count.
        inspector: where everything that happens is written.
        origin: scheme, host and port that `application()` is served at.
        tokens: the tokens it accepts; made up when not given.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        inspector: Inspector,
        *,
        origin: str,
        tokens: Tokens | None = None,
    ) -> None:
        self.tokens = tokens or Tokens()
        self.workspace = Workspace(manifest, inspector, origin)
        self.interactions = Interactions(self.workspace)

    @property
    def directory(self) -> Directory:
        """Team, people, channels, app. `directory.app.scopes` is a set: take one away to see it missed."""
        return self.workspace.directory

    @property
    def files(self) -> FileStore:
        """The files, with their switches `sign_in_page`, `refuse_in_blocks`, `processing_delay`."""
        return self.workspace.files

    @property
    def faults(self) -> Faults:
        """Faults of the Web API and of files."""
        return self.workspace.faults

    @property
    def calls(self) -> Counter[str]:
        """How often each operation was called: methods, `download`, `upload`, `response_url`."""
        return self.workspace.calls

    @property
    def effects(self) -> Counter[str]:
        """How often each did what was asked, whether or not its answer arrived."""
        return self.workspace.effects

    @property
    def rate_limits(self) -> RateLimits:
        """The pace of calls; `rate_limits.enforced = False` lifts it."""
        return self.workspace.rate_limits

    @property
    def socket(self) -> SocketMode:
        """Socket Mode, with `ack_timeout`, `retries`, every delivery made, and sockets to cut or deafen."""
        return self.workspace.socket

    @property
    def deliveries(self) -> list[Delivery]:
        """Every delivery made to the bot the way it hears now, oldest first."""
        return self.workspace.way.deliveries

    @property
    def connected(self) -> bool:
        """Whether the bot has a socket open, or a request URL."""
        return self.workspace.way.connected

    def use_request_url(self, url: str, *, faster: float = 1.0) -> HttpDelivery:
        """Deliver over HTTP from now on, to this URL; retries come so many times `faster` than Slack's."""
        workspace = self.workspace
        workspace.http = HttpDelivery(
            url,
            self.tokens.signing_secret,
            workspace.inspector,
            workspace.connection_changed,
            faster=faster,
        )
        return workspace.http

    def application(self, topics: Iterable[Topic] = ()) -> web.Application:
        """The web application: Web API, Socket Mode, files, control API and page.

        Args:
            topics: further calls of the control API.
        """
        api = WebApi(self.workspace, self.tokens)
        files = FileServer(self.workspace, self.tokens)
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes(
            [
                web.route("*", "/api/{method}", api.handle),
                web.get("/link/", self.workspace.socket.serve),
                web.get("/files-pri/{key}/{name}", files.download),
                web.get("/files-pri/{key}/download/{name}", files.download),
                web.get("/files-tmb/{key}/{name}", files.download),
                web.post("/upload/v1/{file_id}", files.upload),
                web.post("/actions/{team}/{key}", ResponseServer(self.workspace).handle),
            ]
        )
        add_control(app, self, topics)
        app.on_shutdown.append(self._stop)
        return app

    async def post(
        self,
        *,
        user: str,
        channel: str,
        text: str = "",
        files: Sequence[NewFile | str] = (),
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Json:
        """Post as a person: words as typed (`@name` and links become Slack's tokens) and files.

        Args:
            files: new ones, or the ids of some that are in Slack and are shared once more.

        Returns:
            The message as Slack writes it.

        Raises:
            LookupError: no such person, channel, file or thread.
            PermissionError: the person is not in the channel.
        """
        author, target = self._person_in(user, channel)
        if thread_ts is not None and self.workspace.messages.get(target.id, thread_ts) is None:
            raise LookupError(f"no thread {thread_ts} in {target.name}")
        stored = [self._file(each, author) for each in files]
        ts = self.workspace.times.next()
        facts = {
            "channel": target.id,
            "ts": ts,
            "thread_ts": thread_ts,
            "text": text,
            "files": [file.name for file in stored],
        }
        self.workspace.inspector.add("control", f"{author.name} posts in {target.name}", request=facts)
        sent = as_sent(text, {person.name: person.id for person in self.directory.people.values()})
        message = Message(
            channel=target.id,
            ts=ts,
            user=author.id,
            team=author.team_id,
            text=sent,
            blocks=[rich_text(sent, self.workspace.ids.block())] if sent else [],
            files=[file.id for file in stored],
            thread_ts=thread_ts,
            broadcast=broadcast and thread_ts is not None,
            client_msg_id=str(uuid.uuid4()),
        )
        return self.workspace.post(message)

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message as a person would."""
        found = self.directory.channel(channel)
        if message := self.workspace.messages.get(found.id, ts):
            self.workspace.delete(message)

    def thread(self, channel: str, ts: str, viewer: str | None = None) -> list[Json]:
        """A thread as Slack writes it, root first; with what only `viewer` sees."""
        found = self.directory.channel(channel)
        seen_by = self.directory.person(viewer).id if viewer else None
        messages = self.workspace.messages
        return [messages.as_json(message) for message in messages.thread(found.id, ts, seen_by)]

    def channel_messages(self, channel: str, viewer: str | None = None) -> list[Json]:
        """What the channel itself shows, oldest first; with what only `viewer` sees."""
        found = self.directory.channel(channel)
        seen_by = self.directory.person(viewer).id if viewer else None
        messages = self.workspace.messages
        return [messages.as_json(message) for message in messages.channel(found.id, seen_by)]

    async def press(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        chosen: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Press a button of a message and wait for the acknowledgement, or its time to pass.

        Raises:
            LookupError: no such message or element for this person.
        """
        person, found = self._person_in(user, channel)
        return await self.interactions.press(person, found, message_ts, action_id, block_id, chosen)

    async def press_in_view(
        self, user: str, view_id: str, action_id: str, block_id: str | None = None
    ) -> Delivery:
        """Press a button inside an open view."""
        return await self.interactions.act_in_view(self.directory.person(user), view_id, action_id, block_id)

    def view(self, user: str) -> Json | None:
        """The view that this person sees on top, with its state."""
        top = self.workspace.views.top(self.directory.person(user).id)
        return top.as_json() if top else None

    async def submit(self, user: str, view_id: str, values: Values) -> Submitted:
        """Submit a view: `{block_id: {action_id: {"type": …, "value": …}}}`."""
        return await self.interactions.submit(self.directory.person(user), view_id, values)

    async def close_view(self, user: str, view_id: str) -> Json | None:
        """Close a view; what lies below it, or None."""
        below = await self.interactions.close(self.directory.person(user), view_id)
        return below.as_json() if below else None

    async def send_event(
        self,
        event: Json,
        *,
        event_id: str | None = None,
        retry_attempt: int = 0,
        retry_reason: str = "",
        resend: bool = False,
    ) -> Delivery:
        """Deliver any event, subscribed or not, and wait until it is acknowledged or given up.

        Args:
            event_id: the same as before for a redelivery; a new one when not given.
            resend: send again what is not acknowledged in time, as Slack does.
        """
        payload = self.workspace.wrapped(event, event_id)
        delivery, task = self.workspace.way.send_event(
            payload, retry_attempt=retry_attempt, retry_reason=retry_reason, resend=resend
        )
        await task
        return delivery

    async def deliver_again(
        self,
        earlier: Delivery,
        *,
        event_id: str | None = None,
        retry_attempt: int = 1,
        retry_reason: str = "",
    ) -> Delivery:
        """Deliver a payload once more, as Slack does when an answer got lost, and wait for what comes of it.

        Args:
            earlier: the delivery to repeat; its event keeps its time, however long ago that was.
            event_id: another one, which users have seen for one and the same message.
            retry_attempt: 0 for a delivery that does not say that it is one more.
        """
        payload = earlier.payload | ({"event_id": event_id} if event_id else {})
        delivery, task = self.workspace.way.send_event(
            payload, retry_attempt=retry_attempt, retry_reason=retry_reason, resend=False
        )
        await task
        return delivery

    async def disconnect(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Make the bot's sockets reconnect, as Slack does every few hours."""
        await self.workspace.socket.disconnect(reason)

    async def wait_until(
        self,
        predicate: Callable[[], Found | None],
        timeout: float = 5.0,  # noqa: ASYNC109 - it is the caller who knows, and the error tells more
    ) -> Found:
        """The first true value of `predicate`, asked again whenever anything changes.

        Raises:
            TimeoutError: it stayed untrue; the message tells the latest findings.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self.workspace.changes.until(predicate)
        except TimeoutError:
            findings = [entry.finding for entry in self.workspace.inspector.findings()[-3:]]
            raise TimeoutError(f"still untrue after {timeout:g} s; latest findings: {findings}") from None

    async def wait_connected(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Wait until the bot has a socket open."""
        await self.wait_until(lambda: self.connected, timeout)

    def _file(self, given: NewFile | str, owner: Person) -> StoredFile:
        if isinstance(given, NewFile):
            return self.workspace.upload(given, owner)
        file = self.files.get(given)
        if file is None:
            raise LookupError(f"no file {given}")
        return file

    def _person_in(self, user: str, channel: str) -> tuple[Person, Channel]:
        person, found = self.directory.person(user), self.directory.channel(channel)
        if person.id not in found.members:
            raise PermissionError(f"{person.name} is not in {found.name}")
        return person, found

    async def _stop(self, app: web.Application) -> None:
        await self.workspace.stop()
