"""Files that the bot gives to people."""

from __future__ import annotations

from collections.abc import Mapping

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

    async def share(self, channel: str, files: Mapping[str, bytes], words: str) -> None:
        """Share files in one message, in the three steps that Slack asks for (docs.slack.dev: Working with
        files).

        Args:
            channel: the id of a conversation that the bot is in.
            files: what each is called → its content, which is not empty.
            words: said with them; mrkdwn, so nothing that people wrote.

        Raises:
            SlackError: refused (`missing_scope` without `files:write`), or not reached.
        """
        uploaded = [{"id": await self._put(*file), "title": file[0]} for file in files.items()]
        share = {"files": uploaded, "channel_id": channel, "initial_comment": words}
        await self._wire.ask(self._client.files_completeUploadExternal, share)

    async def _put(self, filename: str, content: bytes) -> str:
        """Upload a file, which nobody sees before it is shared; its id."""
        wanted = {"filename": filename, "length": len(content)}
        place = await self._wire.ask(self._client.files_getUploadURLExternal, wanted)
        url, file_id = text_of(place, "upload_url"), text_of(place, "file_id")
        if not (url and file_id):
            raise SlackError("files.getUploadURLExternal", UNREADABLE)
        await self._wire.put(url, content)
        return file_id
