"""Metrics for Prometheus.  Labels are kinds, methods and outcomes: never ids, nor what people wrote."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

log = logging.getLogger(__name__)

_ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # Slack waits three seconds
_CALL_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_SCRAPE_TIMEOUT = 5.0  # seconds; Prometheus gives up after ten


@dataclass(frozen=True)
class Backlog:
    """The jobs of one kind: how many wait or run, the oldest one's age in seconds, how many were given up."""

    kind: str
    waiting: int
    oldest: float
    dead: int


class Metrics:
    """The metrics of one running program, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.before_scrape: Callable[[], Awaitable[None]] | None = None  # sets gauges
        options: dict[str, Any] = {"namespace": "masko_slack", "registry": self._registry}
        ProcessCollector(**options)
        self._received = Counter("events_received", "What Slack delivered.", ["kind"], **options)
        acks, calls = options | {"buckets": _ACK_BUCKETS}, options | {"buckets": _CALL_BUCKETS}
        self._acknowledged = Histogram(
            "acknowledgement_seconds", "From a delivery to its answer.", ["kind", "outcome"], **acks
        )
        self._runs = Counter("job_runs", "Runs of jobs, by how they ended.", ["kind", "outcome"], **options)
        self._masko = Histogram(
            "masko_call_seconds", "Calls to Masko, each try by itself.", ["call", "outcome"], **calls
        )
        self._slack = Counter("slack_calls", "Calls of Slack's Web API.", ["method", "outcome"], **options)
        self.crashes = Counter("given_up_after_crashes", "Files over which the bot died twice.", **options)
        self._images = Counter("images", "Images that came to their end.", ["outcome"], **options)
        self._waiting = Gauge("queue_jobs", "Jobs that wait or run.", ["kind"], **options)
        self._oldest = Gauge("queue_oldest_seconds", "Age of the oldest such job.", ["kind"], **options)
        self._dead = Gauge("dead_jobs", "Jobs that were given up.", ["kind"], **options)
        unseen = options | {"registry": None}
        self.budget = Gauge("masko_budget_left", "Requests that could go to Masko now.", **unseen)

    def show_budget(self) -> None:
        """Expose what is left of Masko's limits, from now on; without limits its 0 would look used up."""
        self._registry.register(self.budget)

    def event_received(self, kind: str) -> None:
        """Count a delivery of Slack: an event type, an interaction type or a slash command."""
        self._received.labels(kind).inc()

    def acknowledged(self, kind: str, outcome: str, seconds: float) -> None:
        """Count its answer: `ok`, `failed`, `nobody` (listens), `refused` or `lost`."""
        self._acknowledged.labels(kind, outcome).observe(seconds)

    def masko_called(self, call: str, outcome: str, seconds: float) -> None:
        """Count a call such as `POST /collections`: `ok`, a status, or an error's name."""
        self._masko.labels(call, outcome).observe(seconds)

    def slack_called(self, method: str, outcome: str) -> None:
        """Count a call of a Web API method: `ok`, or an error code."""
        self._slack.labels(method, outcome).inc()

    def image_ended(self, outcome: str) -> None:
        """Count an image whose `ImageState` is final."""
        self._images.labels(outcome).inc()

    def job_ran(self, kind: str, outcome: str) -> None:
        """Count a run of a job; outcomes as in `bot.jobs.counted`."""
        self._runs.labels(kind, outcome).inc()

    def set_backlogs(self, backlogs: Iterable[Backlog]) -> None:
        """Set what is in the queue; other kinds have nothing."""
        for gauge in (self._waiting, self._oldest, self._dead):
            gauge.clear()
        for backlog in backlogs:
            self._waiting.labels(backlog.kind).set(backlog.waiting)
            self._oldest.labels(backlog.kind).set(backlog.oldest)
            self._dead.labels(backlog.kind).set(backlog.dead)

    async def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format; a gauge that cannot be set keeps its value."""
        try:
            async with asyncio.timeout(_SCRAPE_TIMEOUT):
                if self.before_scrape is not None:
                    await self.before_scrape()
        except Exception:
            log.warning("a scrape goes without some of its numbers", exc_info=True)
        return generate_latest(self._registry)
