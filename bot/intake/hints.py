"""Private hints to whoever added images: once a post for words about them, once a mascot for its views."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store, mascots, posts
from bot.db import references as held
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.jobs import Job, Queue, Worker
from bot.jobs.followups import refresh_cards
from bot.jobs.saying import again_or
from bot.slack.blocks import Message, Offer, offer_button
from bot.slack.workspace import SlackError, Workspace
from bot.text import listed, short_name

log = logging.getLogger(__name__)

HINT = "post.hint"

FEW = 3  # references; with so many there are views enough (Masko's best practices: 3-4 angles)
MOST_DESCRIBED = 6  # a mascot's references
NOTHING_TO_DESCRIBE = "There is nothing left to describe: the pictures are gone."


@dataclass(frozen=True)
class Undescribed:
    """An image of a post, to be described.

    Attributes:
        alt: what is known of it; None for nothing.
    """

    id: int
    name: str
    alt: str | None


class Hints:
    """Gives such hints.

    Args:
        store: where it is kept that a hint was given.
        queue: runs what nobody waits for.
        workspace: the bot's voice in Slack.
        permissions: says who may describe them.
    """

    def __init__(self, store: Store, queue: Queue, workspace: Workspace, permissions: Permissions) -> None:
        self._store = store
        self._queue = queue
        self._workspace = workspace
        self._permissions = permissions

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {HINT: Worker(self._give, bulk=True)}

    async def ask(self, post: PostRow) -> None:
        """Have the poster told what is missing, in one message, where that was not said before.

        That it is said is written down first: a hint that is lost is better than one that nags.
        """

        async def put(session: AsyncSession) -> None:
            hint = await _hint(session, post)
            if hint is not None:
                text, details, describe = hint
                about = str(post.id) if describe else None
                payload = {"post": post.id, "text": text, "details": details, "about": about}
                await self._queue.put(session, HINT, lock=f"hint:{post.team}:{post.user}", payload=payload)

        await self._store.write_at_once(put)

    async def _give(self, job: Job) -> None:
        async with self._store.read() as session:
            post = await posts.now(session, job.payload["post"])
        about = job.payload["about"]
        offers = (offer_button(Offer.DESCRIBE, about),) if about else ()
        line = Message.of(job.payload["text"], tuple(job.payload["details"]), buttons=offers)
        try:
            await self._workspace.whisper(post.channel, post.thread_ts, post.user, line)
        except SlackError as error:
            again_or(job, error)
            log.info("%s got no hint: %s", post.user, error)

    async def images(self, actor: Actor, post_id: int) -> list[Undescribed]:
        """The images of a post that are references, to be described by somebody.

        Raises:
            Denied, CannotTell: they may not, as far as is known.
        """
        async with self._store.read() as session:
            post = await posts.get(session, post_id)
            if post is None or post.team != actor.team:
                return []
            references = await held.of_post(session, post_id)
            added = [each for each in await posts.images_of(session, post_id) if _is_in(each)]
        if post.user != actor.user:
            for mascot_id in {each.mascot_id for each in references}:
                await self._permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        return [Undescribed(each.id, each.name, each.alt) for each in added[:MOST_DESCRIBED]]

    async def describe(self, actor: Actor, post_id: int, said: Mapping[int, str]) -> None:
        """Keep what a person says that images of a post show; the cards say it to those who do not see them.

        Args:
            actor: who says it.
            post_id: which post.
            said: image → words.

        Raises:
            Denied, CannotTell: they may not, as far as is known.
        """
        theirs = {each.id for each in await self.images(actor, post_id)}
        if not theirs:
            raise Denied(NOTHING_TO_DESCRIBE)

        async def keep(session: AsyncSession) -> None:
            changed = {
                await held.describe(session, image_id, alt)
                for image_id, alt in said.items()
                if image_id in theirs and alt
            }
            for mascot_id in sorted(filter(None, changed)):
                await refresh_cards(session, self._queue, mascot_id)

        await self._store.write_at_once(keep, urgent=True)


async def _hint(session: AsyncSession, post: PostRow) -> tuple[str, list[str], bool] | None:
    """A hint, its details, and whether it asks for descriptions."""
    now = await posts.now(session, post.id)
    added = [each for each in await posts.images_of(session, post.id) if _is_in(each)]
    if not added:
        return None
    silent = [] if now.alt_asked else [each for each in added if not each.alt]
    views = await _views(session, added)
    if silent:
        await posts.change(session, post.id, alt_asked=True)
    if not silent:
        return (views, [], False) if views else None
    names = listed(short_name(each.name) for each in silent)
    them = "it" if len(silent) == 1 else "them"
    words = f"What does {names} show?" if len(silent) == 1 else f"What do {names} show?"
    reason = f"A few words help those who do not see {them}, and are kept with the reference."
    return words, [reason, views] if views else [reason], True


async def _views(session: AsyncSession, added: list[IntakeRow]) -> str | None:
    """The question for further views, once a mascot."""
    reference = await held.of_image(session, added[0].id)
    mascot = await mascots.mascot(session, reference.mascot_id) if reference else None
    if mascot is None or mascot.views_asked or not 0 < len(mascot.reference_ids) < FEW:
        return None
    await mascots.change_mascot(session, mascot.id, views_asked=True)
    name = mascot.name or "Your mascot"
    return f"Is {name} still missing a side or back view? A reply in the thread adds it."


def _is_in(image: IntakeRow) -> bool:
    return image.state is ImageState.ADDED
