"""Private hints after images were added: once a post for descriptions, once a mascot for further views."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.blocks import Option as MenuOption
from slack_sdk.models.blocks.block_elements import InteractiveElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store, mascots, posts
from bot.db import mascots as held
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.errors import BotError
from bot.jobs import Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.jobs.runner import refresh_cards
from bot.mascots.outcomes import Report
from bot.mascots.search import Option
from bot.masko import MAX_REFERENCES, MaskoRateLimited
from bot.slack.blocks import Message, Offer, Picture, button, message, offer_button, references, retry_button
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.text import escape, one_line, plain, shorten, shorten_markup
from bot.text import about, listed, short_name

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


AS_USUAL, NEW, INTO, IGNORE = "question.as_usual", "question.new", "question.into", "question.ignore"


def working(names: Sequence[str], mascot: str | None = None, waiting: str | None = None) -> Message:
    """Return the placeholder for images: of a new mascot, or added to one; `waiting`: why it takes longer."""
    images = listed(short_name(one_line(name)) for name in names)
    doing = f"Adding {images} to {one_line(mascot)}…" if mascot else f"Reading {images}…"
    return Message.of(doing, (waiting or "Uploading to Masko. This takes a few seconds.",))


def waiting(error: BotError, seconds: float) -> str:
    """Return what the placeholder says while a post waits for its next try in `seconds`."""
    if isinstance(error, MaskoRateLimited):
        return f"Queued: Masko is busy. It goes on by itself in {about(seconds)}."
    return f"{error.words} Trying again in {about(seconds)}; nothing is lost."


def still_trying(names: Sequence[str], error: BotError) -> str:
    """Return what the reply says of images that are not in yet while others are."""
    are = "is" if len(names) == 1 else "are"
    return f"{listed(map(short_name, names))} {are} not in yet. {error.words} I keep trying by myself."


def reply(
    said: Report,
    count: int | None,
    post_id: int,
    mascot: str | None = None,
    similar: str | None = None,
    pictures: Sequence[Picture] = (),
) -> Message:
    """Return the short reply to a post.

    Args:
        count: references of the mascot now; None where there is no mascot.
        mascot: its name, where it is not the thread's own.
        similar, pictures: a sentence about images that resemble other references, and those references.
    """
    added = bool(said.added) and count is not None
    buttons = [retry_button(post_id)] if said.failed else []
    offers = [Offer.UNDO] if added else []
    offers += [Offer.REPLACE, Offer.ANOTHER] if said.left_out else []
    buttons += [offer_button(offer, str(post_id)) for offer in offers]
    if added:
        names = listed(map(short_name, said.added), most=MAX_REFERENCES)
        text = f"Added {names}{f' to {mascot}' if mascot else ''} · {references(count or 0)}"
        details = (*said.problems, *said.notes, *said.gone, *([similar] if similar else []))
        return Message.of(text, details, buttons=buttons, pictures=pictures)
    if said.gone:
        return Message.of(said.gone[0], (*said.gone[1:], *said.problems), buttons=buttons)
    if len(said.problems) == 1:
        return Message.of(said.problems[0], buttons=buttons)
    text = "None of these images could be used." if count is None else "Nothing was added."
    return Message.of(text, said.problems, buttons=buttons)


def announcement(user: str, names: Sequence[str], mascot: str | None, called: str | None = None) -> Message:
    """Return who asked for images to be added to a mascot, or for a new one that is `called` so."""
    images = escape(listed(short_name(one_line(name)) for name in names))
    if mascot:
        what = f"wants to add {images} to {escape(one_line(mascot))}"
    else:
        what = f"wants a new mascot from {images}"
        what += f", called {escape(one_line(called))}" if called else ""
    words = f"<@{user}> {what}."
    return message(words, [SectionBlock(text=MarkdownTextObject(text=shorten_markup(words, 2900)))])


def question(
    post_id: int,
    names: Sequence[str],
    into: Option | None,
    mascots: Sequence[Option],
    *,
    preview: bool = False,
    hints: Sequence[str] = (),
    remark: str | None = None,
) -> Message:
    """Return the private question about the images of a post.

    Args:
        names: the images' file names.
        into: the mascot that they would go to; None: a new one.
        mascots: other choices.
        preview: the channel only wants to be told what would be done.
        remark: why it is asked, where that is not the channel's setting.
    """
    listing = listed(short_name(one_line(name)) for name in names)
    if preview:
        would = f"add {listing} to {one_line(into.label)}" if into else f"make a new mascot from {listing}"
        asked = f"I would {would}. This channel is set to preview, so nothing was uploaded."
    else:
        them = "it" if len(names) == 1 else "them"
        asked = f"What is to become of {listing}? I do nothing with {them} before you say so."
    text = (shorten(f"{one_line(remark)} ", 1000) if remark else "") + asked
    blocks: list[Block] = [SectionBlock(text=plain(text), block_id="question")]
    if hints:
        blocks.append(ContextBlock(elements=[plain("\n".join(hints), 2000)], block_id="hints"))
    blocks.append(ActionsBlock(elements=list(_choices(post_id, into, mascots)), block_id="choices"))
    return message(escape(text), blocks)


def _choices(post_id: int, into: Option | None, mascots: Sequence[Option]) -> Iterator[InteractiveElement]:
    post = str(post_id)
    if into:
        yield button(f"Add to {one_line(into.label)}", AS_USUAL, f"{post} {into.mascot_id}", "primary")
    yield button("New mascot", NEW, post, None if into else "primary")
    if mascots:
        options = [
            MenuOption(value=f"{post} {each.mascot_id}", text=plain(one_line(each.label), 75))
            for each in mascots
        ]
        yield StaticSelectElement(action_id=INTO, options=options, placeholder=plain("Add to …"))
    yield button("Ignore", IGNORE, post)
