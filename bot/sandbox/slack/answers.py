"""Messages that answer an interaction or a command: by its response_url, or in the acknowledgement itself.

docs.slack.dev: handling user interaction; implementing slash commands.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.blockkit import Problem, check_blocks
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.normal import normal_blocks
from bot.sandbox.slack.response_urls import Source
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]

_CONTENT = ("text", "blocks", "attachments")


class Answers:
    """Checks answers and puts them where they belong: privately (the default), in the channel, in place of
    the message that was acted on."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def problems(self, answer: Any) -> list[Problem]:
        """What is wrong with the blocks of an answer."""
        blocks = answer.get("blocks") or [] if isinstance(answer, dict) else []
        return check_blocks(blocks, self._workspace.surroundings("message"))

    def refusal(self, answer: Any) -> str | None:
        """Slack's error for an answer that it does not take."""
        if not isinstance(answer, dict):
            return "invalid_payload"
        if not isinstance(answer.get("text") or "", str):
            return "invalid_payload"
        if not _objects(answer.get("attachments") or []):
            return "invalid_attachments"
        if self.problems(answer):
            return "invalid_blocks"
        if answer.get("response_type") not in (None, "ephemeral", "in_channel"):
            return "invalid_response_type"
        wanted = (*_CONTENT, "delete_original")
        return None if any(answer.get(name) for name in wanted) else "no_text"

    def apply(self, source: Source, answer: Json) -> None:
        """Do what an answer says that nothing is wrong with."""
        original = self._workspace.messages.get(source.channel, source.message_ts or "")
        content = self._content(answer)
        if original and _yes(answer.get("delete_original")):
            self._workspace.delete(original)
            if not any(content.values()):
                return
        elif original and _yes(answer.get("replace_original")):
            self._workspace.change(original, **content)
            return
        self._new(source, answer, content)

    def _content(self, answer: Json) -> Json:
        return {
            "text": answer.get("text") or "",
            "blocks": normal_blocks(answer.get("blocks") or [], self._workspace.ids),
            "attachments": answer.get("attachments") or [],
        }

    def _new(self, source: Source, answer: Json, content: Json) -> None:
        bot = self._workspace.directory.bot
        message = Message(
            channel=source.channel,
            ts=self._workspace.times.next(),
            user=bot.id,
            team=bot.team_id,
            thread_ts=answer.get("thread_ts") or source.thread_ts,
            **content,
        )
        if answer.get("response_type") == "in_channel":
            self._workspace.post(message)
        else:
            message.ephemeral_to = source.user
            self._workspace.whisper(message)


def _yes(value: Any) -> bool:
    return value in (True, "true")


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
