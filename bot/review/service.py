"""Reviews: what people do about a mascot in its thread is decided, written down, shown and told.

Whatever somebody does is a job before Slack hears that it was heard.  The jobs of one mascot run one after
the other, so that of two people at the same moment each is answered by what is true for them.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import permission_rules as rules
from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor, Permissions
from bot.channels.queries import reviewed_in
from bot.db import Store, mascots
from bot.db.values import Did
from bot.errors import BotError
from bot.jobs import Handler, Job, Queue
from bot.jobs.followups import RULED, refresh_cards
from bot.jobs.retry import retry_later
from bot.mascots.service import MascotGone, Mascots
from bot.review import queries as reviews
from bot.review import words
from bot.review.act import Act
from bot.review.changes import announce, catch_up, have_told
from bot.review.deciding import changes_nothing, entry_of, only_noted
from bot.review.edition import Part, difference
from bot.review.record import Record, add, load
from bot.review.state import Entry, Review
from bot.slack.blocks import Message, Offer, Picture, offer_button
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger

log = logging.getLogger(__name__)

ACT = "review.act"

FRESH_FOR = timedelta(seconds=60)  # for which what Masko said of a mascot is good enough to vote on
OTHER_THAN_NOW = ""  # no edition has this digest

WANTS = {
    Did.APPROVED: rules.Act.APPROVE,
    Did.REQUESTED: rules.Act.REQUEST,
    Did.WITHDREW: rules.Act.SEE,
    Did.COMMENTED: rules.Act.COMMENT,
    Did.REPLIED: rules.Act.COMMENT,
}
"""What is asked of the permissions for what somebody does."""


@dataclass(frozen=True)
class Comparison:
    """What a mascot was beside what it is.

    Attributes:
        changed: what is different, in a sentence.
        pairs: the old picture and the new one; None where one only came or went.
        prompts: the old prompt and the new one, where that changed.
    """

    name: str | None
    changed: str
    pairs: tuple[tuple[Picture | None, Picture | None], ...]
    prompts: tuple[str | None, str | None] | None


class Reviews:
    """Takes votes, requests and comments, and says what comes of them.

    Args:
        store: where the records are.
        queue: runs what Slack must not be kept waiting for.
        messenger: posts in Slack.
        mascots: tells what a mascot is now.
        permissions: says who sees a mascot, and whose votes count.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        mascots: Mascots,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._mascots = mascots
        self._permissions = permissions

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {
            RULED: Handler(self._note_rules),
            ACT: Handler(self._act, gave_up=self._gave_up),
        }

    # -- asking -------------------------------------------------------------------------------

    async def ask(self, act: Act) -> None:
        """Write down what somebody does; it is decided from the queue, and said."""
        await self._store.write_at_once(lambda session: self._put(session, act), urgent=True)

    async def react(self, act: Act, card_ts: str) -> None:
        """The same of an emoji on a message; nothing, where that is no card.

        Args:
            act: without mascot and thread, which are those of the card.
            card_ts: the message.
        """

        async def put(session: AsyncSession) -> None:
            thread = await mascots.thread_with_card(session, act.team, act.channel, card_ts)
            record = await load(session, thread.mascot_id) if thread and thread.mascot_id else None
            if thread is None or record is None:
                return
            on = replace(act, mascot_id=record.mascot.id, thread_ts=thread.thread_ts)
            if act.did is not Did.WITHDREW:
                was_so = await _was_so(session, record, act.at)
                on = replace(on, seen=record.edition.digest if was_so else OTHER_THAN_NOW)
            await self._put(session, on)

        await self._store.write_at_once(put, urgent=True)

    async def _put(self, session: AsyncSession, act: Act) -> None:
        lock = f"review:{act.team}:{act.mascot_id}"
        await self._queue.put(session, ACT, lock=lock, payload=asdict(act), key=f"act:{act.key}")

    # -- reading ------------------------------------------------------------------------------

    async def record(self, mascot_id: str, actor: Actor) -> Record | None:
        """All that is known of a mascot's review; None for a mascot that somebody does not see, or is gone.

        Raises:
            CannotTell: Slack did not say what they see.
        """
        if await self._permissions.refusal(actor, rules.Act.SEE, mascot=mascot_id) is not None:
            return None
        return await self._record(mascot_id, actor.team)

    async def _record(self, mascot_id: str, team: str) -> Record | None:
        async with self._store.read() as session:
            record = await load(session, mascot_id)
        if record is None or record.mascot.gone_at is not None or record.mascot.team != team:
            return None
        return record

    async def comparison(
        self, mascot_id: str, actor: Actor, was: str | None = None
    ) -> Comparison | str | None:
        """What a mascot was beside what it is, for somebody who looks again.

        Args:
            actor: who looks: what they voted on last is what they compare with, else what anybody did.
            was: compare with this instead (the edition's digest).

        Returns:
            None where it is what it was; words where the mascot is not known any more.
        """
        record = await self.record(mascot_id, actor)
        if record is None:
            return NOT_KNOWN
        base = was or _looked_at(record.review, actor.user)
        async with self._store.read() as session:
            was_then = await reviews.edition(session, mascot_id, base) if base else None
        changed = difference(was_then, record.edition) if was_then else None
        if changed is None or changed.is_nothing:
            return None
        return Comparison(
            name=record.mascot.name,
            changed=words.what_changed(changed),
            pairs=tuple((_picture(old), _picture(new)) for old, new in changed.pairs),
            prompts=changed.prompts,
        )

    # -- the work -----------------------------------------------------------------------------

    async def _act(self, job: Job) -> None:
        act = Act.from_payload(dict(job.payload))
        try:
            answer = await self._decide(act)
        except MascotGone as gone:
            answer = Message.of(gone.words_alone)
        except BotError as error:
            retry_later(job, error)
            answer = Message.of(f"That was not done. {error.words}")
        if answer is not None:
            await self._whisper(act, answer)

    async def _decide(self, act: Act) -> Message | None:
        """Do it, or say to whoever did it why not."""
        async with self._store.read() as session:
            if await reviews.is_known(session, act.key):
                return None  # done before, by the rules of that time
        await self._read_again(act)
        record = await self._record(act.mascot_id, act.team)
        if record is None:
            return Message.of(NOT_KNOWN)
        refusal = await self._refusal(act, record)
        where = (act.team, act.channel, act.thread_ts)
        if refusal is None and not await self._mascots.is_shown_in(*where, act.mascot_id):
            refusal = words.NO_THREAD
        if refusal is not None:
            return None if act.did is Did.REPLIED else Message.of(refusal)
        if act.did is Did.REQUESTED and not act.words:
            name = record.mascot.name or "this mascot"
            offer = offer_button(Offer.REQUEST, f"{act.mascot_id} {record.edition.digest} {act.thread_ts}")
            return Message.of(f"What should change about {name}?", buttons=(offer,))
        link = await self._messenger.permalink(act.channel, act.ts) if act.ts else None
        return await self._store.write_at_once(lambda session: self._enter(session, act, link))

    async def _read_again(self, act: Act) -> None:
        """Have a mascot read from Masko before a vote on it.

        Raises:
            MascotGone: it was deleted there.
        """
        known = await self._mascots.known(act.mascot_id)
        if known is not None and known.team == act.team and act.did is Did.APPROVED:
            await self._mascots.look_again(act.mascot_id, FRESH_FOR)

    async def _refusal(self, act: Act, record: Record) -> str | None:
        """Why somebody may not do this, for their eyes."""
        actor, wants = Actor(act.team, act.user), WANTS[act.did]
        refusal = await self._permissions.refusal(actor, wants, mascot=act.mascot_id)
        if refusal != NOT_KNOWN and record.home is None and act.did in (Did.APPROVED, Did.REQUESTED):
            return words.NO_THREAD  # and no channel's rules would count
        return refusal

    async def _enter(self, session: AsyncSession, act: Act, link: str | None) -> Message | None:
        """Write it down, with all that follows from it; or say why it changes nothing."""
        record = await catch_up(session, self._queue, act.mascot_id)
        if record is None or record.mascot.gone_at is not None:
            return Message.of(NOT_KNOWN)
        if await reviews.is_known(session, act.key):
            return None  # done before
        if (why := changes_nothing(act, record)) is not None:
            await refresh_cards(session, self._queue, act.mascot_id)  # perhaps they looked at an old one
            return None if act.quietly and why != words.OLD_CARD else Message.of(why)
        entry = entry_of(act, record, link)
        added = await add(session, record, entry, act.key)
        assert added is not None, "whether it is known was asked before"
        if act.said:
            return None if act.quietly else Message.of(words.kept(record.mascot.name))
        if not only_noted(act, record):
            await have_told(session, self._queue, *added)
        if act.did is not Did.APPROVED:  # an approval is told together with what follows from it
            await announce(session, self._queue, added[0])
        await refresh_cards(session, self._queue, act.mascot_id)
        return None

    async def _note_rules(self, job: Job) -> None:
        """Keep who changed the settings of a channel in the record of each review that they hold for."""
        actor, channel = Actor(**job.payload["actor"]), job.payload["channel"]
        at, changed = datetime.fromtimestamp(job.payload["at"], UTC), " ".join(job.payload["changed"])
        async with self._store.read() as session:
            reviewed = await reviewed_in(session, actor.team, channel)
        for mascot_id in reviewed:
            async with self._store.write() as session:
                if (record := await catch_up(session, self._queue, mascot_id)) is not None:
                    digest = record.edition.digest
                    entry = Entry(Did.RULED, at, actor.user, digest, words=changed, channel=channel)
                    await add(session, record, entry, f"rules:{job.id}:{mascot_id}")

    async def _whisper(self, act: Act, message: Message) -> None:
        try:
            await self._messenger.post_ephemeral(act.channel, act.thread_ts or None, act.user, message)
        except SlackError as error:
            log.warning("%s could not be told about a review: %s", act.user, error)

    async def _gave_up(self, job: Job) -> None:
        said = "Something went wrong on our side, so this does not count. Please try it again."
        await self._whisper(Act.from_payload(dict(job.payload)), Message.of(said))


async def _was_so(session: AsyncSession, record: Record, at: float) -> bool:
    """Whether a mascot was what it is when somebody put an emoji, as far as that is known: Slack may tell of
    it late, and an emoji does not say what they saw."""
    held = set(record.mascot.reference_ids)
    references = await mascots.references(session, record.mascot.id)
    came = [each.created_at for each in references if each.asset_id in held]
    became = [each.at for each in record.entries if each.did is Did.CHANGED]
    return max([*came, *became], default=datetime.fromtimestamp(0, UTC)) <= datetime.fromtimestamp(at, UTC)


def _picture(part: Part | None) -> Picture | None:
    return part.picture if part is not None else None


def _looked_at(review: Review, user: str) -> str | None:
    """The digest of what somebody voted on last, else of what anybody did, other than what there is now."""
    if user in review.last_vote and review.last_vote[user].edition != review.edition:
        return review.last_vote[user].edition
    before = [*review.stale, *review.former]
    return max(before, key=lambda each: each.id).edition if before else None
