"""What is kept about people: ignore, forget, and export it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from slack_sdk.models.blocks import ConfirmObject
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import queries as channels
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.channels.view import in_words
from bot.db import Store, mascots
from bot.db.engine import insert
from bot.db.tables import (
    ChannelRow,
    GreetedRow,
    IntakeRow,
    MascotRow,
    OfferRow,
    PersonRow,
    PostRow,
    ReferenceRow,
    SettingChangeRow,
    ThreadRow,
)
from bot.db.values import NAMELESS, stand_in
from bot.jobs import Queue
from bot.jobs.runner import refresh_cards
from bot.review import export
from bot.review import record as reviews
from bot.slack.blocks import Message, actions, button, context, message, section
from bot.slack.messenger import Messenger
from bot.slack.text import escape
from bot.slack.users import Members
from bot.text import folded, listed

FORGET = "privacy.forget"

_NAMING = ("user", "before", "after")  # columns of `SettingChangeRow` that tell of people

ABOUT_REVIEW = (
    "Who decided what about a mascot, and when: CSV for spreadsheets, JSON for programs. "
    "The record stays; its links last as long as Slack keeps the messages."
)
ONLY_ADMINS_EXPORT = "Only admins of this workspace can export a channel's record."
_FINAL = "It can't be undone."
CHANGES = ("at", "channel", "user", "setting", "before", "after")  # columns of a record of settings
NOBODY = ""  # a forgotten person, in rows that need not tell forgotten people apart


@dataclass
class Privacy:
    """Read, change and export what is kept about people; an export interrupted by a crash is sent again."""

    store: Store
    queue: Queue
    members: Members
    permissions: Permissions
    messenger: Messenger

    async def notice(self, actor: Actor, noticed: bool) -> Message:
        """Record whether to take in a person's images without being asked."""
        ignored = {"ignored": not noticed}
        async with self.store.write() as session:
            row = insert(session, PersonRow).values(team=actor.team, user=actor.user, **ignored)
            changed = row.on_conflict_do_update(index_elements=["team", "user"], set_=ignored)
            await session.execute(changed)
        if noticed:
            return Message.of("I notice the images you post again, where the channel is set to add them.")
        return Message.of(
            "From now on I leave the images you post alone.",
            ("To add one anyway, mention me or use /masko. /masko notice me ends this.",),
        )

    async def kept(self, actor: Actor) -> Message:
        """Say what is kept about a person, with a button that removes it."""
        async with self.store.read() as session:
            theirs = await kept(session, actor.team, actor.user)
        return forgetting(theirs) if theirs else Message.of("Nothing is kept about you.")

    async def forget(self, actor: Actor) -> None:
        """Remove a person's name from all that is kept; their decisions about mascots stay."""
        who = (actor.team, actor.user, stand_in(actor.user, token_hex(16)))
        async with self.store.write() as session:
            await forget(session, *who)
            for mascot_id in await reviews.forget(session, *who):
                record = await reviews.load(session, mascot_id)
                assert record is not None, "mascots are never deleted here"
                await reviews.note_state(session, record)
                await refresh_cards(session, self.queue, mascot_id)

    async def export(self, actor: Actor, channel: str) -> Message:
        """Send a channel's record to an admin, in direct messages; from there, all channels' settings' too.

        Raises SlackError, CannotTell.
        """
        if not (await self.permissions.person(actor.user)).admin:
            return Message.of(ONLY_ADMINS_EXPORT)
        async with self.store.read() as session:
            columns, rows = await channel_record(session, actor.team, channel)
            changes = await channels.setting_changes(session, actor.team, channel)
        files = {f"masko-{channel}.csv": export.table(columns, rows)} if rows else {}
        if changes:
            of = "all" if channel.startswith("D") else channel
            files[f"masko-{of}.settings.csv"] = export.table(CHANGES, await self._told(actor, changes))
        if not files:
            return Message.of("Nothing was posted or changed in this channel yet, as far as I know.")
        words = f"What happened to every image in <#{channel}>, and who changed which setting."
        await self.messenger.share_files(await self.members.conversation_with(actor.user), files, words)
        return Message.of("The record of this channel is in our direct messages.")

    async def _told(self, actor: Actor, changes: Sequence[SettingChangeRow]) -> list[Sequence[Any]]:
        """Return rows of `CHANGES`; mascots that somebody does not see are not named."""
        chosen = {id_ for each in changes if each.setting == "mascot_id" for id_ in (each.before, each.after)}
        visible = await self.permissions.visible(actor, chosen - {None})
        async with self.store.read() as session:
            rows = [await mascots.mascot(session, each) for each in visible]
        names = {row.id: row.name for row in rows if row and row.name}
        return [(each.at, each.channel, each.user, *in_words(each, names, ids=True)) for each in changes]

    async def export_review(self, actor: Actor, mascot: MascotRow) -> Message:
        """Send a mascot's review to a member in direct messages.  Raises SlackError, Denied, CannotTell."""
        if not (await self.permissions.person(actor.user)).member:
            return Message.of("Only members of this workspace can export the record of a review.")
        await self.permissions.require(actor, Act.SEE, mascot=mascot.id)
        name = mascot.name or "this mascot"
        async with self.store.read() as session:
            record = await reviews.load(session, mascot.id)
            editions = await reviews.editions(session, mascot.id)
        if record is None or not record.entries:
            return Message.of(f"Nobody has reviewed {name} yet, so there is no record.")
        called = "-".join(["review", *(re.findall(r"\w+", folded(mascot.name or "")[:60]) or [mascot.id])])
        csv, json_ = export.as_csv(record, editions), export.as_json(record, editions)
        files = {f"{called}.csv": csv, f"{called}.json": json_}
        await self.messenger.share_files(
            await self.members.conversation_with(actor.user), files, ABOUT_REVIEW
        )
        return Message.of(f"The record of the review of {name} is in our direct messages.")


