"""What people do with channels as a whole: archive, delete, share with another organisation, remove somebody.

docs.slack.dev: reference/events, the pages of the events that are sent.
"""

from __future__ import annotations

from bot.sandbox.slack import events
from bot.sandbox.slack.actions import Actions, Json
from bot.sandbox.slack.directory import Channel, Person
from bot.sandbox.slack.messages import Message


class Managing(Actions):
    """Actions of people who manage channels. People and channels are named by id or by name."""

    def archive(self, user: str, channel: str) -> None:
        """Archive a channel: nobody, the bot included, says anything in it any more.

        Raises:
            LookupError: no such person or channel, or a direct message.
            PermissionError: the person is not in the channel.
        """
        self._archive(user, channel, on=True)

    def unarchive(self, user: str, channel: str) -> None:
        """Take an archived channel up again; raises as `archive` does."""
        self._archive(user, channel, on=False)

    def delete_channel(self, user: str, channel: str) -> None:
        """Delete a channel with all that was said in it; raises as `archive` does."""
        person, found = self._managed(user, channel)
        self.note(f"{person.name} deletes {found.name}", channel=found.id)
        self._tell(events.happened_to(found, "deleted", self.workspace.times.next()), found)
        self.workspace.remove_channel(found)

    def share_externally(self, user: str, channel: str) -> Json:
        """Begin to share a private channel with another organisation: its id is another from then on.

        Returns:
            The channel as the page shows it, under its new id.

        Raises:
            LookupError: no such person or channel, or one that is not private: only those change their ids.
            PermissionError: the person is not in the channel.
        """
        person, found = self._managed(user, channel)
        if found.kind != "private":
            raise LookupError("only a private channel gets another id")
        old = self.workspace.change_id(found)
        self.note(f"{person.name} shares {found.name} externally", old=old, new=found.id)
        self.workspace.send(events.id_changed(old, found.id, self.workspace.times.next()), found)
        return found.as_json()

    def remove(self, user: str, channel: str, removed: str) -> None:
        """Remove somebody from a channel, oneself or the bot included. Nothing where they are not in it.

        What is removed hears `channel_left` or `group_left` of itself, and not `member_left_channel`, which
        goes to those who are still there (github.com/slackapi/node-slack-sdk issue 931, bolt-js issue 1847).

        Raises:
            LookupError: nobody of that name, or a direct message.
            PermissionError: who removes is not in the channel.
        """
        person, found = self._managed(user, channel)
        gone, bot = self.directory.person(removed), self.directory.bot
        if gone.id not in found.members:
            return
        self.note(f"{person.name} removes {gone.name} from {found.name}")
        found.members.remove(gone.id)
        self.workspace.changes.publish("channel", channel=found.as_json())
        now = self.workspace.times.next()
        if gone.id == bot.id:
            self.workspace.send(events.happened_to(found, "left", now, actor_id=person.id))
        else:
            self.workspace.send(events.left(gone.id, found, self.directory.team, now), found)

    def _archive(self, user: str, channel: str, *, on: bool) -> None:
        person, found = self._managed(user, channel)
        if found.is_archived is on:
            return
        what = "archive" if on else "unarchive"
        kind = "channel" if found.kind == "channel" else "group"
        self.note(f"{person.name} {what}s {found.name}")
        line = Message(
            channel=found.id,
            ts=self.workspace.times.next(),
            user=person.id,
            team=person.team_id,
            text=f"<@{person.id}> {what}d the channel",
            subtype=f"{kind}_{what}",
        )
        found.is_archived = on
        self.workspace.changes.publish("channel", channel=found.as_json())
        self.workspace.post(line)
        self._tell(events.happened_to(found, what, self.workspace.times.next(), user=person.id), found)

    def _tell(self, event: Json, channel: Channel) -> None:
        """Of public channels the whole workspace hears, whoever is in them; of private ones their members."""
        self.workspace.send(event, None if channel.kind == "channel" else channel)

    def _managed(self, user: str, channel: str) -> tuple[Person, Channel]:
        person, found = self.person_in(user, channel)
        if found.kind in ("im", "mpim"):
            raise LookupError("a direct message is nobody's to manage")
        return person, found
