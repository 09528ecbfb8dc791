"""Steps side by side, none of them left running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from bot.errors import BotError

log = logging.getLogger(__name__)


async def all_of(*steps: Awaitable[Any]) -> list[Any]:
    """Run steps side by side, all to their end, and return their results in order.

    Raises the worst of their errors: a fault of ours, else one that only a person can mend, else one
    that waiting may
    mend.  The others are logged.
    """
    ended = await asyncio.gather(*steps, return_exceptions=True)
    errors = sorted((outcome for outcome in ended if isinstance(outcome, BaseException)), key=_hope)
    for error in errors[1:]:
        log.warning("besides: %s: %s", type(error).__name__, error)
    if errors:
        raise errors[0]
    return ended


def _hope(error: BaseException) -> int:
    if not isinstance(error, BotError):
        return 0
    return 2 if error.worth_retrying else 1
