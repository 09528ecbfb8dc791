"""Identifiers and timestamps shaped like Slack's."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable
from itertools import count

_ALPHABET = string.digits + string.ascii_uppercase


class Ids:
    """Identifiers such as `F0K3X9B0001`: the kind's letter, a salt of this start, a counter.

    The salt keeps two starts of the sandbox apart, so that a bot with a lasting store never takes a
    new file for one that it knew.
    """

    def __init__(self, salt: str | None = None) -> None:
        self._salt = salt or "".join(secrets.choice(_ALPHABET) for _ in range(5))
        self._count = count(1)

    def new(self, prefix: str) -> str:
        """The next identifier of the kind that `prefix` names (F file, V view, Ev event …)."""
        return f"{prefix}0{self._salt}{self._short(next(self._count))}"

    def block(self) -> str:
        """A block_id as Slack makes one up for a block that has none."""
        return self._short(next(self._count)) + secrets.token_urlsafe(2)[:2]

    @staticmethod
    def _short(number: int) -> str:
        digits = ""
        while number:
            number, rest = divmod(number, len(_ALPHABET))
            digits = _ALPHABET[rest] + digits
        return digits.rjust(4, "0")


class Timestamps:
    """Message timestamps `1700000000.000123`: seconds, six digits, never the same twice."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._last = 0

    def pass_by(self, ts: str) -> None:
        """Give only timestamps later than this one from now on."""
        self._last = max(self._last, int(ts.replace(".", "")))

    def next(self) -> str:
        """A timestamp later than every one before it."""
        self._last = max(self._last + 1, int(self._now() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
