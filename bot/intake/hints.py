"""Private hints after images were added: once a post for descriptions, once a mascot for further views."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store, mascots, posts
from bot.db import references as held
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.jobs import Handler, Job, Queue
from bot.jobs.followups import refresh_cards
from bot.jobs.retry import retry_later
from bot.slack.blocks import Message, Offer, offer_button
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.text import listed, short_name

log = logging.getLogger(__name__)

HINT = "post.hint"
ENOUGH = 3  # references; with so many there are views enough (Masko's best practices: 3-4 angles)
MOST_DESCRIBED = 6  # a mascot's references
NOTHING_TO_DESCRIBE = "There is nothing left to describe: the pictures are gone."


class Hints:
    """Gives hints, and stores the descriptions that people give."""

    def __init__(self, store: Store, queue: Queue, messenger: Messenger, permissions: Permissions) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._permissions = permissions

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {HINT: Handler(self._give, bulk=True)}

    async def _give(self, job: Job) -> None:
        async with self._store.read() as session:
            post = await posts.now(session, job.payload["post"])
        about = job.payload["about"]
        offers = (offer_button(Offer.DESCRIBE, about),) if about else ()
        line = Message.of(job.payload["text"], tuple(job.payload["details"]), buttons=offers)
        try:
            await self._messenger.post_ephemeral(post.channel, post.thread_ts, post.user, line)
        except SlackError as error:
            retry_later(job, error)
            log.info("%s got no hint: %s", post.user, error)

    async def images(self, actor: Actor, post_id: int) -> list[IntakeRow]:
        """Return the images of a post that are references.  Raises Denied, CannotTell."""
        async with self._store.read() as session:
            post = await posts.get(session, post_id)
            if post is None or post.team != actor.team:
                return []
            references = await held.of_post(session, post_id)
            added = await _added(session, post_id)
        if post.user != actor.user:
            for mascot_id in {each.mascot_id for each in references}:
                await self._permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        return added[:MOST_DESCRIBED]

    async def describe(self, actor: Actor, post_id: int, said: Mapping[int, str]) -> None:
        """Store alt texts (image → words) and update the cards.  Raises Denied, CannotTell."""
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


async def put_hint(store: Store, queue: Queue, post: PostRow) -> None:
    """Put a job that tells the poster what is missing, never twice: a lost hint beats a repeated one."""

    async def put(session: AsyncSession) -> None:
        added = await _added(session, post.id)
        if not added:
            return
        alt_asked = (await posts.now(session, post.id)).alt_asked
        silent = [] if alt_asked else [each for each in added if not each.alt]
        views = await _views(session, added)
        if silent:
            await posts.change(session, post.id, alt_asked=True)
            names = listed(short_name(each.name) for each in silent)
            one = len(silent) == 1
            text = f"What {'does' if one else 'do'} {names} show?"
            them = "it" if one else "them"
            why = f"A few words help those who do not see {them}, and are kept with the reference."
            details = [why, views] if views else [why]
        elif views:
            text, details = views, []
        else:
            return
        about = str(post.id) if silent else None
        payload = {"post": post.id, "text": text, "details": details, "about": about}
        await queue.put(session, HINT, lock=f"hint:{post.team}:{post.user}", payload=payload)

    await store.write_at_once(put)


async def _views(session: AsyncSession, added: list[IntakeRow]) -> str | None:
    reference = await held.of_image(session, added[0].id)
    mascot = await mascots.mascot(session, reference.mascot_id) if reference else None
    if mascot is None or mascot.views_asked or not 0 < len(mascot.reference_ids) < ENOUGH:
        return None
    await mascots.change_mascot(session, mascot.id, views_asked=True)
    name = mascot.name or "Your mascot"
    return f"Is {name} still missing a side or back view? A reply in the thread adds it."


async def _added(session: AsyncSession, post_id: int) -> list[IntakeRow]:
    return [each for each in await posts.images_of(session, post_id) if each.state is ImageState.ADDED]
