"""What the bot looks up in one Slack workspace: threads, its own messages in them, addresses, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.message_links import MessageLinks
from bot.slack.wire import Wire

REPLY = "masko_reply"
ANNOUNCEMENT = "masko_announcement"


class Reading:
    """The part of `bot.slack.workspace.Workspace` that reads.

    Args:
        client: carries the bot token.
        wire: sends with it.
    """

    def __init__(self, client: AsyncWebClient, wire: Wire) -> None:
        self._client = client
        self._wire = wire
        self._links = MessageLinks(client, wire)

    async def find_reply(
        self, channel: str, thread_ts: str, *, answers: str, since: str | None = None
    ) -> str | None:
        """The ts of the reply to a post, where it was said and its answer was lost.

        Args:
            channel: where the thread is.
            thread_ts: its root.
            answers: as it was said with.
            since: the ts after which it was said; where not given, `answers` is that.

        It asks for the thread (docs.slack.dev: conversations.replies), which is scarce for some apps: only
        for what was begun before.

        Raises:
            SlackError: refused, or not reached.
        """
        asked: dict[str, Any] = {
            "channel": channel,
            "ts": thread_ts,
            "oldest": since or answers,
            "limit": 200,
            "include_all_metadata": True,
        }
        while True:
            page = await self._wire.ask(self._client.conversations_replies, asked)
            for message in page.get("messages") or []:
                metadata = message.get("metadata") or {}
                said = (metadata.get("event_payload") or {}).get("answers")
                if metadata.get("event_type") == REPLY and said == answers:
                    return str(message["ts"])
            asked["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
            if not asked["cursor"]:
                return None

    async def thread(self, channel: str, thread_ts: str) -> list[Mapping[str, Any]]:
        """The first page of a thread, as Slack writes it (docs.slack.dev: conversations.replies).

        Raises:
            SlackError: refused, or not reached.
        """
        asked = {"channel": channel, "ts": thread_ts, "limit": 200}
        page = await self._wire.ask(self._client.conversations_replies, asked)
        return [message for message in page.get("messages") or [] if isinstance(message, Mapping)]

    async def permalink(self, channel: str, ts: str) -> str | None:
        """The address of a message; None where Slack tells none (docs.slack.dev: chat.getPermalink)."""
        return await self._links.of(channel, ts)

    async def find_announcement(self, channel: str, request: str) -> str | None:
        """The ts of what was announced in a channel, where its answer was lost; it looks at the newest 100.

        Raises:
            SlackError: refused, or not reached.
        """
        asked = {"channel": channel, "limit": 100, "include_all_metadata": True}
        page = await self._wire.ask(self._client.conversations_history, asked)
        for message in page.get("messages") or []:
            metadata = message.get("metadata") or {}
            told = (metadata.get("event_payload") or {}).get("request")
            if metadata.get("event_type") == ANNOUNCEMENT and told == request:
                return str(message["ts"])
        return None

    async def file_info(self, file_id: str) -> Mapping[str, Any]:
        """The file behind a Slack Connect stub (docs.slack.dev: files.info).

        Raises:
            SlackError: refused, or not reached.
        """
        answer = await self._wire.ask(self._client.files_info, {"file": file_id})
        file = answer.get("file")
        return file if isinstance(file, Mapping) else {}
