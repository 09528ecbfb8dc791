"""Global and message shortcuts (docs.slack.dev: shortcuts interaction payloads)."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.asking import Asker
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Channel, Person, ShortcutType
from bot.sandbox.slack.response_urls import Source
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


class Shortcuts:
    """Sends shortcuts to the bot. Only the manifest's own can be used."""

    def __init__(self, workspace: Workspace, asker: Asker) -> None:
        self._workspace = workspace
        self._asker = asker

    async def use(self, person: Person, callback_id: str) -> Delivery:
        """Use a global shortcut.

        Raises:
            LookupError: the manifest declares no such one, the app has not the scope `commands`, or the
                person is of another organisation (docs.slack.dev: Understanding Slack Connect).
        """
        self._refuse_undeclared(person, callback_id, "global")
        return await self._asker.ask("shortcut", person, self._said(person, callback_id))

    async def use_on(self, person: Person, callback_id: str, channel: Channel, ts: str) -> Delivery:
        """Use a message shortcut on a message; the bot need not be in its channel.

        Raises:
            LookupError: as above, or the message is not there for this person.
        """
        self._refuse_undeclared(person, callback_id, "message")
        message = self._workspace.messages.get(channel.id, ts)
        if message is None or message.ephemeral_to is not None:
            raise LookupError(f"no message {ts} in {channel.name} to use a shortcut on")
        source = Source(channel.id, person.id, thread_ts=message.thread_ts)
        payload = self._said(person, callback_id) | {
            "response_url": self._workspace.response_urls.issue("app", source),
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": channel.payload_name},
            "message": self._workspace.messages.as_json(message, to_app=True),
        }
        return await self._asker.ask("message_action", person, payload)

    def _said(self, person: Person, callback_id: str) -> Json:
        now = self._workspace.times.next()
        return {"callback_id": callback_id, "action_ts": now, **self._asker.trigger(person)}

    def _refuse_undeclared(self, person: Person, callback_id: str, type_: ShortcutType) -> None:
        directory = self._workspace.directory
        declared = {(shortcut.callback_id, shortcut.type) for shortcut in directory.app.shortcuts}
        usable = "commands" in directory.app.scopes and not directory.is_external(person)
        if (callback_id, type_) not in declared or not usable:
            raise LookupError(f"the app has no {type_} shortcut {callback_id!r} for {person.name}")
