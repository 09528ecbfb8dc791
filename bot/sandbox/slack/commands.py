"""Slash commands (docs.slack.dev: implementing slash commands; the payload as recorded)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.answers import Answers
from bot.sandbox.slack.asking import Asker
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Channel, Command, Directory, Person
from bot.sandbox.slack.events import VERIFICATION_TOKEN
from bot.sandbox.slack.response_urls import Source
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]

_TYPED = re.compile(r"(?<!\w)(?P<mark>[@#])(?P<name>[\w.-]+)")
_FAILURES: Mapping[str, str] = {
    "timeout": "operation_timeout",
    "http_timeout": "operation_timeout",
    "http_error": "http_service_error",
    "connection_failed": "http_client_error",
}
"""Slack's words beside ours. Only `operation_timeout` is documented; the others are users' reports."""


class Commands:
    """Sends commands to the bot, and shows what it answers."""

    def __init__(self, workspace: Workspace, asker: Asker) -> None:
        self._workspace = workspace
        self._asker = asker
        self._answers = Answers(workspace)

    async def run(self, person: Person, channel: Channel, name: str, text: str = "") -> Delivery:
        """Type a command in a channel, which the bot need not be in.

        Raises:
            LookupError: the manifest declares no such command, the app has not the scope `commands`, or the
                person is of another organisation, which commands are not shared with
                (docs.slack.dev: Understanding Slack Connect).
        """
        command = self._declared(name, person)
        source = Source(channel.id, person.id)
        delivery = await self._workspace.way.ask(
            "slash_commands", self._payload(person, channel, command, text, source)
        )
        if delivery.acknowledged:
            self._show(command, source, delivery.response)
        else:
            self._asker.found(command.name, failure_words(command.name, delivery))
        return delivery

    def _declared(self, name: str, person: Person) -> Command:
        directory, wanted = self._workspace.directory, "/" + name.removeprefix("/")
        usable = "commands" in directory.app.scopes and not directory.is_external(person)
        for command in directory.app.commands if usable else ():
            if command.name == wanted:
                return command
        raise LookupError(f"{wanted} is not a valid command")

    def _payload(self, person: Person, channel: Channel, command: Command, text: str, source: Source) -> Json:
        directory = self._workspace.directory
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": directory.team.id,
            "team_domain": directory.team.domain,
            "channel_id": channel.id,
            "channel_name": channel.payload_name,
            "user_id": person.id,
            "user_name": person.name,
            "command": command.name,
            "text": escaped(text, directory) if command.should_escape else text,
            "api_app_id": directory.app.id,
            "is_enterprise_install": "false",
            "response_url": self._workspace.response_urls.issue("commands", source),
            **self._asker.trigger(person),
        }

    def _show(self, command: Command, source: Source, response: Any) -> None:
        """Show what stands in the acknowledgement: nothing, words, or a message as JSON."""
        if response in (None, "", {}):
            return
        answer = {"text": response} if isinstance(response, str) else response
        if refusal := self._answers.refusal(answer):
            found = [problem.as_json() for problem in self._answers.problems(answer)]
            shown = {"acknowledged": response, "findings": found}
            self._asker.found(command.name, f"the answer to {command.name} is refused: {refusal}", shown)
            return
        self._answers.apply(source, answer)


def failure_words(name: str, delivery: Delivery) -> str:
    """What the person reads whose command failed: `/masko failed with the error "operation_timeout"`."""
    nobody = all(attempt.socket is None and attempt.status is None for attempt in delivery.attempts)
    in_socket_mode = delivery.failure == "timeout"
    code = "dispatch_failed" if in_socket_mode and nobody else _FAILURES.get(delivery.failure, "unknown")
    return f'{name} failed with the error "{code}"'


def escaped(text: str, directory: Directory) -> str:
    """The text with people and channels as Slack writes them, `<@U1|ana>` and `<#C1|mascots>`, for a
    command that asks for it in its manifest."""

    def token(found: re.Match[str]) -> str:
        name = found["name"]
        try:
            if found["mark"] == "@":
                person = directory.person(name)
                return f"<@{person.id}|{person.name}>"
            channel = directory.channel(name)
            return f"<#{channel.id}|{channel.name}>"
        except LookupError:
            return found[0]

    return _TYPED.sub(token, text)
