"""The local Slack: its web application, and what people and tests can do in it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.inspector import Inspector
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.files import FileStore
from bot.sandbox.slack.http_delivery import HttpDelivery
from bot.sandbox.slack.installing import Installing
from bot.sandbox.slack.managing import Managing
from bot.sandbox.slack.platform import Platform
from bot.sandbox.slack.rate_limits import RateLimits
from bot.sandbox.slack.socket_mode import DisconnectReason, SocketMode
from bot.sandbox.slack.tokens import Tokens
from bot.sandbox.slack.using import Using
from bot.sandbox.slack.writing import Writing

Json = dict[str, Any]
Found = TypeVar("Found")

LARGEST_REQUEST = 64 * 1024 * 1024


class LocalSlack(Writing, Using, Managing, Installing):
    """A workspace "Sandbox Studio" with one app installed, on one loopback origin.

    People and channels are named by id or by name (`"ana"`, `"#mascots"`).

    Args:
        manifest: the app manifest, parsed; its scopes, events and switches count.
        inspector: where everything that happens is written.
        origin: scheme, host and port that `application()` is served at.
        tokens: the tokens it accepts; made up when not given.
        platform: whose newest workspace this is; a new one, with its first, when not given.

    Attributes:
        platform: the app, and all the workspaces behind this origin.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        inspector: Inspector,
        *,
        origin: str,
        tokens: Tokens | None = None,
        platform: Platform | None = None,
    ) -> None:
        self.platform = platform or Platform(manifest, inspector, origin, tokens or Tokens())
        super().__init__(self.platform.workspaces[-1])

    @property
    def tokens(self) -> Tokens:
        """The first workspace's bot token, and the app's own token and credentials."""
        return self.platform.tokens

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
        """Every delivery made to the bot the way it hears now, oldest first.

        Over HTTP those of this workspace; the sockets are the app's, and so are the deliveries over them.
        """
        return self.workspace.way.deliveries

    @property
    def connected(self) -> bool:
        """Whether the bot has a socket open, or a request URL."""
        return self.workspace.way.connected

    def use_request_url(self, url: str, *, faster: float = 1.0) -> HttpDelivery:
        """Deliver over HTTP from now on, in every workspace.

        Args:
            faster: how many times sooner than Slack's the retries come.
            url: of the bot, on loopback: nothing else is ever called.

        Raises:
            ValueError: the URL leads elsewhere.
        """
        self.platform.use_request_url(url, faster)
        assert self.workspace.http is not None
        return self.workspace.http

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

    def channel_page(
        self, channel: str, viewer: str | None = None, *, limit: int, before: str | None = None
    ) -> Json:
        """A page of what the channel shows, however long it is.

        Args:
            limit: the newest so many messages.
            before: only those older than this `ts`.

        Returns:
            `messages`, oldest first; `has_more`, whether there are older ones; `total`, how many in all.
        """
        found = self.directory.channel(channel)
        seen_by = self.directory.person(viewer).id if viewer else None
        everything = self.workspace.messages.channel(found.id, seen_by)
        older = [message for message in everything if before is None or message.ts < before]
        page = [self.workspace.messages.as_json(message) for message in older[-limit:]]
        return {"messages": page, "has_more": len(older) > limit, "total": len(everything)}

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

    def deactivate(self, user: str, *, on: bool = True) -> None:
        """Take somebody's account from them, or give it back with `on=False`; the bot hears nothing of it.

        Choice: they stay a member of their channels in the sandbox's own records, so that giving the account
        back undoes it; to the bot they are in no channel or group.

        Raises:
            LookupError: nobody of that id or name.
        """
        person = self.directory.person(user)
        self.note(f"{person.name} is {'deactivated' if on else 'active again'}")
        self.directory.people[person.id] = replace(person, deactivated=on)

    async def disconnect(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Make the bot's sockets reconnect, as Slack does every few hours."""
        await self.workspace.socket.disconnect(reason)

    async def wait_until(
        self,
        predicate: Callable[[], Found | None],
        timeout: float = 20.0,  # noqa: ASYNC109 - it is the caller who knows, and the error tells more
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

    async def wait_connected(self, timeout: float = 20.0) -> None:  # noqa: ASYNC109
        """Wait until the bot has a socket open."""
        await self.wait_until(lambda: self.connected, timeout)

    async def stop(self, app: web.Application) -> None:
        await self.platform.stop()
