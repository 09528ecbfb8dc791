"""A sandbox in which everything that has a value is shown: to Ben, who sees only a part of what there is.

Cards and forms are the running bot's own; lists, offers and questions are rendered by its views, with the ids
that they would have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.settings import ChannelSettings
from bot.db import mascots
from bot.db.engine import insert
from bot.db.tables import (
    EditionRow,
    ImageState,
    IntakeRow,
    MascotRow,
    OfferRow,
    PostRow,
    ReferenceRow,
    ThreadRow,
    VoteRow,
)
from bot.db.values import Did, Mode
from bot.jobs.runner import refresh_cards
from bot.review.model import Entry
from bot.review.record import add, load
from bot.sandbox.masko import faults
from tests.e2e.team import Message as Posted
from tests.e2e.team import Team, picture, pictures, set_channel
from tests.hostile.altering import Foreign

Json = dict[str, Any]

ELSEWHERE = "T0ELSEWHERE"
PRESSER, ADMIN = "ben", "chris"


@dataclass(frozen=True)
class Given:
    """Something that Slack delivers where somebody uses what the program shows.

    Attributes:
        name: `action …`, `view …` or `options …`, with the id that the listener is registered for; of a menu
            with the first word of the choice.
        payload: as it is delivered.
    """

    name: str
    payload: Json

    @property
    def listener(self) -> str:
        """What a listener is registered for."""
        return " ".join(self.name.split()[:2])


class World:
    """What there is, and what Ben may have to do with it.

    Attributes:
        known: word → what it names, as the field of `Foreign`.
        foreign: names of what neither Ben nor Chris has a right to.
    """

    known: dict[str, str]
    foreign: Foreign

    def __init__(self, team: Team) -> None:
        self.team = team
        self.slack = team.slack

    # -- what there is ------------------------------------------------------------------------

    async def fill(self) -> None:
        """Posts, mascots, reviews, failures, questions and offers, of people here and elsewhere."""
        team = self.team
        self.felix = await team.post(pictures(2))
        self.otto = await team.post(pictures(8), user=PRESSER)
        self.hidden = await team.post(pictures(7), channel="ana")
        for post, channel in ((self.felix, "mascots"), (self.hidden, "ana")):
            await self._request(post, channel)
        for user, channel in ((PRESSER, "mascots"), ("ana", "ana")):
            team.masko.faults.add("collections.create", faults.insufficient_credits(21, 5), 1)
            await team.post([picture("failed.png", "navy")], user=user, channel=channel)
        for user, channel in ((PRESSER, "mascots"), ("ana", "ana")):
            place = self.slack.directory.team.id, self.slack.directory.channel(channel).id
            await set_channel(team.bot.store, *place, ChannelSettings(mode=Mode.ASK))
            if channel == "ana":
                continue
            self.asked = await team.post([picture("asked.png", "gold")], user=user, channel=channel)
        await team.all_done()
        await self._elsewhere()
        await self._look()

    async def _request(self, post: Posted, channel: str) -> None:
        """Ana wants a change; also in direct messages, where no card offers it."""
        where = self.slack.directory.channel(channel).id

        async def write(session: AsyncSession) -> None:
            thread = await mascots.known_thread(session, self.slack.directory.team.id, where, post["ts"])
            record = await load(session, thread.mascot_id) if thread and thread.mascot_id else None
            assert record is not None
            ana, digest = self.slack.directory.person("ana").id, record.edition.digest
            asked = Entry(Did.REQUESTED, datetime.now(UTC), ana, digest, words="A thinner tail.")
            asked = replace(asked, channel=where, thread_ts=post["ts"])
            await add(session, record, asked, f"request:{where}:{post['ts']}")
            await refresh_cards(session, self.team.bot.queue, record.mascot.id)

        await self.team.bot.store.write_at_once(write)
        await self.team.all_done()

    async def _elsewhere(self) -> None:
        """What another workspace has, in the same database."""
        now = datetime.now(UTC)
        async with self.team.bot.store.write() as session:
            mascot = {
                "id": "elsewhere",
                "team": ELSEWHERE,
                "name": "Elsa",
                "reference_ids": ["asset-elsewhere"],
            }
            await session.execute(insert(session, MascotRow).values(**mascot, created_at=now, read_at=now))
            place = {"team": ELSEWHERE, "channel": "C0ELSEWHERE", "thread_ts": "1700000000.000100"}
            await session.execute(insert(session, ThreadRow).values(**place, mascot_id="elsewhere"))
            post: Json = {"ts": place["thread_ts"], "user": "U0ELSEWHERE", "wants_mascot": "elsewhere"}
            post |= {"from_outside": False, "among_strangers": False, "held_back": True}
            post_id = await session.scalar(
                insert(session, PostRow).values(**place, **post).returning(PostRow.id)
            )
            for state in (ImageState.LEFT_OUT, ImageState.FAILED, ImageState.ADDED):
                image = {"post_id": post_id, "image_key": state.value, "name": "e.png", "source": "hosted"}
                image_id = await session.scalar(
                    insert(session, IntakeRow)
                    .values(**image, showable=False, state=state)
                    .returning(IntakeRow.id)
                )
            reference = {"mascot_id": "elsewhere", "asset_id": "asset-elsewhere", "intake_id": image_id}
            reference |= {"name": "e.png", "showable": False, "added_by": "U0ELSEWHERE"}
            await session.execute(insert(session, ReferenceRow).values(reference))
            owners = ((ELSEWHERE, "U0ELSEWHERE"), (self.slack.directory.team.id, self._id("ana")))
            for offer_id, (team, user) in enumerate(owners, 1001):  # no number of an image
                offer = {
                    "id": offer_id,
                    **place,
                    "team": team,
                    "user": user,
                    "images": [],
                    "response_url": "https://x.example/",
                }
                await session.execute(insert(session, OfferRow).values(offer))

    async def _look(self) -> None:
        """Sort what is known into what Ben has to do with, and what he has not."""
        tables = (PostRow, IntakeRow, ReferenceRow, VoteRow, OfferRow, ThreadRow, MascotRow)
        async with self.team.bot.store.read() as session:
            self.rows: dict[Any, list[Any]] = {
                table: list(await session.scalars(select(table).order_by(table.id))) for table in tables
            }
            editions = list(await session.scalars(select(EditionRow)))
        here = (self.slack.directory.team.id, self.slack.directory.channel("mascots").id)
        posts = {each.id for each in self.rows[PostRow] if (each.team, each.channel) != here}
        seen = {each.mascot_id for each in self.rows[ThreadRow] if (each.team, each.channel) == here}
        mascots = {each.id for each in self.rows[MascotRow] if each.id not in seen}
        theirs = [each for each in self.rows[ReferenceRow] if each.mascot_id in mascots]
        self.numbers = {
            "posts": tuple(sorted(posts)),
            "images": tuple(each.id for each in self.rows[IntakeRow] if each.post_id in posts),
            "references": tuple(each.id for each in theirs),
            "votes": tuple(each.id for each in self.rows[VoteRow] if each.mascot_id in mascots),
            "offers": tuple(each.id for each in self.rows[OfferRow]),
        }
        assert all(self.numbers.values()), "others have something of each kind"
        self.foreign = Foreign(
            numbers=(),
            mascots=tuple(mascots),
            assets=tuple({each.asset_id for each in theirs}),
            channels=(self.slack.directory.channel("ana").id, "C0ELSEWHERE", "C0NOWHERE99"),
            threads=(self.hidden["ts"], "1700000000.000100"),
            digests=(*(each.digest for each in editions if each.mascot_id in mascots), "0" * 64),
            files=tuple(self.hidden["files"][:1]),
        )
        self.known = {each.id: "mascots" for each in self.rows[MascotRow]}
        self.known |= {each.channel: "channels" for each in self.rows[PostRow]}
        self.known |= {each.asset_id: "assets" for each in self.rows[ReferenceRow]}
        self.known |= {each.thread_ts: "threads" for each in self.rows[ThreadRow]}
        self.known |= {each.digest: "digests" for each in editions}

    def foreign_to(self, given: Given) -> Foreign:
        """Names of what is not Ben's that may be put into something."""
        kinds = {
            "action offer.remove": "references",
            "action offer.answer": "votes",
            "view reference.remove": "references",
            "view review.comment": "votes",
            "view reference.replace": "images",
            "view adding.message": "offers",
        }
        numbers = self.numbers[kinds.get(given.listener, "posts")]
        foreign = replace(self.foreign, numbers=numbers)
        if given.listener in ("view review.comment", "view review.ask"):
            return replace(foreign, digests=())  # what they saw is not asked of who comments
        if given.listener == "view channel.settings":
            return replace(foreign, numbers=())  # the only number is how many approvals it takes
        if given.listener == "view adding.new":
            return replace(foreign, channels=())  # what one does not see becomes one's direct messages
        return foreign

    def _mascot_in(self, post: Posted) -> str:
        """The mascot of a post's thread."""
        return str(next(each.mascot_id for each in self.rows[ThreadRow] if each.thread_ts == post["ts"]))

    def _id(self, who: str) -> str:
        return self.slack.directory.person(who).id
