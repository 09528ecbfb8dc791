"""Deliveries to the bot, whichever way they go: what is sent, how often, and what comes back.

docs.slack.dev: Events API, error handling. An event that is not acknowledged within 3 seconds is sent again,
up to three times, with the same `event_id`. Interactions are sent once: the person sees an error instead.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.inspector import Inspector

EnvelopeType = Literal["events_api", "interactive", "slash_commands"]
Again = Literal["", "same id", "other id"]


@dataclass
class Attempt:
    """One envelope on the wire. `ack_ms` is None while, or if never, acknowledged in time.

    Attributes:
        socket: the number of the socket it went to, from 1 in the order of opening; None over HTTP.
        status: what the request was answered with, over HTTP.
    """

    envelope_id: str
    number: int
    sent_at: float
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    ack_ms: float | None = None
    late_ms: float | None = None
    response: Any = None
    closed: bool = False
    socket: int | None = None
    status: int | None = None


@dataclass
class Delivery:
    """One payload on its way to the bot, with every attempt made.

    Attributes:
        failure: how the last attempt failed, in Slack's word for it; nothing when it did not.
    """

    type: EnvelopeType
    payload: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)
    failure: str = ""

    @property
    def acknowledged(self) -> bool:
        """Whether an attempt was acknowledged in time."""
        return any(attempt.ack_ms is not None for attempt in self.attempts)

    @property
    def ack_ms(self) -> float | None:
        """Milliseconds from sending to the acknowledgement that counted."""
        return next((a.ack_ms for a in self.attempts if a.ack_ms is not None), None)

    @property
    def response(self) -> Any:
        """The payload of the acknowledgement that counted."""
        return next((a.response for a in self.attempts if a.ack_ms is not None), None)


class Deliverer(ABC):
    """A way to the bot.

    Attributes:
        ack_timeout: seconds within which an envelope must be acknowledged.
        retries: how often an event is sent again.
        pauses: seconds before each of these.
        deliveries: all that was to be delivered, oldest first.
        late: seconds that events wait before they are sent.
        again: whether events come a second time although they were acknowledged, as when the
            acknowledgement got lost, or (users report it) with another `event_id`.
    """

    def __init__(self, inspector: Inspector, on_change: Callable[[], None], pauses: Sequence[float]) -> None:
        self.ack_timeout = 3.0
        self.retries = 3
        self.pauses = pauses
        self.deliveries: list[Delivery] = []
        self.late = 0.0
        self.again: Again = ""
        self._inspector = inspector
        self._on_change = on_change
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    @abstractmethod
    def connected(self) -> bool:
        """Whether there is somebody to deliver to."""

    def send_event(
        self,
        payload: dict[str, Any],
        *,
        retry_attempt: int = 0,
        retry_reason: str = "",
        resend: bool = True,
    ) -> tuple[Delivery, asyncio.Task[None]]:
        """Start the delivery of an `events_api` payload; the task ends with the ack or the last attempt."""
        delivery = Delivery("events_api", payload)
        self.deliveries.append(delivery)
        last = retry_attempt + self.retries if resend else retry_attempt
        retry_reason = retry_reason or ("timeout" if retry_attempt else "")
        task = asyncio.create_task(self._delivered(delivery, range(retry_attempt, last + 1), retry_reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery, task

    async def ask(self, type: EnvelopeType, payload: dict[str, Any]) -> Delivery:
        """Send an interaction or command once and wait for its acknowledgement, or the timeout."""
        delivery = Delivery(type, payload)
        self.deliveries.append(delivery)
        delivery.failure = await self._attempt(delivery, number=0, reason="")
        return delivery

    def forget(self) -> None:
        """Give up every delivery that still runs, and what was delivered."""
        for task in list(self._tasks):
            task.cancel()
        self.deliveries.clear()

    async def stop(self) -> None:
        """Give up every delivery."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @abstractmethod
    async def _attempt(self, delivery: Delivery, *, number: int, reason: str) -> str:
        """Send once; how it failed, in Slack's word for it (`x-slack-retry-reason`), or nothing."""

    async def _delivered(self, delivery: Delivery, numbers: range, reason: str) -> None:
        await asyncio.sleep(self.late)
        await self._until_acked(delivery, numbers, reason)
        if self.again == "same id":
            await self._attempt(delivery, number=numbers.start + 1, reason="timeout")
        elif self.again:
            twin = Delivery(
                delivery.type, delivery.payload | {"event_id": f"{delivery.payload['event_id']}B"}
            )
            self.deliveries.append(twin)
            await self._attempt(twin, number=0, reason="")

    async def _until_acked(self, delivery: Delivery, numbers: range, reason: str) -> None:
        for number in numbers:
            if number > numbers.start:
                await asyncio.sleep(self.pauses[min(number, len(self.pauses)) - 1])
            reason = delivery.failure = await self._attempt(delivery, number=number, reason=reason)
            if not reason:
                return
        event = delivery.payload.get("event", {})
        self._found(
            f"{event.get('type', delivery.type)}: not acknowledged after {len(delivery.attempts)} attempts",
            delivery,
        )

    def _begin(self, delivery: Delivery, number: int) -> Attempt:
        attempt = Attempt(str(uuid.uuid4()), number, time.monotonic())
        delivery.attempts.append(attempt)
        return attempt

    def _found(self, words: str, delivery: Delivery | None = None) -> None:
        about = [f"envelope:{attempt.envelope_id}" for attempt in (delivery.attempts if delivery else ())]
        self._inspector.add("finding", self.name, ok=False, finding=words, about=about)
        self._on_change()

    @property
    @abstractmethod
    def name(self) -> str:
        """What the inspector calls this way."""


def title(type_: EnvelopeType, payload: dict[str, Any], number: int) -> str:
    """A few words for the inspector."""
    inner = payload.get("event", payload)
    words = [inner.get("type", type_), inner.get("subtype", "")]
    if number:
        words.append(f"(retry {number})")
    return " ".join(word for word in words if word)
