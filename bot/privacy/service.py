"""What is kept about people: ignore, forget, and export it."""

from __future__ import annotations

import re
from secrets import token_hex

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    SectionBlock,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store
from bot.db.tables import MascotRow
from bot.db.values import stand_in
from bot.jobs import Queue
from bot.jobs.runner import refresh_cards
from bot.privacy import queries
from bot.privacy.queries import Kept
from bot.review import export
from bot.review import record as reviews
from bot.review.record import load
from bot.slack.blocks import Message, message
from bot.slack.messenger import Messenger
from bot.slack.text import escape, plain
from bot.slack.users import Members
from bot.text import folded

FORGET = "privacy.forget"

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


class Privacy:
    """Read, change and export what is kept about people; an export interrupted by a crash is sent again."""

    def __init__(
        self, store: Store, queue: Queue, members: Members, permissions: Permissions, messenger: Messenger
    ) -> None:
        self._store = store
        self._queue = queue
        self._members = members
        self._permissions = permissions
        self._messenger = messenger

    async def notice(self, actor: Actor, noticed: bool) -> Message:
        """Record whether to take in a person's images without being asked."""
        await self._store.write_at_once(
            lambda session: queries.ignore(session, actor.team, actor.user, not noticed)
        )
        if noticed:
            return Message.of("Pictures that you post are taken in again, where the channel says so.")
        return Message.of(
            "Pictures that you post are left alone from now on.",
            ("Mention me or use /masko where you want one taken in. /masko notice me ends this.",),
        )

    async def kept(self, actor: Actor) -> Message:
        """Say what is kept about a person, with a button that removes it."""
        async with self._store.read() as session:
            kept = await queries.kept(session, actor.team, actor.user)
        return Message.of("Nothing is kept about you.") if kept == Kept() else forgetting(kept)

    async def forget(self, actor: Actor) -> None:
        """Remove a person's name from all that is kept; their decisions about mascots stay."""
        who = (actor.team, actor.user, stand_in(actor.user, token_hex(16)))

        async def forget(session: AsyncSession) -> None:
            await queries.forget(session, *who)
            for mascot_id in await reviews.forget(session, *who):
                record = await load(session, mascot_id)
                assert record is not None, "mascots are never deleted here"
                await reviews.note_state(session, record)
                await refresh_cards(session, self._queue, mascot_id)

        await self._store.write_at_once(forget, urgent=True)

    async def export(self, actor: Actor, channel: str) -> Message:
        """Send a channel's record to an admin, in direct messages.  Raises SlackError."""
        if not (await self._permissions.person(actor.user)).admin:
            return Message.of(ONLY_ADMINS)
        async with self._store.read() as session:
            columns, rows = await queries.channel_record(session, actor.team, channel)
        if not rows:
            return Message.of(NOTHING_YET)
        words = f"What became of every picture in <#{channel}>."
        files = {f"masko-{channel}.csv": export.table(columns, rows)}
        await self._messenger.share_files(await self._members.conversation_with(actor.user), files, words)
        return Message.of(SENT)

    async def export_review(self, actor: Actor, mascot: MascotRow) -> Message:
        """Send a mascot's review to a member in direct messages.  Raises SlackError, Denied, CannotTell."""
        if not (await self._permissions.person(actor.user)).member:
            return Message.of(ONLY_MEMBERS)
        await self._permissions.require(actor, Act.SEE, mascot=mascot.id)
        name = mascot.name or "this mascot"
        async with self._store.read() as session:
            record = await load(session, mascot.id)
            editions = await reviews.editions(session, mascot.id)
        if record is None or not record.entries:
            return Message.of(NOTHING_SAID.format(name))
        called = "-".join(["review", *re.findall(r"\w+", folded(mascot.name or "")[:MOST_OF_NAME])])
        if called == "review":
            called = f"review-{mascot.id}"
        files = {
            f"{called}.csv": export.as_csv(record, editions),
            f"{called}.json": export.as_json(record, editions),
        }
        conversation = await self._members.conversation_with(actor.user)
        await self._messenger.share_files(conversation, files, ABOUT_REVIEW)
        return Message.of(REVIEW_SENT.format(name))


def forgetting(kept: Kept) -> Message:
    """Return what is kept about a person, what removing it means, and the button that does it."""
    words = (
        f"About you I keep {_count(kept.posts, 'post')} with {_count(kept.images, 'picture')}, "
        f"and your name on {_count(kept.references, 'reference')} of mascots."
    )
    if kept.reviewer_in:
        words += f" {_count(kept.reviewer_in, 'channel')} named you as a reviewer."
    means = (
        "Forgetting takes your name, file names and descriptions off all of it. The mascots are your team's, "
        "so their references stay in Masko."
    )
    if kept.votes or kept.comments:
        said = f"{_count(kept.votes, 'vote')} and {_count(kept.comments, 'comment')}"
        words += f" In the records of reviews there are {said} of yours."
        means += (
            " So do your votes, as somebody's: what is approved stays so, and they approve nothing new. "
            "What you wrote about them goes."
        )
    if kept.named_in:
        named = "1 review names" if kept.named_in == 1 else f"{kept.named_in} reviews name"
        words += f" {named} you as somebody who asked, was asked or posted."
    means += " It cannot be undone."
    sure = ConfirmObject(
        title="Forget me?", text=plain("It cannot be undone."), confirm="Forget me", deny="Cancel"
    )
    button = ButtonElement(
        text=plain("Forget me"), action_id=FORGET, value="me", style="danger", confirm=sure
    )
    blocks: list[Block] = [
        SectionBlock(text=plain(words), block_id="kept"),
        ContextBlock(elements=[plain(means)], block_id="means"),
        ActionsBlock(elements=[button], block_id="forget"),
    ]
    return message(escape(f"{words} {means}"), blocks)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
