"""Votes and comments: each act is decided, stored and reported, one at a time for each mascot."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import permission_rules as rules
from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor, Denied, Permissions
from bot.channels.queries import reviewed_in
from bot.db import Store, mascots
from bot.db.tables import PostRow
from bot.db.values import Did
from bot.errors import Refusal
from bot.jobs import Handler, Job, Queue
from bot.jobs.runner import RULED, Actions, refresh_cards
from bot.mascots.service import Mascots
from bot.review import record as reviews
from bot.review import text
from bot.review.model import MOST_WORDS, VOTES, Difference, Entry, concludes, difference
from bot.review.notify import announce, catch_up, settle, tell
from bot.review.record import Record, add, load
from bot.slack.blocks import Message, Offer, offer_button
from bot.slack.events import Post
from bot.slack.messenger import Messenger
from bot.slack.request import Request
from bot.slack.typed import as_typed
from bot.text import visible

ACT = "review.act"
NOT_WHO_DISMISSES = (
    "Only admins of this workspace and whoever asked for the review can dismiss a request for changes. "
    "Ask one of them, or its author to take it back."
)
NO_CHANGE = "There is nothing to compare: these are the references and the prompt that were voted on."
FRESH_FOR = timedelta(seconds=60)  # for which what Masko said of a mascot is good enough to vote on

_MENTIONED = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_DECISIONS = {Did.APPROVED, Did.REQUESTED}
_PERMISSIONS = {
    Did.APPROVED: rules.Act.APPROVE,
    Did.REQUESTED: rules.Act.REQUEST,
    Did.WITHDREW: rules.Act.SEE,
}
"""What somebody has to be permitted for an act; for the others, to comment."""


@dataclass(frozen=True)
class Act:
    """What a person does about a review, from the listener to the record."""

    did: Did
    key: str  # idempotency key, the same for each delivery by Slack
    at: float  # seconds since 1970, by Slack's clock if Slack gives the time
    request: Request
    mascot_id: str
    ts: str = ""
    seen: str | None = None  # digest of the mascot as they saw it
    words: str | None = None
    about: str | None = None
    answers: int | None = None
    undoes: Did | None = None  # for a withdrawal: only this kind of vote
    said: bool = False  # in the thread, so no reply reports it
    quietly: bool = False  # no reply if it changes nothing


def changes_nothing(act: Act, record: Record) -> str | None:
    """Return why an act is not to be recorded; None if it is."""
    review, user = record.review, act.request.user
    last, stands = review.last_vote.get(user), review.standing.get(user)
    is_old = act.did in _DECISIONS and act.seen not in (None, record.edition.digest)
    if is_old or (act.about is not None and record.edition.named(act.about) is None):
        return text.OLD_CARD
    requests = [each.id for each in record.entries if each.did is Did.REQUESTED]
    if act.answers is not None and act.answers not in requests:
        return "That request for changes is gone, so there's nothing to answer."
    if act.did in VOTES and last is not None and last.at > datetime.fromtimestamp(act.at, UTC):
        return "You've decided differently since then, so that counts."
    if only_noted(act, record):
        return None
    match act.did:
        case Did.APPROVED if not record.edition.parts:
            return "This mascot has no references, so there's nothing to approve. Add one first."
        case Did.APPROVED if record.mascot.describe_until is not None:
            return "Masko is still describing the image. Approve once the prompt is on the card."
        case Did.APPROVED if _counts_already(act, record):
            return "Your approval counts already."
        case Did.REQUESTED if (before := record.review.vote_of(act.request.user)) and (
            (before.did, before.words, before.about) == (Did.REQUESTED, act.words, act.about)
        ):
            return "You have asked for this before, and it still stands."
        case Did.WITHDREW if stands is None or stands.did not in ({act.undoes} if act.undoes else _DECISIONS):
            return "You aren't asking for changes." if act.undoes else "You have no vote to take back."
        case Did.DISMISSED if act.answers not in {each.id for each in review.requests}:
            return "That request for changes doesn't stand any more, so there's nothing to dismiss."
    return None


def _counts_already(act: Act, record: Record) -> bool:
    """Return whether an approval stands, unless repeating it concludes the review by changed rules."""
    due = concludes(record.review, record.settings.review.approvals)
    vote = record.review.vote_of(act.request.user)
    return vote is not None and vote.did is Did.APPROVED and not due


def only_noted(act: Act, record: Record) -> bool:
    """Return whether an emoji changes nothing; its line keeps an older act from counting that comes later."""
    if act.did is Did.APPROVED:
        return act.quietly and _counts_already(act, record)
    return act.quietly and act.did is Did.WITHDREW and act.request.user not in record.review.standing


@dataclass
class Reviews:
    """Take votes, requests for changes and comments, and compare editions."""

    store: Store
    queue: Queue
    actions: Actions
    messenger: Messenger
    mascots: Mascots
    permissions: Permissions

    def __post_init__(self) -> None:
        self.actions.add(ACT, self._decide, failed="That was not done.")
        self.queue.handle(RULED, Handler(self._note_rules))

    async def ask(self, act: Act) -> None:
        """Store an act; a job decides it and answers its author."""
        lock = f"review:{act.request.team}:{act.mascot_id}"
        await self.actions.submit(ACT, act.request, lock=lock, key=f"act:{act.key}", act=asdict(act))

    async def react(self, act: Act) -> None:
        """Store an emoji on a message, if that is a card; `act` lacks the mascot and the thread."""
        asked = act.request
        async with self.store.read() as session:
            thread = await mascots.thread_with_card(session, asked.team, asked.channel, act.ts)
            record = await load(session, thread.mascot_id) if thread and thread.mascot_id else None
            if thread is None or record is None:
                return
            as_now = await _was_so(session, record, act.at)
        seen = record.edition.digest if as_now else "another"  # the digest of none
        request = replace(asked, thread_ts=thread.thread_ts)
        await self.ask(replace(act, mascot_id=record.mascot.id, request=request, seen=seen))

    async def hear(self, post: Post) -> None:
        """Store a reply without images: words to who requested changes, else the link of a reviewer's."""
        async with self.store.read() as session:
            thread = await mascots.known_thread(session, post.team, post.channel, post.root_ts)
            record = await load(session, thread.mascot_id) if thread and thread.mascot_id else None
        if record is None or not record.entries:
            return
        review, mentioned = record.review, set(_MENTIONED.findall(post.text))
        requests = review.requests
        answered = next((each for each in reversed(requests) if each.user in mentioned), None)
        if answered is not None:
            said = visible(as_typed(_MENTIONED.sub(" ", post.text))).strip()[:MOST_WORDS]
            answer = _said(post, post.root_ts, record.mascot.id, Did.COMMENTED, said)
            await self.ask(replace(answer, answers=answered.id, quietly=True))
        elif post.user in review.last_vote or any(post.user in ask.reviewers for ask in review.asks):
            await self.ask(replace(_said(post, post.root_ts, record.mascot.id, Did.REPLIED), quietly=True))

    async def comment(self, post: PostRow, mascot_id: str, words: str) -> None:
        """Store what a person said to the bot in a mascot's thread, and tell them that it is kept."""
        await self.ask(_said(post, post.thread_ts, mascot_id, Did.COMMENTED, words[:MOST_WORDS]))

    async def record(self, mascot_id: str, actor: Actor, did: Did | None = None) -> Record:
        """Return a mascot's record, for those who see it, or who may also do what is given to it.

        Raises Denied, also if it is gone, CannotTell.
        """
        if (record := await self._record(mascot_id, actor.team)) is None:
            raise Denied(NOT_KNOWN)
        if (refusal := await self._refusal(did, actor, record)) is not None:
            raise Denied(refusal)
        return record

    async def comparison(
        self, mascot_id: str, actor: Actor, was: str | None = None
    ) -> tuple[str | None, Difference]:
        """Return a mascot's name and its difference from the edition `was`, else from that voted on last.

        Raises Refusal if there is none, Denied and CannotTell as `record`.
        """
        record = await self.record(mascot_id, actor)
        last = record.review.last_vote.get(actor.user)
        if last is None or last.edition == record.edition.digest:
            voted = [
                each for each in record.review.standing.values() if each.edition != record.edition.digest
            ]
            last = max(voted, key=lambda each: each.id, default=None)
        async with self.store.read() as session:
            then = (await reviews.editions(session, mascot_id)).get(was or (last.edition if last else ""))
        if then is None or then.digest == record.edition.digest:
            raise Refusal(NO_CHANGE)
        return record.mascot.name, difference(then, record.edition)

    async def _record(self, mascot_id: str, team: str) -> Record | None:
        async with self.store.read() as session:
            record = await load(session, mascot_id)
        return record if record is not None and record.known_to(team) else None

    async def _decide(self, job: Job, request: Request) -> Message | None:
        act = TypeAdapter(Act).validate_python(job.payload["act"])
        async with self.store.read() as session:
            if await reviews.entry(session, act.key) is not None:
                return None  # delivered again
        record = await self._record(act.mascot_id, request.team)
        if record is None:
            return Message.of(NOT_KNOWN)
        if act.did is Did.APPROVED:  # who may approve depends on what it is
            await self.mascots.look_again(act.mascot_id, FRESH_FOR)
        refusal = await self._refusal(act.did, Actor(request.team, request.user), record)
        where = (request.team, request.channel, request.thread_ts or "")
        if refusal is None and not await self.mascots.is_shown_in(*where, act.mascot_id):
            refusal = text.NO_THREAD
        if refusal is not None:
            return None if act.did is Did.REPLIED else Message.of(refusal)
        if act.did is Did.REQUESTED and not act.words:
            about = f"{act.mascot_id} {record.edition.digest} {request.thread_ts or ''}"
            question = f"What should change about {record.mascot.name or 'this mascot'}?"
            return Message.of(question, buttons=(offer_button(Offer.REQUEST, about),))
        link = await self.messenger.permalink(request.channel, act.ts) if act.ts else None
        return await self.store.write_at_once(lambda session: self._enter(session, act, link))

    async def _refusal(self, did: Did | None, actor: Actor, record: Record) -> str | None:
        needed = _PERMISSIONS.get(did, rules.Act.COMMENT) if did else rules.Act.SEE
        refusal = await self.permissions.refusal(actor, needed, mascot=record.mascot.id)
        if refusal is None and did is Did.DISMISSED and actor.user not in record.review.asked_by:
            return None if (await self.permissions.person(actor.user)).admin else NOT_WHO_DISMISSES
        return refusal

    async def _enter(self, session: AsyncSession, act: Act, link: str | None) -> Message | None:
        record = await catch_up(session, self.queue, act.mascot_id)
        if record is None or record.mascot.gone_at is not None:
            return Message.of(NOT_KNOWN)
        if (why := changes_nothing(act, record)) is not None:
            await refresh_cards(session, self.queue, act.mascot_id)  # perhaps they looked at an old one
            return None if act.quietly and why != text.OLD_CARD else Message.of(why)
        entry = Entry(
            did=act.did,
            at=datetime.fromtimestamp(act.at, UTC),
            user=act.request.user,
            edition=record.edition.digest,
            words=act.words,
            about=act.about,
            answers=act.answers,
            needed=record.settings.review.approvals,
            channel=act.request.channel,
            thread_ts=act.request.thread_ts or "",
            ts=act.ts,
            link=link,
        )
        if (added := await add(session, record, entry, act.key)) is None:
            return None  # done meanwhile, by a worker that was taken for dead
        if act.said:
            name = record.mascot.name or "this mascot"
            kept = f"Kept as a comment on {name}; it isn't a vote. @Masko help lists what I understand."
            return None if act.quietly else Message.of(kept)
        changed = added[0].review.state is not record.review.state
        if changed or act.did not in (Did.APPROVED, Did.WITHDREW):  # the card shows the other votes
            await tell(session, self.queue, *added)
        await settle(session, self.queue, record.review, added[0])
        if act.did is not Did.APPROVED:  # an approval is told together with what follows from it
            await announce(session, self.queue, added[0])
        await refresh_cards(session, self.queue, act.mascot_id)
        return None

    async def _note_rules(self, job: Job) -> None:
        """Record who changed a channel's settings, for each review that they apply to."""
        actor, channel = Actor(**job.payload["actor"]), job.payload["channel"]
        at, changed = datetime.fromtimestamp(job.payload["at"], UTC), " ".join(job.payload["changed"])
        async with self.store.read() as session:
            reviewed = await reviewed_in(session, actor.team, channel)
        for mascot_id in reviewed:
            async with self.store.write() as session:
                if (record := await catch_up(session, self.queue, mascot_id)) is not None:
                    digest = record.edition.digest
                    entry = Entry(Did.RULED, at, actor.user, digest, words=changed, channel=channel)
                    await add(session, record, entry, f"rules:{job.id}:{mascot_id}")


def _said(post: Post | PostRow, thread_ts: str, mascot_id: str, did: Did, words: str | None = None) -> Act:
    request = Request(post.team, post.channel, post.user, thread_ts)
    key = f"post:{post.channel}:{post.ts}:{did}"
    return Act(did, key, float(post.ts), request, mascot_id, ts=post.ts, words=words, said=True)


async def _was_so(session: AsyncSession, record: Record, at: float) -> bool:
    """Return whether a mascot was already as now when an emoji was put; Slack may report that late."""
    held = set(record.mascot.reference_ids)
    references = await mascots.references(session, record.mascot.id)
    came = [each.created_at for each in references if each.asset_id in held]
    became = [each.at for each in record.entries if each.did is Did.CHANGED]
    return max([*came, *became], default=datetime.fromtimestamp(0, UTC)) <= datetime.fromtimestamp(at, UTC)