def forgetting(kept: Sequence[str]) -> Message:
    """Return what is kept about a person, what removing it means, and the button that does it."""
    words = f"About you I keep {listed(kept, most=len(kept))}."
    means = (
        "Forgetting takes your name, file names, descriptions and comments off all of it. The mascots are "
        "your team's, so their references stay in Masko. So do votes, as somebody's: what is approved stays "
        f"so, and they approve nothing new. {_FINAL}"
    )
    forget = button("Forget me", FORGET, "me", "danger")
    forget.confirm = ConfirmObject(title="Forget me?", text=_FINAL, confirm="Forget me", deny="Cancel")
    blocks = (section(words, "kept"), context(means, block_id="means"), actions([forget], "forget"))
    return message(escape(f"{words} {means}"), blocks)


async def kept(session: AsyncSession, team: str, user: str) -> list[str]:
    """Return what is kept about a person, as `2 posts`; empty for nothing."""
    theirs = (PostRow.team == team, PostRow.user == user)
    added = (MascotRow.team == team, ReferenceRow.added_by == user)
    count = select(func.count())
    posts = await session.scalar(count.select_from(PostRow).where(*theirs))
    images = await session.scalar(count.select_from(IntakeRow).join(PostRow).where(*theirs))
    references = await session.scalar(count.select_from(ReferenceRow).join(MascotRow).where(*added))
    votes, comments, reviews_naming = await reviews.kept(session, team, user)
    changes = await _changes_naming(session, team, user)
    counts = (
        (posts, "post", "posts"),
        (images, "image", "images"),
        (references, "reference with your name", "references with your name"),
        (len(await _naming(session, team, user)), "channel that names you", "channels that name you"),
        (len(changes), "change of settings that names you", "changes of settings that name you"),
        (votes, "vote", "votes"),
        (comments, "comment", "comments"),
        (reviews_naming, "review that names you", "reviews that name you"),
    )
    return [f"{number} {one if number == 1 else many}" for number, one, many in counts if number]


