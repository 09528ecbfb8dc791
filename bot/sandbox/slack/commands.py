"""Slash commands (docs.slack.dev: implementing slash commands; the payload as recorded)."""

from __future__ import annotations

import html
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

_TOKEN = re.compile(r"<[@#](?P<id>[A-Z0-9]+)(?:\|[^<>]*)?>")
_TYPED = re.compile(
    r"(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)])|(?<![\w@#])(?P<mark>[@#])(?P<name>[\w.-]*\w)"
    r"|[&<>]",
    re.IGNORECASE,
)
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
        app = directory.app
        usable = app.installed and "commands" in app.scopes and not directory.is_external(person)
        for command in app.commands if usable else ():
            if command.name == wanted:
                return command
        raise LookupError(f"{wanted} is not a valid command")

    def _payload(self, person: Person, channel: Channel, command: Command, text: str, source: Source) -> Json:
        directory = self._workspace.directory
        organisation = directory.team.enterprise
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": directory.team.id,
            "team_domain": directory.team.domain,
            **(
                {"enterprise_id": organisation.id, "enterprise_name": organisation.name}
                if organisation
                else {}
            ),
            "channel_id": channel.id,
            "channel_name": channel.payload_name,
            "user_id": person.id,
            "user_name": person.name,
            "command": command.name,
            "text": escaped(text, directory, person) if command.should_escape else text,
            "api_app_id": directory.app.id,
            "is_enterprise_install": str(directory.app.is_enterprise_install).lower(),
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


def escaped(text: str, directory: Directory, person: Person) -> str:
    """What a person typed, as Slack sends it for a command that asks for it in its manifest.

    People, channels and links are tokens: `<@U1|ana>`, `<#C1|mascots>`, `<https://…>`; a private channel
    without its name, `<#C2|>` (docs.slack.dev: Implementing slash commands, Escape channels, users, and
    links). Choice: people have their names, which Slack's example leaves out; user groups are tokens as they
    are in messages; `&`, `<` and `>` are escaped as in messages, so that words cannot pass for tokens; tokens
    of somebody or some channel that is there stay as they are.
    """
    parts, position = list[str](), 0
    for token in _TOKEN.finditer(text):
        if token["id"] in directory.people or token["id"] in directory.channels:
            parts += [_words_escaped(text[position : token.start()], directory, person), token[0]]
            position = token.end()
    return "".join([*parts, _words_escaped(text[position:], directory, person)])


def _words_escaped(words: str, directory: Directory, person: Person) -> str:
    def token(found: re.Match[str]) -> str:
        if found["url"]:
            return f"<{html.escape(found['url'], quote=False)}>"
        if not found["mark"]:
            return html.escape(found[0], quote=False)
        named = _group_or_person if found["mark"] == "@" else _channel
        return named(found["name"], directory, person) or found[0]

    return _TYPED.sub(token, words)


def _group_or_person(name: str, directory: Directory, _typist: Person) -> str | None:
    for group in directory.groups.values():
        if group.handle == name and not group.disabled:
            return f"<!subteam^{group.id}|@{group.handle}>"
    try:
        person = directory.person(name)
    except LookupError:
        return None
    return f"<@{person.id}|{person.name}>"


def _channel(name: str, directory: Directory, typist: Person) -> str | None:
    """The token of a channel that whoever types can see."""
    for channel in directory.channels.values():
        if channel.name != name:
            continue
        if channel.kind == "channel":
            return f"<#{channel.id}|{channel.name}>"
        if channel.kind == "private" and typist.id in channel.members:
            return f"<#{channel.id}|>"
    return None
