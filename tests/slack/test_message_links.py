"""Addresses of messages are asked for once in a while."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.slack.message_links import KNOWN_FOR, MOST_KNOWN, MessageLinks
from bot.slack.pace import Pace, Rate
from bot.slack.wire import Wire
from tests.slack.moody import Moody, a_moody_slack, ok, refuses


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def moody() -> AsyncIterator[Moody]:
    async with a_moody_slack() as slack:
        yield slack


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(moody: Moody, clock: Clock) -> MessageLinks:
    at_once = Rate(10 * MOST_KNOWN, 1.0)
    pace = Pace(rates={"chat.getPermalink": at_once})
    return MessageLinks(moody.client, Wire(moody.client, pace=pace), clock)


def asked(moody: Moody) -> list[str]:
    return [arguments["message_ts"] for method, arguments in moody.heard if method == "chat.getPermalink"]


async def test_the_same_message_is_asked_for_once(moody: Moody, links: MessageLinks) -> None:
    moody.replies.extend([ok(permalink="https://a.example/1"), ok(permalink="https://a.example/2")])
    assert [await links.of("C1", "1.1") for _ in range(3)] == ["https://a.example/1"] * 3
    assert await links.of("C2", "1.1") == "https://a.example/2"
    assert asked(moody) == ["1.1", "1.1"]


async def test_after_a_while_it_is_asked_for_again(moody: Moody, links: MessageLinks, clock: Clock) -> None:
    moody.replies.extend([ok(permalink="https://a.example/1"), ok(permalink="https://b.example/1")])
    assert await links.of("C1", "1.1") == "https://a.example/1"
    clock.now = KNOWN_FOR - 1
    assert await links.of("C1", "1.1") == "https://a.example/1"
    clock.now = KNOWN_FOR
    assert await links.of("C1", "1.1") == "https://b.example/1"


async def test_that_slack_told_none_is_not_remembered(moody: Moody, links: MessageLinks) -> None:
    moody.replies.extend([refuses("message_not_found"), ok(), ok(permalink="https://a.example/1")])
    assert [await links.of("C1", "1.1") for _ in range(3)] == [None, None, "https://a.example/1"]


async def test_only_so_many_are_remembered(moody: Moody, links: MessageLinks) -> None:
    moody.replies.extend([ok(permalink="https://a.example/1")] * (MOST_KNOWN + 2))
    for number in range(MOST_KNOWN + 1):
        await links.of("C1", str(number))
    await links.of("C1", str(MOST_KNOWN))
    assert len(asked(moody)) == MOST_KNOWN + 1
    await links.of("C1", "0")
    assert len(asked(moody)) == MOST_KNOWN + 2
