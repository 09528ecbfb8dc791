"""Records as files: a channel's, for those who look after the workspace, and a review's, for its members."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store
from bot.db.tables import MascotRow
from bot.privacy import record_rows as records
from bot.privacy.record_rows import Recorded
from bot.review import export
from bot.review import queries as reviews
from bot.review.record import load
from bot.review.spreadsheets import as_csv as table
from bot.slack.blocks import Message
from bot.slack.messenger import Messenger
from bot.slack.users import Members
from bot.text import folded

ONLY_ADMINS = "Only admins of this workspace may export a channel's record."
NOTHING_YET = "Nothing was posted in this channel yet, as far as I know."
SENT = "The record of this channel is in our direct messages."

ONLY_MEMBERS = "Only members of this workspace may export the record of a review."
NOTHING_SAID = "Nobody has reviewed {} yet, so there is no record."
REVIEW_SENT = "The record of the review of {} is in our direct messages."
ABOUT_REVIEW = (
    "Who decided what about a mascot, and when: CSV for spreadsheets, JSON for programs. "
    "The record stays; its links last as long as Slack keeps the messages."
)
MOST_OF_NAME = 60  # characters of a mascot's name in the name of a file


class Records:
    """Gives records to people.

    Asked again after a crash in its midst, it sends them again: a private file too many harms nobody.

    Args:
        store: has them.
        members: opens direct messages.
        permissions: says who may.
        messenger: hands files over.
    """

    def __init__(
        self, store: Store, members: Members, permissions: Permissions, messenger: Messenger
    ) -> None:
        self._store = store
        self._members = members
        self._permissions = permissions
        self._messenger = messenger

    async def export(self, team: str, channel: str, user: str) -> Message:
        """Send a channel's record to an admin, in direct messages.

        Returns:
            What to tell whoever asked.

        Raises:
            SlackError: Slack was not reached, or does not allow it.
        """
        if not (await self._permissions.person(user)).admin:
            return Message.of(ONLY_ADMINS)
        async with self._store.read() as session:
            rows = await records.of_channel(session, team, channel)
        if not rows:
            return Message.of(NOTHING_YET)
        conversation = await self._members.conversation_with(user)
        words = f"What became of every picture in <#{channel}>."
        await self._messenger.share_files(conversation, {f"masko-{channel}.csv": as_csv(rows)}, words)
        return Message.of(SENT)

    async def export_review(self, mascot: MascotRow, user: str) -> Message:
        """Send the record of a mascot's review to a member of the workspace, in direct messages.

        Args:
            mascot: also one that was deleted in Masko since.

        Returns:
            What to tell whoever asked.

        Raises:
            SlackError: Slack was not reached, or does not allow it.
            Denied, CannotTell: they do not see it, as far as is known.
        """
        if not (await self._permissions.person(user)).member:
            return Message.of(ONLY_MEMBERS)
        await self._permissions.require(Actor(mascot.team, user), Act.SEE, mascot=mascot.id)
        name = mascot.name or "this mascot"
        async with self._store.read() as session:
            record = await load(session, mascot.id)
            editions = await reviews.editions(session, mascot.id)
        if record is None or not record.entries:
            return Message.of(NOTHING_SAID.format(name))
        conversation, called = await self._members.conversation_with(user), _file_name(mascot)
        files = {
            f"{called}.csv": export.as_csv(record, editions),
            f"{called}.json": export.as_json(record, editions),
        }
        await self._messenger.share_files(conversation, files, ABOUT_REVIEW)
        return Message.of(REVIEW_SENT.format(name))


def as_csv(rows: Iterable[Recorded]) -> bytes:
    """A channel's record as CSV."""
    names = [field.name for field in fields(Recorded)]
    return table(names, ([getattr(row, name) for name in names] for row in rows))


def _file_name(mascot: MascotRow) -> str:
    """What the files of a mascot's review are called, without their endings."""
    words = re.findall(r"\w+", folded(mascot.name or "")[:MOST_OF_NAME])
    return "-".join(["review", *words]) if words else f"review-{mascot.id}"
