from __future__ import annotations

import logging

import aiohttp
import pytest

from bot.slack.client import Backoff, until_reachable
from bot.slack.errors import SlackError, SlackRateLimited


class Ask:
    """Raises these, one a call, and answers then."""

    def __init__(self, *troubles: Exception) -> None:
        self._troubles = list(troubles)
        self.waited: list[float] = []

    async def __call__(self) -> str:
        if self._troubles:
            raise self._troubles.pop(0)
        return "here"

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


BACKOFF = Backoff(first=1.0, longest=5.0, jitter=lambda: 1.0)


async def test_it_waits_longer_and_longer_up_to_a_bound() -> None:
    ask = Ask(*[aiohttp.ClientConnectionError(), TimeoutError(), OSError(), SlackError("m", "http_502")] * 2)
    assert await until_reachable("auth.test", ask, backoff=BACKOFF, sleep=ask.sleep) == "here"
    assert ask.waited == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0]


async def test_it_never_comes_back_sooner_than_slack_asked() -> None:
    ask = Ask(SlackRateLimited("auth.test", 30.0))
    await until_reachable("auth.test", ask, backoff=BACKOFF, sleep=ask.sleep)
    assert ask.waited == [30.5]


async def test_programs_do_not_come_back_in_step() -> None:
    spread = {Backoff(first=4.0, jitter=lambda: jitter).after(1) for jitter in (0.0, 0.5, 1.0)}  # noqa: B023
    assert spread == {2.0, 3.0, 4.0}


async def test_a_refusal_is_final() -> None:
    ask = Ask(SlackError("auth.test", "invalid_auth"))
    with pytest.raises(SlackError) as caught:
        await until_reachable("auth.test", ask, backoff=BACKOFF, sleep=ask.sleep)
    assert (caught.value.code, ask.waited) == ("invalid_auth", [])


async def test_what_nobody_foresaw_is_waited_out_and_told_in_full(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    ask = Ask(AttributeError("'list' object has no attribute 'get'"))
    assert await until_reachable("auth.test", ask, backoff=BACKOFF, sleep=ask.sleep) == "here"
    assert "AttributeError" in caplog.text
