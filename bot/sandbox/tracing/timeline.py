"""One intake as bars and gaps: where its time went. Pure.

A thread may see several intakes: each begins with something that a person did. A bar is an entry with its
time; a gap is where no bar is: the bot at work by itself, or waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from bot.sandbox.inspector import Entry

Json = dict[str, Any]

SMALLEST_GAP = 3.0  # milliseconds: less is nothing to look at
_ON_ITS_WAY = "the event is on its way"


def timeline(entries: Iterable[Entry], thread: str, number: int = 1) -> Json | None:
    """The timeline of one intake.

    Args:
        entries: the whole record, or more of it than is needed.
        thread: `channel/ts`.
        number: which of the thread's intakes, from 1; a negative one counts from the last.

    Returns:
        `{thread, number, intakes, began, total_ms, bars: [{n, kind, title, ok, finding, start_ms, ms}],
        gaps: [{start_ms, ms, why}], spent: {kind: ms}}`; None when there is none of that number. `why` is
        known where the event is still on its way, or a call before the gap met a fault. `spent` is the time
        with such a bar on the screen, whatever else was there as well; `bot` is the gaps from the event on.
    """
    intakes = list(_intakes(entry for entry in entries if entry.thread == thread))
    place = number - 1 if number > 0 else len(intakes) + number
    if not 0 <= place < len(intakes):
        return None
    bars = sorted(_bars(intakes[place]), key=lambda bar: (bar["start_ms"], bar["n"]))
    gaps = list(_gaps(bars))
    own = sum(gap["ms"] for gap in gaps if gap["why"] != _ON_ITS_WAY)
    return {
        "thread": thread,
        "number": place + 1,
        "intakes": [{"title": intake[0].title, "at": intake[0].at.isoformat()} for intake in intakes],
        "began": _start(intakes[place]).isoformat(),
        "total_ms": max(_end(bar) for bar in bars),
        "bars": bars,
        "gaps": gaps,
        "spent": _spent(bars) | {"bot": round(own, 1)},
    }


def _intakes(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The entries of one thread, parted before everything that a person did."""
    current: list[Entry] = []
    for entry in entries:
        if current and _begins(entry):
            yield current
            current = []
        current.append(entry)
    if current:
        yield current


def _begins(entry: Entry) -> bool:
    """Whether a person did something: wrote, or used what the bot shows."""
    used = isinstance(entry.request, dict) and entry.request.get("type") in ("interactive", "slash_commands")
    return entry.kind == "control" or (entry.kind == "envelope" and used)


def _bars(intake: Sequence[Entry]) -> Iterator[Json]:
    start = _start(intake)
    sent = {_envelope(entry.request): entry.at for entry in intake if entry.kind == "envelope"}
    for entry in intake:
        ms = entry.ms or 0.0
        since = (entry.at - start) / timedelta(milliseconds=1) - ms
        if entry.kind == "ack" and (began := sent.get(_envelope(entry.response))):
            since = (began - start) / timedelta(milliseconds=1)  # never before its own envelope
        yield {
            "n": entry.n,
            "kind": entry.kind,
            "title": entry.title,
            "ok": entry.ok,
            "finding": entry.finding,
            "fault": _fault(entry),
            "start_ms": round(max(since, 0.0), 1),
            "ms": round(ms, 1),
        }


def _start(intake: Sequence[Entry]) -> Any:
    return min(entry.at - timedelta(milliseconds=entry.ms or 0.0) for entry in intake)


def _gaps(bars: Sequence[Json]) -> Iterator[Json]:
    """Where no bar is, between the first and the last."""
    reached, why = 0.0, _ON_ITS_WAY
    for bar in bars:
        if bar["start_ms"] - reached >= SMALLEST_GAP:
            yield {
                "start_ms": round(reached, 1),
                "ms": round(bar["start_ms"] - reached, 1),
                "why": why or None,
            }
        if bar["kind"] != "control" and _end(bar) >= reached:
            why = f"after a fault: {bar['fault']}" if bar["fault"] else ""
        reached = max(reached, _end(bar))


def _spent(bars: Sequence[Json]) -> dict[str, float]:
    """For each kind the time that its bars cover, counted once where they overlap."""
    spent: dict[str, float] = {}
    reached: dict[str, float] = {}
    for bar in bars:
        kind = bar["kind"]
        begins = max(bar["start_ms"], reached.get(kind, 0.0))
        spent[kind] = spent.get(kind, 0.0) + max(_end(bar) - begins, 0.0)
        reached[kind] = max(_end(bar), reached.get(kind, 0.0))
    return {kind: round(ms, 1) for kind, ms in spent.items() if ms > 0}


def _end(bar: Json) -> float:
    return float(round(bar["start_ms"] + bar["ms"], 1))


def _envelope(said: Any) -> str:
    return str(said.get("envelope_id", "")) if isinstance(said, dict) else ""


def _fault(entry: Entry) -> str | None:
    fault = entry.response.get("fault") if isinstance(entry.response, dict) else None
    return str(fault) if fault else None
