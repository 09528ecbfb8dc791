"""Files that the bot gives to people."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.pace import Pace
from bot.slack.refusals import UNREADABLE, SlackError
from bot.slack.shapes import text_of
from bot.slack.wire import Observe, Permit, Wire, allow, unobserved


class Uploads:
    """Uploads files to Slack.  Arguments as for `bot.slack.members.Members`."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        permit: Permit = allow,
        observe: Observe = unobserved,
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._wire = Wire(client, permit=permit, observe=observe, pace=pace)

    async def share(self, channel: str, filename: str, content: bytes, words: str) -> None:
        """Share a file, in the three steps that Slack asks for (docs.slack.dev: Working with files).

        Args:
            channel: the id of a conversation that the bot is in.
            filename: what it is called.
            content: not empty.
            words: said with it; mrkdwn, so nothing that people wrote.

        Raises:
            SlackError: refused (`missing_scope` without `files:write`), or not reached.
        """
        wanted = {"filename": filename, "length": len(content)}
        place = await self._wire.ask(self._client.files_getUploadURLExternal, wanted)
        url, file_id = text_of(place, "upload_url"), text_of(place, "file_id")
        if not (url and file_id):
            raise SlackError("files.getUploadURLExternal", UNREADABLE)
        await self._wire.put(url, content)
        share = {
            "files": [{"id": file_id, "title": filename}],
            "channel_id": channel,
            "initial_comment": words,
        }
        await self._wire.ask(self._client.files_completeUploadExternal, share)
