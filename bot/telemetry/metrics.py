"""What can be counted, for Prometheus (prometheus.io: exposition format, naming).

Labels are kinds, methods and outcomes of this program, Slack and Masko, never what people wrote, and never
ids: there are only so many of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

log = logging.getLogger(__name__)

_PREFIX = "masko_slack"
_ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # Slack waits three seconds
_CALL_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_SCRAPE_TIMEOUT = 5.0  # seconds; Prometheus gives up after ten


class Metrics:
    """The counts of one running program, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(namespace=_PREFIX, registry=self._registry)
        self._asks: list[Callable[[], Awaitable[None]]] = []
        self._received = self._counter("events_received", "What Slack delivered.", "kind")
        self._acknowledged = self._histogram(
            "acknowledgement_seconds", "From a delivery to its answer.", _ACK_BUCKETS, "kind", "outcome"
        )
        self._runs = self._counter("job_runs", "Runs of jobs, by how they ended.", "kind", "outcome")
        self._masko = self._histogram(
            "masko_call_seconds", "Calls to Masko, each try by itself.", _CALL_BUCKETS, "call", "outcome"
        )
        self._slack = self._counter("slack_calls", "Calls of Slack's Web API.", "method", "outcome")
        self._crashes = self._counter(
            "given_up_after_crashes", "Work during which the bot died twice.", "kind"
        )
        self._images = self._counter("images", "Images that came to their end.", "outcome")
        self._waiting = self._gauge("queue_jobs", "Jobs that wait or run.", "kind")
        self._oldest = self._gauge("queue_oldest_seconds", "Age of the oldest such job.", "kind")
        self._dead = self._gauge("dead_jobs", "Jobs that were given up.", "kind")
        self._room = self._gauge("masko_budget_left", "Requests that could go to Masko now.")

    # -- what happens ---------------------------------------------------------------------------

    def event_received(self, kind: str) -> None:
        """Slack delivered something: an event type, an interaction type or a slash command."""
        self._received.labels(kind).inc()

    def acknowledged(self, kind: str, outcome: str, seconds: float) -> None:
        """It was answered after `seconds`: `ok`, `failed`, `nobody` (listens), `refused` or `lost`."""
        self._acknowledged.labels(kind, outcome).observe(seconds)

    def masko_called(self, call: str, outcome: str, seconds: float) -> None:
        """A call such as `POST /collections` ended: `ok`, a status, or an error's name."""
        self._masko.labels(call, outcome).observe(seconds)

    def slack_called(self, method: str, outcome: str) -> None:
        """A Web API method answered `ok` or with an error code."""
        self._slack.labels(method, outcome).inc()

    def image_ended(self, outcome: str) -> None:
        """An image became a reference, or will not: its `ImageState`."""
        self._images.labels(outcome).inc()

    def gave_up_after_crashes(self, kind: str) -> None:
        """The program died twice during a job of this kind, or over a `file`, which is not tried again."""
        self._crashes.labels(kind).inc()

    def job_ran(self, kind: str, outcome: str) -> None:
        """A run of a job ended: see `counted`."""
        self._runs.labels(kind, outcome).inc()

    # -- how things stand -----------------------------------------------------------------------

    @contextmanager
    def asking(self, ask: Callable[[], Awaitable[None]]) -> Iterator[None]:
        """While the block runs, have `ask` called before each scrape, to say how things stand then."""
        self._asks.append(ask)
        try:
            yield
        finally:
            self._asks.remove(ask)

    def stands(self, backlogs: Iterable[Backlog]) -> None:
        """Set what is in the queue; kinds that are not named have nothing."""
        for gauge in (self._waiting, self._oldest, self._dead):
            gauge.clear()
        for backlog in backlogs:
            self._waiting.labels(backlog.kind).set(backlog.waiting)
            self._oldest.labels(backlog.kind).set(backlog.oldest)
            self._dead.labels(backlog.kind).set(backlog.dead)

    def budget_left(self, requests: float) -> None:
        """Set how many requests could go to Masko now."""
        self._room.set(requests)

    async def exposition(self) -> bytes:
        """All of it, in Prometheus' text format; what cannot be asked for now is left as it was."""
        for ask in self._asks:
            try:
                async with asyncio.timeout(_SCRAPE_TIMEOUT):
                    await ask()
            except Exception:
                log.warning("a scrape goes without some of its numbers", exc_info=True)
        return generate_latest(self._registry)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(name, help, labels, namespace=_PREFIX, registry=self._registry)

    def _gauge(self, name: str, help: str, *labels: str) -> Gauge:
        return Gauge(name, help, labels, namespace=_PREFIX, registry=self._registry)

    def _histogram(self, name: str, help: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, help, labels, namespace=_PREFIX, registry=self._registry, buckets=buckets)


@dataclass(frozen=True)
class Backlog:
    """The jobs of one kind.

    Attributes:
        waiting: those that wait or run.
        oldest: seconds since the oldest of them was put; 0 where there is none.
        dead: those that were given up.
    """

    kind: str
    waiting: int
    oldest: float
    dead: int
