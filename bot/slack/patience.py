"""Waiting for a Slack that is down: what nothing can begin without is asked for until it is there."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from bot.slack.refusals import UNREADABLE, refusal

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waits:
    """How long to wait before trying again.

    Attributes:
        first, longest: seconds after the first try in vain, and at most; each wait is twice the one before.
        jitter: a random number from 0 to 1, so that many programs do not come back in step.
    """

    first: float = 1.0
    longest: float = 60.0
    jitter: Callable[[], float] = random.random

    def after(self, tries: int, retry_after: float | None = None) -> float:
        """Seconds to wait after that many tries in vain (from 1), never less than Slack asked for."""
        wait = min(self.longest, self.first * 2.0 ** min(tries - 1, 30))
        return max(wait / 2, retry_after or 0.0) + self.jitter() * wait / 2


async def patiently(
    method: str,
    ask: Callable[[], Awaitable[T]],
    *,
    waits: Waits = Waits(),
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> T:
    """What `ask` gives, as soon as Slack can be reached.

    Args:
        method: what is asked, such as `auth.test`; for the log and the error.
        ask: asks once; whatever it raises counts as Slack's failure.
        waits: between tries.
        sleep: waits for that many seconds.

    Raises:
        SlackError: Slack refused; waiting would not help.
    """
    for tries in count(1):
        try:
            return await ask()
        except Exception as trouble:
            error = refusal(method, trouble, sent=True)
            assert error is not None, "what was sent and failed is always understood"
            if not error.worth_retrying:
                raise error from trouble
            cause = trouble if error.code == UNREADABLE else None
        wait = waits.after(tries, error.retry_after)
        log.warning("Slack cannot be reached (%s); trying again in %.0f s", error, wait, exc_info=cause)
        await sleep(wait)
    raise AssertionError("it tries for ever")
