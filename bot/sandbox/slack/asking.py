"""Interaction payloads on their way to the bot: what all of them say, and what is held against silence."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Channel, Person
from bot.sandbox.slack.events import VERIFICATION_TOKEN
from bot.sandbox.slack.interaction_kinds import InteractionType
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.view_state import state_values
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


class Asker:
    """Sends interactions, and holds against the bot what it does not answer in time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def ask(self, type_: InteractionType, person: Person, payload: Json) -> Delivery:
        """Send one interaction of this type and wait for its acknowledgement, or its time to pass.

        Raises:
            LookupError: the app is not installed here.
        """
        workspace = self._workspace
        if not workspace.directory.app.installed:
            raise LookupError(f"the app is not installed in {workspace.directory.team.name}")
        if not workspace.directory.app.interactivity:
            words = "the app has something to use, but its manifest does not enable interactivity"
            self.found(type_, words)
        told = {"type": type_, **self._common(type_, person, in_view="view" in payload), **payload}
        delivery = await workspace.way.ask("interactive", told)
        if not delivery.acknowledged:
            words = f"{type_} was not acknowledged within {workspace.way.ack_timeout:g} s"
            about = [f"envelope:{attempt.envelope_id}" for attempt in delivery.attempts]
            workspace.inspector.add("finding", type_, ok=False, finding=words, about=about)
        return delivery

    def found(self, title: str, words: str, response: Any = None) -> None:
        """Write something into the inspector that the bot did wrong."""
        self._workspace.inspector.add("finding", title, ok=False, response=response, finding=words)

    def trigger(self, person: Person) -> Json:
        """A fresh `trigger_id` for what this person just did."""
        return {"trigger_id": self._workspace.triggers.issue(person.id)}

    def place_of(self, message: Message, channel: Channel) -> Json:
        """Where an element in a message was used: `container`, `channel` and, unless ephemeral, `message`."""
        ephemeral = message.ephemeral_to is not None
        silent = self._workspace.threads_untold
        thread = {"thread_ts": message.thread_ts} if message.thread_ts and not silent else {}
        shown = self._workspace.messages.as_json(message, to_app=True)
        if silent == "anywhere":
            shown.pop("thread_ts", None)
        return {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": ephemeral,
                **thread,
            },
            "channel": {"id": channel.id, "name": channel.payload_name},
            **({} if ephemeral else {"message": shown}),
            "state": {"values": state_values(message.blocks, {})},
        }

    def _common(self, type_: InteractionType, person: Person, *, in_view: bool = False) -> Json:
        """What every interaction tells. A form is sent from the workspace of whoever sends it
        (github.com/slackapi/bolt-python: view_submission with `app_installed_team_id`); what is pressed is
        told as of the workspace that the app is installed in (java-slack-sdk issue 1041).

        Where the whole organisation installed the app, what is done in a view names no workspace: only
        `user.team_id` and the view do (github.com/slackapi/bolt-python: `extract_team_id`)."""
        directory = self._workspace.directory
        organisation = directory.team.enterprise
        is_enterprise_install = directory.app.is_enterprise_install
        above = (
            {"enterprise_id": organisation.id, "enterprise_name": organisation.name} if organisation else {}
        )
        team: Json | None = {"id": directory.team.id, "domain": directory.team.domain, **above}
        if in_view and is_enterprise_install:
            team = None
        elif type_ in ("view_submission", "view_closed") and directory.is_external(person):
            team = {"id": person.team_id, "domain": person.team_id.lower()}
        return {
            "team": team,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": person.team_id,
            },
            "api_app_id": directory.app.id,
            "token": VERIFICATION_TOKEN,
            "enterprise": {"id": organisation.id, "name": organisation.name} if organisation else None,
            "is_enterprise_install": is_enterprise_install,
        }
