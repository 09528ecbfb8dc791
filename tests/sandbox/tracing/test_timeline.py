"""Where the time of one intake went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.inspector import Entry, Kind
from bot.sandbox.tracing.timeline import timeline

START = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
THREAD = "C1/1.1"


def entry(n: int, kind: Kind, ended: float, ms: float | None = None, **more: Any) -> Entry:
    """An entry that ended so many milliseconds after the start."""
    more = {"thread": THREAD, "title": f"{kind} {n}", **more}
    return Entry(n=n, at=START + timedelta(milliseconds=ended), kind=kind, ms=ms, **more)


RUN = [
    entry(1, "control", 0),
    entry(2, "envelope", 30, request={"envelope_id": "E1", "type": "events_api"}),
    entry(3, "ack", 40, ms=12, response={"envelope_id": "E1"}),
    entry(4, "file", 60, ms=10),
    entry(5, "masko", 200, ms=140, thread="C1/other"),
    entry(6, "masko", 110, ms=50, ok=False, response={"fault": "500"}),
    entry(7, "masko", 130, ms=40),
    entry(8, "web_api", 300, ms=20),
]


def test_bars_gaps_and_sums() -> None:
    told = timeline(RUN, THREAD)
    assert told is not None
    assert (told["total_ms"], told["number"], len(told["intakes"])) == (300, 1, 1)
    assert [(bar["n"], bar["start_ms"], bar["ms"]) for bar in told["bars"]] == [
        (1, 0, 0),
        (2, 30, 0),
        (3, 30, 12),
        (4, 50, 10),
        (6, 60, 50),
        (7, 90, 40),
        (8, 280, 20),
    ]
    assert told["gaps"] == [
        {"start_ms": 0, "ms": 30, "why": "the event is on its way"},
        {"start_ms": 42, "ms": 8, "why": None},
        {"start_ms": 130, "ms": 150, "why": None},
    ]
    assert told["spent"] == {"ack": 12, "file": 10, "masko": 70, "web_api": 20, "bot": 158}


def test_a_gap_after_a_fault_says_so() -> None:
    run = [
        *RUN[:2],
        entry(3, "masko", 50, ms=20, ok=False, response={"fault": "500"}),
        entry(4, "masko", 900),
    ]
    told = timeline(run, THREAD)
    assert told is not None
    assert told["gaps"][-1] == {"start_ms": 50, "ms": 850, "why": "after a fault: 500"}


def test_each_deed_of_a_person_begins_another_intake() -> None:
    pressed = {"envelope_id": "E2", "type": "interactive"}
    run = [
        *RUN,
        entry(9, "control", 5000),
        entry(10, "web_api", 5100, ms=5),
        entry(11, "envelope", 9000, request=pressed),
    ]
    second, third = timeline(run, THREAD, 2), timeline(run, THREAD, -1)
    assert second is not None
    assert third is not None
    assert [bar["n"] for bar in second["bars"]] == [9, 10]
    assert second["bars"][1]["start_ms"] == 95
    assert (third["number"], [bar["n"] for bar in third["bars"]]) == (3, [11])


def test_there_is_none_of_a_thread_or_number_that_is_not_there() -> None:
    assert timeline(RUN, "C1/nobody") is None
    assert timeline(RUN, THREAD, 2) is None
    assert timeline(RUN, THREAD, 0) is None
    assert timeline([], THREAD) is None
