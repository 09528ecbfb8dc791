"""How many requests a key may make in how long, as `MASKO_LIMITS` tells it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"(\d{1,9})\s*/\s*(second|minute|hour|day)s?", re.IGNORECASE)

_CLOCKS_RUN_APART = 0.0005
"""Of a window: NTP slews a clock by up to 500 ppm, and ours is not the one that Masko counts by."""

_ONE_KEPT_OF = 50
"""Of so many places bulk calls leave one free, so that a button seldom has to wait for a minute."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` requests in any `seconds`."""

    limit: int
    seconds: float

    @property
    def window(self) -> float:
        """Seconds, by our clock, after which a request surely counts no more by the server's."""
        return self.seconds * (1 + _CLOCKS_RUN_APART)

    def limit_for(self, *, bulk: bool) -> int:
        """How many requests may be in the window after one more of this lane."""
        return self.limit - self.limit // _ONE_KEPT_OF if bulk else self.limit


def parse_limits(text: str) -> tuple[Rate, ...]:
    """Reads limits such as `60/minute,1000/hour`; `none` (or nothing) gives no rates at all.

    Units are second, minute, hour and day.  A longer window must allow more in all, and no more
    per second, than a shorter one: otherwise one of the two could never matter.

    Raises:
        ValueError: says what cannot be read; meant to be shown with the variable's name.
    """
    if text.strip().lower() in {"", "none"}:
        return ()
    rates = tuple(sorted(map(_rate, text.split(",")), key=lambda rate: rate.seconds))
    for shorter, longer in pairwise(rates):
        apart = longer.seconds > shorter.seconds and longer.limit > shorter.limit
        if not apart or longer.limit * shorter.seconds > shorter.limit * longer.seconds:
            raise ValueError(f"{text!r}: a longer window must allow more requests, at a lower pace")
    return rates


def _rate(piece: str) -> Rate:
    match = _RATE.fullmatch(piece.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{piece.strip()!r} is not a limit: write 60/minute, 1000/hour or none")
    return Rate(int(match[1]), _UNITS[match[2].lower()])
