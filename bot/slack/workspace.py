"""What the bot says in one Slack workspace, and the little that it asks there.

A thin shell over `AsyncWebClient`: it sends messages as `bot.messages` values, falls back to words
where Slack refuses a picture, and turns Slack's answers into this program's errors.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import BotError
from bot.messages import Message, Rendered

log = logging.getLogger(__name__)

REPLY = "masko_reply"

_PASSING = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}


class SlackError(BotError):
    """Slack did not do what it was asked to.

    Attributes:
        method: the Web API method.
        code: Slack's error code, such as `channel_not_found`.
    """

    def __init__(self, method: str, code: str, retry_after: float | None = None) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code
        self.retry_after = retry_after

    @property
    def message_is_gone(self) -> bool:
        """True when the message to change is not there (any more), or not the bot's."""
        return self.code in {"message_not_found", "cant_update_message"}

    @property
    def worth_retrying(self) -> bool:  # type: ignore[override]
        return self.code in _PASSING or self.code == "http_429" or self.code.startswith("http_5")

    @property
    def words(self) -> str:
        return f"Slack did not allow that ({self.code})."


class SlackUnreachable(SlackError):
    """No answer from Slack."""

    def __init__(self, method: str) -> None:
        super().__init__(method, "unreachable")

    @property
    def worth_retrying(self) -> bool:  # type: ignore[override]
        return True

    @property
    def words(self) -> str:
        return "Slack did not answer."


class Render(Protocol):
    """Turns a message into blocks; with `pictures=False`, without any image."""

    def __call__(self, message: Message, *, pictures: bool = True) -> Rendered: ...


@dataclass(frozen=True)
class Said:
    """A message as it now stands in Slack; `pictures` tells whether Slack took its images."""

    ts: str
    pictures: bool


class Workspace:
    """The bot's voice in one workspace.

    Args:
        client: carries the bot token; should retry on rate limits.
        render: from `bot.views`.
    """

    def __init__(self, client: AsyncWebClient, render: Render) -> None:
        self._client = client
        self._render = render

    async def say(self, channel: str, thread_ts: str, message: Message, *, answers: str) -> Said:
        """Reply in a thread (docs.slack.dev: chat.postMessage).

        Args:
            channel: where the thread is.
            thread_ts: its root.
            message: what to say.
            answers: the ts of the post that this is the reply to; `find_reply` finds the reply by it.

        Raises:
            SlackError: refused, or not reached.
        """
        where = {
            "channel": channel,
            "thread_ts": thread_ts,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": REPLY, "event_payload": {"answers": answers}},
        }
        return await self._with_pictures_if_possible(self._client.chat_postMessage, where, message)

    async def find_reply(self, channel: str, thread_ts: str, *, answers: str) -> str | None:
        """The ts of the reply to a post, where it was said and its answer was lost.

        It asks for the thread (docs.slack.dev: conversations.replies), which is scarce for some apps: only
        for what was begun before.

        Raises:
            SlackError: refused, or not reached.
        """
        cursor = ""
        while True:
            page = await _call(
                self._client.conversations_replies,
                channel=channel,
                ts=thread_ts,
                oldest=answers,
                limit=200,
                include_all_metadata=True,
                **({"cursor": cursor} if cursor else {}),
            )
            for message in page.get("messages") or []:
                metadata = message.get("metadata") or {}
                said = (metadata.get("event_payload") or {}).get("answers")
                if metadata.get("event_type") == REPLY and said == answers:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    async def change(self, channel: str, ts: str, message: Message) -> Said:
        """Replace a message of the bot's own (docs.slack.dev: chat.update).

        Raises:
            SlackError: refused (`message_not_found` once somebody deleted it), or not reached.
        """
        return await self._with_pictures_if_possible(
            self._client.chat_update, {"channel": channel, "ts": ts}, message
        )

    async def whisper(self, channel: str, thread_ts: str | None, user: str, message: Message) -> None:
        """Tell one person something that only they see (docs.slack.dev: chat.postEphemeral).

        Raises:
            SlackError: refused, or not reached.
        """
        rendered = self._render(message)
        await _call(
            self._client.chat_postEphemeral,
            channel=channel,
            user=user,
            text=rendered.text,
            blocks=rendered.blocks,
            **({"thread_ts": thread_ts} if thread_ts else {}),
        )

    async def file_info(self, file_id: str) -> Mapping[str, Any]:
        """The file behind a Slack Connect stub (docs.slack.dev: files.info).

        Raises:
            SlackError: refused, or not reached.
        """
        answer = await _call(self._client.files_info, file=file_id)
        file = answer.get("file")
        return file if isinstance(file, Mapping) else {}

    async def _with_pictures_if_possible(
        self, method: Callable[..., Awaitable[AsyncSlackResponse]], where: Mapping[str, Any], message: Message
    ) -> Said:
        """Slack answers `invalid_blocks` to a `slack_file` that is not processed yet or cannot be seen
        (python-slack-sdk #1521); the words must not be lost with the picture."""
        rendered = self._render(message)
        plain = self._render(message, pictures=False)
        try:
            answer = await _call(method, **where, text=rendered.text, blocks=rendered.blocks)
        except SlackError as error:
            if error.code not in {"invalid_blocks", "invalid_attachments"} or plain == rendered:
                raise
            log.info("%s refused the pictures; sent without", error.method)
            answer = await _call(method, **where, text=plain.text, blocks=plain.blocks)
            return Said(str(answer["ts"]), pictures=False)
        return Said(str(answer["ts"]), pictures=True)


async def _call(method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any) -> AsyncSlackResponse:
    name = getattr(method, "__name__", "slack").replace("_", ".", 1)
    try:
        return await method(**arguments)
    except SlackApiError as error:
        raise SlackError(name, slack_code(error.response), _retry_after(error.response)) from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise SlackUnreachable(name) from error


def slack_code(response: object) -> str:
    """Slack's error code; for an answer that is no JSON (a proxy's page), `http_` and the status."""
    data = getattr(response, "data", response)
    if isinstance(data, Mapping) and data.get("error"):
        return str(data["error"])
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return f"http_{status}"


def _retry_after(response: object) -> float | None:
    """Slack's `Retry-After` in seconds (docs.slack.dev: rate limits)."""
    headers = getattr(response, "headers", None)
    said = headers.get("Retry-After") if isinstance(headers, Mapping) else None
    return float(said) if said and str(said).isdigit() else None
