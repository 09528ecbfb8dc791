"""What the bot says in one Slack workspace, and the little that it asks there.

It falls back to words where Slack refuses a picture.
How calls are made is `bot.slack.wire`'s business, and what can go wrong with them `bot.slack.refusals`'.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import Message
from bot.slack.pace import PATIENCE, Pace, Urgency
from bot.slack.reading import ANNOUNCEMENT, REPLY, Reading
from bot.slack.refusals import UNREADABLE, SlackError, SlackRateLimited, SlackUnreachable, slack_code
from bot.slack.showing import Showing
from bot.slack.wire import (
    Answer,
    Call,
    Observe,
    Permit,
    Wire,
    allow,
    unobserved,
)

__all__ = ["Said", "SlackError", "SlackRateLimited", "SlackUnreachable", "Workspace", "slack_code"]

log = logging.getLogger(__name__)

NOTE_PATIENCE = 1.0  # seconds; its job comes again soon, and must not keep others from theirs meanwhile
MODAL_PATIENCE = 1.0  # seconds of the three that a trigger_id lasts (docs.slack.dev: views.open)

_REFUSED_PICTURES = frozenset({"invalid_attachments", "invalid_blocks"})

Newest = Callable[[], Awaitable[Message | None]]


@dataclass(frozen=True)
class Said:
    """A message as it now stands in Slack.

    Attributes:
        pictures: whether Slack took its images.
        channel: where it is, where the answer tells.
        in_thread: False where the answer tells that it stands in no thread.
    """

    ts: str
    pictures: bool
    channel: str | None = None
    in_thread: bool = True


class Workspace(Showing, Reading):
    """The bot's voice in one workspace.

    Each method raises `SlackError` where Slack refused or was not reached, and `SlackRateLimited` where there
    is no turn soon.

    Args:
        client: carries the bot token; its session is one of `bot.slack.wire.open_session`, and it retries
            nothing.
        permit: called right before anything is changed in Slack; what it raises comes out unchanged, and
            nothing is sent.
        observe: told of each exchange with Slack, as method and `ok` or the error code.
        pace: in whose lines calls wait; its own where not given.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        permit: Permit = allow,
        observe: Observe = unobserved,
        pace: Pace | None = None,
    ) -> None:
        wire = Wire(client, permit=permit, observe=observe, pace=pace)
        Showing.__init__(self, client, wire)
        Reading.__init__(self, client, wire)

    async def say(
        self, channel: str, thread_ts: str, message: Message, *, answers: str, note: bool = False
    ) -> Said:
        """Reply in a thread (docs.slack.dev: chat.postMessage).

        Args:
            channel: where the thread is.
            thread_ts: its root.
            message: what to say.
            answers: the ts of the post that this is the reply to, or another word for what it answers;
                `find_reply` finds the reply by it.

        Slack posts a reply to a deleted root into the channel itself, with `ok` (users report it): that is
        taken back, and the place is gone.

        Raises:
            SlackError: refused, or not reached; with `may_have_taken_effect`, look before saying it again.
        """
        patience = NOTE_PATIENCE if note else PATIENCE
        call = self._wire.call(self._client.chat_postMessage, channel=channel, patience=patience)
        where = {
            "channel": channel,
            "thread_ts": thread_ts,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": REPLY, "event_payload": {"answers": answers}},
        }
        said = await self._send(call, where, message, note=note)
        if not said.in_thread:
            try:
                await self.take_back(channel, said.ts)
            except SlackError as error:
                log.warning("a reply to a deleted thread stays in %s: %s", channel, error)
            raise SlackError(call.name, "thread_not_found", may_have_taken_effect=False)
        return said

    async def take_back(self, channel: str, ts: str) -> None:
        """Delete a message of the bot's own, unless it is gone already (docs.slack.dev: chat.delete).

        Raises:
            SlackError: refused, or not reached.
        """
        try:
            await self._wire.ask(self._client.chat_delete, {"channel": channel, "ts": ts})
        except SlackError as error:
            if not error.message_is_gone:
                raise

    async def announce(self, channel: str, message: Message, *, request: str) -> tuple[str, str]:
        """Post in a channel, or to a person (docs.slack.dev: chat.postMessage).

        Args:
            channel: the channel, or the person's id.
            message: what to say.
            request: `find_announcement` finds it by this.

        Returns:
            The conversation and the ts.

        Raises:
            SlackError: refused, or not reached; with `may_have_taken_effect`, look before saying it again.
        """
        call = self._wire.call(self._client.chat_postMessage, channel=channel)
        metadata = {"event_type": ANNOUNCEMENT, "event_payload": {"request": request}}
        where = {"channel": channel, "unfurl_links": False, "unfurl_media": False, "metadata": metadata}
        said = await self._send(call, where, message)
        return said.channel or channel, said.ts

    async def change(self, channel: str, ts: str, message: Message, *, note: bool = False) -> Said:
        """Replace a message of the bot's own (docs.slack.dev: chat.update).

        A note of why something takes longer does not stand in line: it is shown at once or not at all.

        Raises:
            SlackError: refused (`message_is_gone` once somebody deleted it), or not reached.
        """
        patience = 0.0 if note else PATIENCE
        call = self._wire.call(self._client.chat_update, patience=patience)
        return await self._send(call, {"channel": channel, "ts": ts}, message, note=note)

    async def keep(self, channel: str, ts: str, newest: Newest, *, patience: float = PATIENCE) -> Said | None:
        """Bring a message of the bot's own up to date (docs.slack.dev: chat.update).

        Args:
            channel: where it is.
            ts: which one.
            newest: what it is to say, asked once its turn has come, however long that takes; None when
                there is nothing to say any more.
            patience: seconds to wait for the turn; with 0 it comes at once or not at all.

        Raises:
            SlackError: as for `change`; and whatever `newest` raises.
        """
        call = self._wire.call(self._client.chat_update, patience=patience)
        return await self._deliver(call, {"channel": channel, "ts": ts}, newest, Urgency.AWAITED)

    async def whisper(self, channel: str, thread_ts: str | None, user: str, message: Message) -> None:
        """Tell one person something that only they see (docs.slack.dev: chat.postEphemeral).

        Raises:
            SlackError: refused, or not reached.
        """
        where = {"channel": channel, "user": user} | ({"thread_ts": thread_ts} if thread_ts else {})
        plain = message.without_images()
        for shown in (message, plain):
            try:
                what = {"text": shown.text, "blocks": shown.blocks}
                await self._wire.ask(self._client.chat_postEphemeral, {**where, **what})
                return
            except SlackError as error:
                if error.code not in _REFUSED_PICTURES or shown == plain:
                    raise

    async def respond(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """Answer a command or a press privately (docs.slack.dev: Handling user interaction).

        Args:
            response_url: of the command or press; good for five answers in thirty minutes.
            message: what to say.
            replace: put it in the place of the message that was pressed.

        Raises:
            SlackError: refused (`used_url`, `expired_url`), or not reached.
        """
        plain = message.without_images()
        for shown in (message, plain):
            try:
                answer = {"text": shown.text, "blocks": shown.blocks, "replace_original": replace}
                await self._wire.respond(response_url, answer)
                return
            except SlackError as error:
                if error.code not in _REFUSED_PICTURES or shown == plain:
                    raise

    async def open_modal(self, trigger_id: str, view: View) -> str:
        """Show a modal to the person who pressed (docs.slack.dev: views.open).

        Args:
            trigger_id: of the press; it is good for three seconds, and once.
            view: the modal.

        Returns:
            Its id, for `change_modal`.

        Raises:
            SlackError: refused (`expired_trigger_id`), or not reached.
        """
        asked = {"trigger_id": trigger_id, "view": view}
        answer = await self._wire.ask(self._client.views_open, asked, patience=MODAL_PATIENCE)
        return str((answer.get("view") or {}).get("id", ""))

    async def _send(
        self, call: Call, where: Mapping[str, Any], message: Message, *, note: bool = False
    ) -> Said:
        async def the_same() -> Message:
            return message

        said = await self._deliver(call, where, the_same, Urgency.NOTE if note else Urgency.AWAITED)
        assert said is not None, "there was something to say"
        return said

    async def _deliver(
        self, call: Call, where: Mapping[str, Any], newest: Newest, urgency: Urgency
    ) -> Said | None:
        """Slack answers `invalid_blocks` to a `slack_file` that is not processed yet or cannot be seen
        (python-slack-sdk #1521); the words must not be lost with the picture."""
        pictures = True
        while True:
            await call.turn(urgency)
            message = await newest()
            if message is None:
                return None
            rendered = message if pictures else message.without_images()
            try:
                answer = await call.send({**where, "text": rendered.text, "blocks": rendered.blocks})
            except SlackRateLimited:
                continue  # the line is closed now: the next turn comes later, or not in time
            except SlackError as error:
                if error.code not in _REFUSED_PICTURES or message.without_images() == rendered:
                    raise
                log.info("%s refused the pictures; sent without", error.method)
                pictures = False
            else:
                told = answer.get("message")
                in_thread = not isinstance(told, Mapping) or bool(told.get("thread_ts"))
                return Said(_ts(call, answer), pictures, answer.get("channel"), in_thread)


def _ts(call: Call, answer: Answer) -> str:
    if not isinstance(ts := answer.get("ts"), str):
        raise SlackError(call.name, UNREADABLE)
    return ts
