"""Where people and channels are named by id or by name: what all actions in the sandbox share."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.directory import Channel, Directory, Person
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


class Actions:
    """Looks people, channels and messages up."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @property
    def directory(self) -> Directory:
        """Team, people, channels, app. `directory.app.scopes` is a set: take one away to see it missed."""
        return self.workspace.directory

    def acting(self, user: str) -> Person:
        """A person who can do something.

        Raises:
            LookupError: nobody of that id or name.
            PermissionError: their account is deactivated.
        """
        person = self.directory.person(user)
        if person.deactivated:
            raise PermissionError(f"{person.name} is deactivated")
        return person

    def person_in(self, user: str, channel: str) -> tuple[Person, Channel]:
        """A person and a channel that they are in.

        Raises:
            LookupError: no such person or channel.
            PermissionError: the person is not in the channel, or deactivated.
        """
        person, found = self.acting(user), self.directory.channel(channel)
        if person.id not in found.members:
            raise PermissionError(f"{person.name} is not in {found.name}")
        return person, found

    def writer_in(self, user: str, channel: str) -> tuple[Person, Channel]:
        """A person and a channel that they may write in.

        Raises:
            LookupError: no such person or channel.
            PermissionError: the person is not in the channel, or deactivated; or the channel is archived.
        """
        person, found = self.person_in(user, channel)
        if found.is_archived:
            raise PermissionError(f"{found.name} is archived")
        return person, found

    def message_for(self, person: Person, channel: Channel, ts: str) -> Message:
        """A message that this person can see.

        Raises:
            LookupError: there is none.
        """
        message = self.workspace.messages.get(channel.id, ts)
        if message is None or message.tombstone or message.ephemeral_to not in (None, person.id):
            raise LookupError(f"no message {ts} in {channel.name}")
        return message

    def note(self, words: str, **facts: Any) -> None:
        """Write into the inspector what somebody did."""
        self.workspace.inspector.add("control", words, request=facts)
