"""Steps side by side, none of them left running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from bot.errors import BotError


async def all_of(*steps: Awaitable[Any]) -> list[Any]:
    """Run steps side by side, all to their end; then raise the error that waiting does not mend first."""
    ended = await asyncio.gather(*steps, return_exceptions=True)
    errors = [outcome for outcome in ended if isinstance(outcome, BaseException)]
    if errors:
        raise min(errors, key=lambda error: isinstance(error, BotError) and error.worth_retrying)
    return ended
