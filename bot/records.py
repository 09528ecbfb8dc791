"""A channel's record as a file, for those who look after the workspace."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import fields

from bot.messages import Line
from bot.slack.members import Members
from bot.slack.uploads import Uploads
from bot.store import Store, records
from bot.store.records import Recorded

ONLY_ADMINS = "Only admins of this workspace may export a channel's record."
NOTHING_YET = "Nothing was posted in this channel yet, as far as I know."
SENT = "The record of this channel is in our direct messages."

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Records:
    """Gives records to people.

    Args:
        store: has them.
        members: tells who is an admin.
        uploads: hands files over.
    """

    def __init__(self, store: Store, members: Members, uploads: Uploads) -> None:
        self._store = store
        self._members = members
        self._uploads = uploads

    async def export(self, team: str, channel: str, user: str) -> Line:
        """Send a channel's record to an admin, in direct messages.

        Asked again after a crash in its midst, it is sent again: a private file too many harms nobody.

        Returns:
            What to tell whoever asked.

        Raises:
            SlackError: Slack was not reached, or does not allow it.
        """
        if not await self._members.is_admin(user):
            return Line(ONLY_ADMINS)
        async with self._store.read() as session:
            rows = await records.of_channel(session, team, channel)
        if not rows:
            return Line(NOTHING_YET)
        conversation = await self._members.conversation_with(user)
        words = f"What became of every picture in <#{channel}>."
        await self._uploads.share(conversation, f"masko-{channel}.csv", as_csv(rows), words)
        return Line(SENT)


def as_csv(rows: Iterable[Recorded]) -> bytes:
    """The record as CSV (RFC 4180) in UTF-8, with a mark at its beginning by which spreadsheets know that.

    A cell that a spreadsheet would take for a formula gets an apostrophe: names of files come from anybody.
    """
    out = io.StringIO()
    written = csv.writer(out)
    names = [field.name for field in fields(Recorded)]
    written.writerow(names)
    for row in rows:
        written.writerow([_cell(getattr(row, name)) for name in names])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