async def forget(session: AsyncSession, team: str, user: str, standing_for: str) -> None:
    """Remove a person's name from all that is kept, and what their posts said of their files.

    References stay, with `standing_for` as their poster, who still may not approve them.  A channel
    where only they could review becomes one where nobody can: nobody asked to open it to everyone.  That
    they are no longer named there is recorded as a change of theirs, as all others with the stand-in.
    """
    posts = select(PostRow.id).where(PostRow.team == team, PostRow.user == user)
    for image in (await session.scalars(select(IntakeRow).where(IntakeRow.post_id.in_(posts)))).all():
        change = update(IntakeRow).where(IntakeRow.id == image.id)
        await session.execute(change.values(_nameless(image.facts) | {"url": None}))
    of_team = select(MascotRow.id).where(MascotRow.team == team)
    theirs = (ReferenceRow.mascot_id.in_(of_team), ReferenceRow.added_by == user)
    for reference in (await session.scalars(select(ReferenceRow).where(*theirs))).all():
        change = update(ReferenceRow).where(ReferenceRow.id == reference.id)
        await session.execute(change.values(_nameless(reference.facts) | {"added_by": standing_for}))
    await session.execute(update(PostRow).where(PostRow.id.in_(posts)).values(user=NOBODY))
    for row in await _naming(session, team, user, lock=True):
        now = channels.settings_from(row)
        people = tuple(each for each in now.review.people if each != user)
        setters = tuple(each for each in now.setters if each != user)
        settings = replace(now, review=replace(now.review, people=people), setters=setters)
        await channels.write_settings(session, team, row.channel, settings, by=user)
    for change_id, told in await _changes_naming(session, team, user):
        nameless = json.loads(told.replace(f'"{user}"', f'"{standing_for}"'))
        await session.execute(update(SettingChangeRow).filter_by(id=change_id).values(nameless))
    invited = (ChannelRow.team == team, ChannelRow.invited_by == user)
    await session.execute(update(ChannelRow).where(*invited).values(invited_by=standing_for))
    for table in (GreetedRow, OfferRow):
        await session.execute(delete(table).where(table.team == team, table.user == user))


async def channel_record(
    session: AsyncSession, team: str, channel: str
) -> tuple[list[str], list[Sequence[Any]]]:
    """Return columns and rows: a channel's images, the oldest first; `user` is empty if forgotten."""
    its_thread = (
        (ThreadRow.team == PostRow.team)
        & (ThreadRow.channel == PostRow.channel)
        & (ThreadRow.thread_ts == PostRow.thread_ts)
    )
    found = await session.execute(
        select(
            PostRow.created_at.label("at"),
            PostRow.user,
            IntakeRow.name.label("image"),
            IntakeRow.state.label("outcome"),
            IntakeRow.detail,
            MascotRow.id.label("mascot_id"),
            MascotRow.name.label("mascot"),
            PostRow.ts,
            PostRow.thread_ts,
        )
        .join(IntakeRow, IntakeRow.post_id == PostRow.id)
        .outerjoin(ThreadRow, its_thread)
        .outerjoin(MascotRow, MascotRow.id == func.coalesce(PostRow.wants_mascot, ThreadRow.mascot_id))
        .where(PostRow.team == team, PostRow.channel == channel)
        .order_by(PostRow.id, IntakeRow.id)
    )
    return list(found.keys()), [tuple(row) for row in found]


async def _naming(session: AsyncSession, team: str, user: str, *, lock: bool = False) -> list[ChannelRow]:
    """Return the channels whose settings name a person; the databases have no common query for that."""
    rows = select(ChannelRow).where(ChannelRow.team == team)
    found = await session.scalars(rows.with_for_update() if lock else rows)
    return [row for row in found if user in (*row.review_people, *row.setters)]


async def _changes_naming(session: AsyncSession, team: str, user: str) -> list[tuple[int, str]]:
    """Return the changes of settings by or about a person: id, and as JSON the columns that name people."""
    rows = await session.scalars(select(SettingChangeRow).where(SettingChangeRow.team == team))
    told = ((row.id, json.dumps({name: getattr(row, name) for name in _NAMING})) for row in rows)
    return [(row_id, naming) for row_id, naming in told if f'"{user}"' in naming]


def _nameless(facts: str | None) -> dict[str, str | None]:
    kept = json.dumps({**json.loads(facts), "name": NAMELESS}) if facts else None
    return {"name": NAMELESS, "alt": None, "facts": kept}
