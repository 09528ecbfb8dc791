"""What the bot posts in one Slack workspace, what it shows one person, and what it looks up there.

Every method raises `SlackError`, and `SlackRateLimited` where there is no slot soon.  Where Slack refuses a
picture, the words are sent without it: it answers `invalid_blocks` to a `slack_file` that is not processed
yet or cannot be seen (python-slack-sdk #1521).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from slack_sdk.models.views import View

from bot.slack.blocks import Message, view_without_images
from bot.slack.client import MAX_WAIT, Answer, Client, Method, name_of
from bot.slack.errors import NOT_CHANGEABLE, UNREADABLE, SlackError, SlackRateLimited, tolerating
from bot.slack.text import mapping, mappings, text_of

T = TypeVar("T")
Newest = Callable[[], Awaitable[Message | None]]

log = logging.getLogger(__name__)

NOTE_WAIT = 1.0  # seconds for a word on why it takes longer: its job comes again soon
PROCESSED_AFTER = 30  # seconds at most; a file of a megabyte takes one or two
MOST_KNOWN = 1000  # addresses of messages; beyond that they are asked for again

REPLY = "masko_reply"
ANNOUNCEMENT = "masko_announcement"

_REFUSED_PICTURES = frozenset({"invalid_arguments", "invalid_attachments", "invalid_blocks"})


@dataclass(frozen=True)
class Said:
    """A message as it now stands in Slack; `pictures`: Slack took its images."""

    ts: str
    pictures: bool
    channel: str | None = None
    in_thread: bool = True


class Messenger:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._web = client.web
        self._permalinks: dict[tuple[str, str], str] = {}

    async def reply(
        self, channel: str, thread_ts: str, message: Message, *, answers: str, wait: float = MAX_WAIT
    ) -> Said:
        """Reply in a thread (docs.slack.dev: chat.postMessage).

        Slack posts a reply to a deleted root into the channel, with `ok` (users report it): that is deleted,
        and `place_is_gone` is raised.  After an error that `may_have_taken_effect`, look before posting it
        again.

        Args:
            answers: the ts of the post that this replies to, or another word that `find_reply` finds it by.
            wait: seconds for a slot.
        """
        where = {"channel": channel, "thread_ts": thread_ts}
        said = await self._post(where, message, REPLY, {"answers": answers}, wait)
        if not said.in_thread:
            try:
                await self.delete(channel, said.ts)
            except SlackError as error:
                log.warning("a reply to a deleted thread stays in %s: %s", channel, error)
            raise SlackError("chat.postMessage", "thread_not_found", may_have_taken_effect=False)
        return said

    async def post(self, channel: str, message: Message, *, request: str) -> tuple[str, str]:
        """Post in a channel, or to a person by their id (docs.slack.dev: chat.postMessage).

        Returns the conversation and the ts; `find_post` finds it by `request`.  After an error that
        `may_have_taken_effect`, look before posting it again.
        """
        said = await self._post({"channel": channel}, message, ANNOUNCEMENT, {"request": request}, MAX_WAIT)
        return said.channel or channel, said.ts

    async def update(
        self, channel: str, ts: str, what: Message | Newest, *, wait: float = MAX_WAIT
    ) -> Said | None:
        """Replace a message of the bot's own (docs.slack.dev: chat.update).

        The error's `message_is_gone` is true once somebody deleted it.

        Args:
            what: a function is asked once there is a slot; None where there is nothing to say any more.
            wait: seconds for a slot; with 0 it is there at once or not at all.
        """
        return await self._deliver(self._web.chat_update, {"channel": channel, "ts": ts}, what, wait)

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of the bot's own, unless it is gone already (docs.slack.dev: chat.delete)."""
        with tolerating(*NOT_CHANGEABLE):
            await self._client.call(self._web.chat_delete, {"channel": channel, "ts": ts})

    async def react(self, channel: str, ts: str, emoji: str, *, on: bool) -> None:
        """Put an emoji to a message or take the bot's own away (docs.slack.dev: reactions.add)."""
        method = self._web.reactions_add if on else self._web.reactions_remove
        with tolerating("already_reacted", "no_reaction"):
            await self._client.call(method, {"channel": channel, "timestamp": ts, "name": emoji})

    async def post_ephemeral(self, channel: str, thread_ts: str | None, user: str, message: Message) -> None:
        """Tell one person something that only they see (docs.slack.dev: chat.postEphemeral)."""
        where = {"channel": channel, "user": user} | ({"thread_ts": thread_ts} if thread_ts else {})
        await _send(partial(self._client.call, self._web.chat_postEphemeral), where, message)

    async def respond(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """Answer a command or a press privately, or `replace` the message that was pressed.

        A `response_url` takes five answers in thirty minutes (docs.slack.dev: Handling user interaction);
        then the error says `used_url` or `expired_url`.
        """
        await _send(partial(self._client.respond, response_url), {"replace_original": replace}, message)

    async def share_files(self, channel: str, files: Mapping[str, bytes], words: str) -> None:
        """Share files (name → content, not empty) in one message (docs.slack.dev: Working with files).

        `words` are mrkdwn, so nothing that people wrote.  The error is `missing_scope` without `files:write`.
        """
        await self._upload(files, channel_id=channel, initial_comment=words)

    async def upload_image(self, name: str, content: bytes) -> str:
        """Upload an image for messages of the bot's own; return its file id once Slack can show it.

        The file is private until a message shows it.  The error is `missing_scope` without `files:write`.
        """
        (file_id,) = await self._upload({name: content})
        for _ in range(PROCESSED_AFTER):
            if text_of(await self.file_info(file_id), "mimetype"):
                break
            await self._client.sleep(1.0)
        return file_id

    async def _upload(self, files: Mapping[str, bytes], **share: str) -> list[str]:
        uploaded = []
        for name, content in files.items():
            asked = {"filename": name, "length": len(content)}
            told = await self._client.call(self._web.files_getUploadURLExternal, asked)
            await self._client.upload(text_of(told, "upload_url"), content)
            uploaded.append({"id": text_of(told, "file_id"), "title": name})
        await self._client.call(self._web.files_completeUploadExternal, {"files": uploaded, **share})
        return [each["id"] for each in uploaded]

    async def open_modal(self, trigger_id: str, view: View) -> str:
        """Show a modal to the person who pressed, and return its id (docs.slack.dev: views.open).

        `trigger_id` is good for three seconds, and once; then the error says `expired_trigger_id`.
        """
        where = {"trigger_id": trigger_id}
        answer, _ = await _send(partial(self._client.call, self._web.views_open), where, view)
        return text_of(mapping(answer.get("view")), "id")

    async def update_modal(self, view_id: str, view: View) -> None:
        """Replace what a modal shows (docs.slack.dev: views.update); nothing, where it was closed since."""
        with tolerating("not_found"):
            await _send(partial(self._client.call, self._web.views_update), {"view_id": view_id}, view)

    async def publish_home(self, user: str, view: View, *, instead_of: str | None = None) -> str | None:
        """Show a person their Home tab (docs.slack.dev: views.publish), in place of the version `instead_of`.

        Returns its version; None where another version stands there by now, which is left alone.
        """
        where = {"user_id": user} | ({"hash": instead_of} if instead_of else {})
        with tolerating("hash_conflict"):
            answer, _ = await _send(partial(self._client.call, self._web.views_publish), where, view)
            return text_of(mapping(answer.get("view")), "hash")
        return None

    async def find_reply(
        self, channel: str, thread_ts: str, *, answers: str, since: str | None = None
    ) -> str | None:
        """Return the ts of the reply to a post, where its answer was lost.

        conversations.replies is scarce for some apps (docs.slack.dev): ask only for what was begun before.
        `since`: the ts after which it was posted, if not `answers`.
        """
        asked: dict[str, Any] = {"channel": channel, "ts": thread_ts, "oldest": since or answers}
        asked |= {"limit": 200, "include_all_metadata": True, "cursor": None}
        while True:
            page = await self._client.call(self._web.conversations_replies, asked)
            found = _find(page, REPLY, "answers", answers)
            asked["cursor"] = text_of(mapping(page.get("response_metadata")), "next_cursor")
            if found or not asked["cursor"]:
                return found

    async def find_post(self, channel: str, request: str) -> str | None:
        """The ts of what was posted in a channel, where the answer was lost; it looks at the newest 100."""
        asked = {"channel": channel, "limit": 100, "include_all_metadata": True}
        page = await self._client.call(self._web.conversations_history, asked)
        return _find(page, ANNOUNCEMENT, "request", request)

    async def thread(self, channel: str, thread_ts: str) -> list[Mapping[str, Any]]:
        """The first page of a thread, as Slack writes it (docs.slack.dev: conversations.replies)."""
        asked = {"channel": channel, "ts": thread_ts, "limit": 200}
        page = await self._client.call(self._web.conversations_replies, asked)
        return list(mappings(page.get("messages")))

    async def permalink(self, channel: str, ts: str) -> str | None:
        """Return the address of a message (docs.slack.dev: chat.getPermalink), cached; None for none."""
        if link := self._permalinks.get((channel, ts)):
            return link
        try:
            asked = {"channel": channel, "message_ts": ts}
            link = text_of(await self._client.call(self._web.chat_getPermalink, asked), "permalink")
        except SlackError as error:
            log.info("no address of %s in %s: %s", ts, channel, error)
            return None
        if len(self._permalinks) >= MOST_KNOWN:
            self._permalinks.clear()
        self._permalinks[channel, ts] = link
        return link or None

    async def file_info(self, file_id: str) -> Mapping[str, Any]:
        """The file behind a Slack Connect stub (docs.slack.dev: files.info)."""
        return mapping((await self._client.call(self._web.files_info, {"file": file_id})).get("file"))

    async def _post(
        self, where: dict[str, str], message: Message, kind: str, found_by: dict[str, str], wait: float
    ) -> Said:
        metadata = {"event_type": kind, "event_payload": found_by}
        how = where | {"unfurl_links": False, "unfurl_media": False, "metadata": metadata}
        said = await self._deliver(self._web.chat_postMessage, how, message, wait)
        assert said is not None, "there was something to say"
        return said

    async def _deliver(
        self, method: Method, where: Mapping[str, Any], what: Message | Newest, wait: float
    ) -> Said | None:
        """Post or update as soon as there is a slot, and again where Slack says that it was too fast."""
        until = self._client.clock() + wait
        while True:
            await self._client.slot(method, where["channel"], until)
            message = what if isinstance(what, Message) else await what()
            if message is None:
                return None
            try:
                answer, pictures = await _send(partial(self._client.call, method), where, message)
            except SlackRateLimited:
                continue  # the limiter is closed now: there is a slot later, or not in time
            if not (ts := text_of(answer, "ts")):
                raise SlackError(name_of(method), UNREADABLE)
            told = answer.get("message")
            in_thread = not isinstance(told, Mapping) or bool(told.get("thread_ts"))
            return Said(ts, pictures, answer.get("channel"), in_thread)


async def _send(
    send: Callable[[Mapping[str, Any]], Awaitable[T]], where: Mapping[str, Any], what: Message | View
) -> tuple[T, bool]:
    """Send a message or a view, and return whether Slack took its pictures.

    Where it refuses some, it is sent without those, or without any where Slack does not say which.
    """
    shown = what
    while True:
        try:
            return await send({**where, **_arguments(shown)}), shown is what
        except SlackError as error:
            plainer = _without_images(shown, error.blocks if shown is what else frozenset())
            if error.code not in _REFUSED_PICTURES or _arguments(plainer) == _arguments(shown):
                raise
            log.info("%s refused pictures; sent without", error.method)
            shown = plainer


def _without_images(what: Message | View, only: frozenset[int]) -> Message | View:
    return view_without_images(what, only) if isinstance(what, View) else what.without_images(only)


def _arguments(what: Message | View) -> dict[str, Any]:
    return {"view": what.to_dict()} if isinstance(what, View) else {"text": what.text, "blocks": what.blocks}


def _find(page: Answer, kind: str, field: str, value: str) -> str | None:
    for message in mappings(page.get("messages")):
        metadata = mapping(message.get("metadata"))
        told = mapping(metadata.get("event_payload")).get(field)
        if metadata.get("event_type") == kind and told == value:
            return text_of(message, "ts")
    return None
