"""Where messages are to be found."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.refusals import SlackError
from bot.slack.wire import Wire

log = logging.getLogger(__name__)

KNOWN_FOR = 3600.0  # seconds until Slack is asked again (Choice): addresses change with the workspace's name
MOST_KNOWN = 1000  # addresses; beyond that the one that was asked for first is let go


class MessageLinks:
    """Addresses of messages, each asked for once in a while: a whole team votes on one card.

    Args:
        client: carries the bot token.
        wire: sends with it.
        clock: seconds, never going back.
    """

    def __init__(
        self, client: AsyncWebClient, wire: Wire, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._wire = wire
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, str]] = {}  # in the order of their times

    async def of(self, channel: str, ts: str) -> str | None:
        """The address of a message; None where Slack tells none, which is not remembered
        (docs.slack.dev: chat.getPermalink)."""
        self._let_go()
        if (channel, ts) in self._known:
            return self._known[channel, ts][1]
        try:
            asked = {"channel": channel, "message_ts": ts}
            answer = await self._wire.ask(self._client.chat_getPermalink, asked)
        except SlackError as error:
            log.info("no address of %s in %s: %s", ts, channel, error)
            return None
        link = answer.get("permalink")
        if not isinstance(link, str):
            return None
        self._known.pop((channel, ts), None)  # so that it is the newest
        self._known[channel, ts] = (self._clock(), link)
        return link

    def _let_go(self) -> None:
        """Of what is too old or too much."""
        while self._known:
            oldest = next(iter(self._known))
            if len(self._known) < MOST_KNOWN and self._clock() - self._known[oldest][0] < KNOWN_FOR:
                return
            del self._known[oldest]
