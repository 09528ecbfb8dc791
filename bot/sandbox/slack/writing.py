"""What people do with messages and channels: post, edit, delete, react, forward, invite."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from bot.sandbox.slack.actions import Actions, Json
from bot.sandbox.slack.directory import Channel, Person
from bot.sandbox.slack.files import NewFile, StoredFile
from bot.sandbox.slack.messages import Message, Quote
from bot.sandbox.slack.richtext import as_sent, rich_text
from bot.sandbox.slack.sharing import forwarded, linked, unfurled

MOST_IN_GROUP = 9
"""People in a group DM, oneself included (docs.slack.dev: conversations.open takes up to eight others)."""


class NotYours(PermissionError):
    """Somebody else wrote it; `code` is Slack's word for it."""

    def __init__(self, code: str) -> None:
        super().__init__("only your own messages")
        self.code = code


class Writing(Actions):
    """Actions of people who write. People and channels are named by id or by name (`"ana"`, `"#mascots"`)."""

    async def post(
        self,
        *,
        user: str,
        channel: str,
        text: str = "",
        files: Sequence[NewFile | str] = (),
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Json:
        """Post as a person: words as typed (`@name` and links become Slack's tokens) and files.

        Args:
            files: new ones, or the ids of some that are in Slack and are shared once more.

        Returns:
            The message as Slack writes it.

        Raises:
            LookupError: no such person, channel, file or thread.
            PermissionError: the person is not in the channel.
        """
        author, target = self.writer_in(user, channel)
        self._refuse_unknown_thread(target, thread_ts)
        stored = [self._file(each, author) for each in files]
        names = [file.name for file in stored]
        message = self._written(author, target, text, thread_ts)
        place = {"channel": target.id, "ts": message.ts, "thread_ts": thread_ts}
        self.note(f"{author.name} posts in {target.name}", **place, text=text, files=names)
        message.files = [file.id for file in stored]
        message.broadcast = broadcast and thread_ts is not None
        posted = self.workspace.post(message)
        self._unfurl_links(message, author)
        return posted

    async def edit(self, user: str, channel: str, ts: str, text: str) -> Json:
        """Change the words of one's own message; the bot hears `message_changed`, marked as edited.

        Returns:
            The message as Slack writes it now.

        Raises:
            LookupError: no such message.
            NotYours: somebody else wrote it.
        """
        author, message = self._own(user, channel, ts, "cant_update_message")
        self.note(f"{author.name} edits a message", channel=message.channel, ts=ts, text=text)
        sent = self._sent(text)
        return self.workspace.change(message, text=sent, blocks=self._blocks(sent))

    def delete(self, channel: str, ts: str, user: str | None = None) -> None:
        """Delete a message as `user`, or as an admin, who may delete anybody's.

        Raises:
            LookupError: with `user`: no such message.
            NotYours: with `user`: somebody else wrote it.
        """
        if user is not None:
            author, message = self._own(user, channel, ts, "cant_delete_message")
            self.note(f"{author.name} deletes a message", channel=message.channel, ts=ts)
            self.workspace.delete(message)
        elif found := self.workspace.messages.get(self.directory.channel(channel).id, ts):
            self.workspace.delete(found)

    def dismiss(self, user: str, channel: str, ts: str) -> None:
        """Dismiss a message that only this person sees; the bot hears nothing of it.

        Raises:
            LookupError: this person sees no such message.
        """
        person, found = self.person_in(user, channel)
        message = self.message_for(person, found, ts)
        if message.ephemeral_to is None:
            raise LookupError("only what nobody else sees can be dismissed")
        self.workspace.delete(message)

    def react(self, user: str, channel: str, ts: str, name: str, *, on: bool = True) -> Json:
        """Put an emoji (`name` without colons) to a message, or take it away.

        Returns:
            The message as Slack writes it now.

        Raises:
            LookupError: no such message.
        """
        person, found = self.person_in(user, channel)
        message = self.message_for(person, found, ts)
        self.workspace.react(message, name.strip(":"), person.id, on=on)
        return self.workspace.messages.as_json(message)

    async def forward(
        self,
        *,
        user: str,
        channel: str,
        from_channel: str,
        ts: str,
        text: str = "",
        thread_ts: str | None = None,
    ) -> Json:
        """Forward a message to `channel`, with words of one's own or without.

        Returns:
            The new message; the forwarded one lies in its `attachments`.

        Raises:
            LookupError: no such message or thread.
            PermissionError: the person is not in both channels.
        """
        author, target = self.writer_in(user, channel)
        _, source = self.person_in(user, from_channel)
        original = self.message_for(author, source, ts)
        if original.ephemeral_to is not None:
            raise LookupError("what only one person sees cannot be forwarded")
        self._refuse_unknown_thread(target, thread_ts)
        self.note(f"{author.name} forwards to {target.name}", channel=source.id, ts=ts, text=text)
        message = self._written(author, target, text, thread_ts)
        message.quotes = [forwarded(original, self.directory, self.workspace.origin)]
        return self.workspace.post(message)

    def upload(self, user: str, new: NewFile) -> Json:
        """Upload a file for a modal's `file_input`; the app sees it once the modal is submitted with it."""
        return self.workspace.files.as_json(self.workspace.upload(new, self.acting(user)))

    def delete_file(self, user: str, file_id: str) -> None:
        """Delete one's own file, wherever it was shared.

        Raises:
            LookupError: no such file.
            NotYours: somebody else uploaded it.
        """
        file = self._file(file_id, self.acting(user))
        if file.owner.id != self.directory.person(user).id:
            raise NotYours("cant_delete_file")
        self.workspace.delete_file(file)

    def invite(self, user: str, channel: str, invited: str) -> None:
        """Bring somebody, or the bot, into a channel that one is in. Nothing where they are in it.

        Raises:
            LookupError: nobody of that name, or a DM, which takes nobody in.
            PermissionError: the person who invites is not in the channel, or somebody is deactivated.
        """
        inviter, found = self.writer_in(user, channel)
        guest = self.acting(invited)
        if found.kind in ("im", "mpim"):
            raise LookupError("nobody can be invited to a direct message")
        if guest.id not in found.members:
            self.note(f"{inviter.name} invites {guest.name} to {found.name}")
            self.workspace.join(guest.id, found, inviter.id)

    def open_dm(self, user: str, others: Sequence[str]) -> Json:
        """The DM or group DM of a person with these others, opened if it is not there.

        Returns:
            The channel as the page shows it.

        Raises:
            LookupError: nobody of that name.
            ValueError: nobody else, or more than nine people together.
        """
        people = list(dict.fromkeys(self.acting(each).id for each in (user, *others)))
        if not 2 <= len(people) <= MOST_IN_GROUP:
            raise ValueError(f"a direct message is between 2 and {MOST_IN_GROUP} people")
        return self.workspace.open_dm(people).as_json()

    def _own(self, user: str, channel: str, ts: str, code: str) -> tuple[Person, Message]:
        person, found = self.person_in(user, channel)
        message = self.message_for(person, found, ts)
        if message.user != person.id or message.subtype is not None:
            raise NotYours(code)
        return person, message

    def _refuse_unknown_thread(self, channel: Channel, thread_ts: str | None) -> None:
        if thread_ts is not None and self.workspace.messages.get(channel.id, thread_ts) is None:
            raise LookupError(f"no thread {thread_ts} in {channel.name}")

    def _written(self, author: Person, channel: Channel, text: str, thread_ts: str | None) -> Message:
        sent = self._sent(text)
        return Message(
            channel=channel.id,
            ts=self.workspace.times.next(),
            user=author.id,
            team=author.team_id,
            text=sent,
            blocks=self._blocks(sent),
            thread_ts=thread_ts,
            client_msg_id=str(uuid.uuid4()),
        )

    def _sent(self, text: str) -> str:
        groups = self.directory.groups.values()
        handles = {group.handle: group.id for group in groups if not group.disabled}
        people = {person.name: person.id for person in self.directory.people.values()}
        return as_sent(text, handles | people)

    def _blocks(self, sent: str) -> list[Json]:
        return [rich_text(sent, self.workspace.ids.block())] if sent else []

    def _unfurl_links(self, message: Message, author: Person) -> None:
        """Show the messages that a post links to, as far as its author may see them."""
        origin, quotes = self.workspace.origin, list[Quote]()
        for channel_id, ts in linked(message.text, origin):
            channel = self.directory.channels.get(channel_id)
            found = self.workspace.messages.get(channel_id, ts)
            if channel and found and found.ephemeral_to is None and author.id in channel.members:
                quotes.append(unfurled(found, self.directory, origin, len(quotes) + 1))
        if quotes:
            self.workspace.unfurl(message, message.attachments, quotes)

    def _file(self, given: NewFile | str, owner: Person) -> StoredFile:
        if isinstance(given, NewFile):
            return self.workspace.upload(given, owner)
        file = self.workspace.files.get(given)
        if file is None:
            raise LookupError(f"no file {given}")
        return file
