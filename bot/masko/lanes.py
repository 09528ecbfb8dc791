"""Who goes first when the key's budget is short: what somebody waits for, or what comes in numbers.

Every call is interactive (a button, a command, a card that is waited for) unless it is made within
`in_bulk`.  Bulk calls belong to a flow, such as a channel, and the flows take turns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """How urgent a call is, and on whose behalf it is made.

    Attributes:
        bulk: stands back behind calls that somebody waits for.
        flow: takes turns with other flows; empty for interactive calls, which share one line.
    """

    bulk: bool = False
    flow: str = ""


_lane: ContextVar[Lane] = ContextVar("masko_lane", default=Lane())  # noqa: B039 - frozen


@contextmanager
def in_bulk(flow: str) -> Iterator[None]:
    """Make the calls inside, also those of tasks that are started inside, bulk calls of `flow`."""
    token = _lane.set(Lane(bulk=True, flow=flow))
    try:
        yield
    finally:
        _lane.reset(token)


def current() -> Lane:
    """The lane of a call that would be made now."""
    return _lane.get()
