"""Where people mention the bot: what they say beside their images, or in the thread of a mascot.

A mention is a post: it is written down under its own ts, so that the `message` and the `app_mention` that
tell of it are one, and done in the line of its thread, after what was posted there before it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.service import Cards
from bot.cards.view import card as card_message
from bot.channels.permissions import Actor
from bot.channels.queries import settings_of
from bot.commands.grammar import Refused
from bot.commands.mention_answers import (
    ASK_AGAIN,
    IN_THE_THREAD,
    NO_MASCOT,
    NO_PICTURES,
    WHAT_CAN_BE_SAID,
    needs_an_answer,
    wanted,
    which,
    wish_of,
)
from bot.commands.mentions import (
    AddTo,
    AskReview,
    CallIt,
    HelpMe,
    Mention,
    NewOne,
    ShowIt,
    Talk,
    read_mention,
)
from bot.commands.view import shown
from bot.db import Store, mascots, posts
from bot.db.tables import IntakeRow, MascotRow, PostRow, ThreadRow
from bot.errors import BotError
from bot.intake.catch import HELLO, Intake, Wish, image_rows, post_row
from bot.intake.reply import Answers, open_of
from bot.jobs import Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.mascots.descriptions import Change, Descriptions
from bot.mascots.search import Found, MascotSearch
from bot.mascots.service import MascotGone, Mascots
from bot.review.asking import Invitations
from bot.review.invitation import Invitation
from bot.review.listening import Listening
from bot.slack.blocks import Message, Offer, offer_button, references
from bot.slack.errors import SlackError
from bot.slack.events import Post, read_thread
from bot.slack.messenger import Messenger
from bot.slack.post_images import PostImage
from bot.text import listed

log = logging.getLogger(__name__)

MENTIONED = "mention.answer"


class MentionDesk:
    """Answers mentions.

    Args:
        store: where posts are.
        queue: runs what Slack must not be kept waiting for.
        messenger: posts in Slack.
        intake: takes images in.
        answers: says what concerns everybody in a thread.
        library: finds mascots by name.
        mascots: reads them.
        descriptions: renames them.
        cards: shows them.
        invitations: asks people for reviews.
        listening: keeps what is said about reviews.
        bot_user_id: whose messages are no person's.
        own_origin: links to it are followed although its host may not be public: the Web API's address.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        intake: Intake,
        answers: Answers,
        library: MascotSearch,
        mascots: Mascots,
        descriptions: Descriptions,
        cards: Cards,
        invitations: Invitations,
        listening: Listening,
        bot_user_id: str | None,
        own_origin: str,
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._intake = intake
        self._answers = answers
        self._library = library
        self._mascots = mascots
        self._descriptions = descriptions
        self._cards = cards
        self._invitations = invitations
        self._listening = listening
        self._bot_user_id = bot_user_id
        self._own_origin = own_origin

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {MENTIONED: Handler(self._answer, gave_up=self._gave_up)}

    async def hear(self, post: Post, words: str) -> None:
        """Write down a post, and what it asks for where it mentions the bot; a repeated delivery changes
        nothing.

        When this returns, the work is stored and Slack may be told so.

        Args:
            post: which one.
            words: what it says beside the mention.
        """
        asked = read_mention(words) if post.mentions_bot else Talk()
        if post.thread_ts is not None and not post.images and not post.mentions_bot:
            await self._listening.hear(post)
        if not post.mentions_bot or not needs_an_answer(post, asked):
            await self._intake.catch(post, wish_of(post, asked))
            return
        row = post_row(post, None, wanted(asked))
        row.held_back = bool(post.images)

        async def note(session: AsyncSession) -> None:
            settings = await settings_of(session, post.team, post.channel)
            if settings.takes_outsiders:
                row.from_outside = row.among_strangers = False
            post_id = await posts.note(session, row, image_rows(post.images))
            if post_id is None:
                return
            if post.images:  # the other event may have told of the words alone
                await posts.change(session, post_id, held_back=True)
            payload = {"post": post_id, "words": words}
            lock = f"thread:{post.team}:{post.channel}:{post.root_ts}"
            await self._queue.put(session, MENTIONED, lock=lock, payload=payload, key=f"mention:{post_id}")

        await self._store.write_at_once(note, urgent=True)

    # -- the work -----------------------------------------------------------------------------

    async def _answer(self, job: Job) -> None:
        post, thread, images = await self._answers.load(job.payload["post"])
        asked = read_mention(job.payload["words"])
        try:
            if job.begun_before and post.reply_ts is None:
                await self._answers.find(post)
            await self._do(job, post, thread, images, asked)
        except MascotGone as gone:
            await self._answers.say_in_private(post, gone.words_alone)
        except BotError as error:
            retry_later(job, error)
            await self._answers.say_in_private(post, error.words)

    async def _do(
        self, job: Job, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], asked: Mention
    ) -> None:
        match asked:
            case HelpMe():
                await self._whisper(post, WHAT_CAN_BE_SAID)
            case ShowIt(None):
                await self._show(post, thread)
            case ShowIt(str(name)):
                await self._show_named(post, name)
            case AddTo(name):
                await self._add_to(post, thread, images, name)
            case CallIt(name):
                await self._call(job, post, thread, images, name)
            case NewOne():
                await self._new(post, thread, images)
            case AskReview():
                await self._ask_review(post, thread, images, asked)
            case Refused(why):
                await self._refuse(post, thread, images, why)
            case Talk():
                await self._talk(post, thread, job.payload["words"])

    async def _refuse(self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], why: str) -> None:
        """Say why nothing comes of the words; images beside them are taken in all the same."""
        if images:
            wish = Wish(mascot_id=thread.mascot_id, asked=True)
            await self._intake.decided(post.id, Actor(post.team, post.user), wish)
        await self._answers.say_in_private(post, why)

    async def _talk(self, post: PostRow, thread: ThreadRow, words: str) -> None:
        """Words in a mascot's thread concern its review; elsewhere the bot says what it is for."""
        if words and thread.mascot_id is not None and post.ts != post.thread_ts:
            await self._listening.comment(post, thread.mascot_id, words)
        elif not await self._offer_earlier(post, thread):
            await self._answers.say(post, Message.of(HELLO))

    async def _new(self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]) -> None:
        if images:
            wish = Wish(new=True, name=post.wants_name, asked=True)
            await self._intake.decided(post.id, Actor(post.team, post.user), wish)
        elif not await self._offer_earlier(post, thread):
            await self._answers.say_in_private(post, NO_PICTURES)

    async def _add_to(self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], name: str) -> None:
        found = await self._library.find(Actor(post.team, post.user), name)
        if images and not post.held_back:
            return  # decided before
        if found.only is None and not (found.mascots or found.near) and not images:
            await self._answers.say_in_private(post, which(found, name))
        elif not images:
            if not await self._offer_earlier(post, thread, found, name):
                await self._answers.say_in_private(post, NO_PICTURES)
        elif found.only is not None:
            wish = Wish(mascot_id=found.only.id, asked=True)
            await self._intake.decided(post.id, Actor(post.team, post.user), wish)
        else:
            await self._answers.ask(post, open_of(images), None, found.candidates, remark=which(found, name))

    async def _call(
        self, job: Job, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], name: str
    ) -> None:
        if thread.mascot_id is None:
            if images:
                wish = Wish(new=True, name=name, asked=True)
                await self._intake.decided(post.id, Actor(post.team, post.user), wish)
            else:
                await self._answers.say_in_private(post, NO_MASCOT)
            return
        change = Change(post.team, thread.mascot_id, name, post.user, post.channel, post.thread_ts)
        mascot = await self._descriptions.rename(job, change)
        if images:
            wish = Wish(mascot_id=thread.mascot_id, asked=True)
            await self._intake.decided(post.id, Actor(post.team, post.user), wish)
        elif mascot is not None and mascot.name == name:
            await self._answers.say(post, Message.of(f"This mascot is called {name} now."))

    async def _ask_review(
        self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], asked: AskReview
    ) -> None:
        """Ask for a review of the thread's mascot; images beside the mention become its references."""
        if images:
            wish = Wish(mascot_id=thread.mascot_id, asked=True)
            await self._intake.decided(post.id, Actor(post.team, post.user), wish)
        if thread.mascot_id is not None:
            await self._invitations.ask(_invitation(post, thread.mascot_id, asked))
        elif images:
            await self._answers.say_in_private(post, ASK_AGAIN)
        elif not await self._offer_earlier(post, thread):
            await self._answers.say_in_private(post, NO_MASCOT)

    # -- showing ------------------------------------------------------------------------------

    async def _show(self, post: PostRow, thread: ThreadRow) -> None:
        """Bring the card up to date, and say where it is; said anew where somebody deleted it."""
        if thread.mascot_id is None:
            if not await self._offer_earlier(post, thread):
                await self._answers.say_in_private(post, NO_MASCOT)
            return
        await self._mascots.refresh(thread.mascot_id)
        if await self._cards.show(thread):
            await self._point_to_card(post)
            return
        card = await self._cards.of(thread)
        if card is not None:
            await self._answers.say(post, card_message(card))
            await self._mascots.bind(await self._as_it_is(thread), thread.mascot_id, post)

    async def _point_to_card(self, post: PostRow) -> None:
        _, thread, _ = await self._answers.load(post.id)
        if thread.card_ts is None or thread.card_ts == post.reply_ts or thread.mascot_id is None:
            return
        mascot = await self._mascots.known(thread.mascot_id)
        link = await self._messenger.permalink(post.channel, thread.card_ts)
        assert mascot is not None, "threads belong to mascots that were written down"
        count = references(len(mascot.reference_ids))
        words = f"{mascot.name or 'The mascot'} · {count}: its card is up to date."
        go = (offer_button(Offer.GO, link),) if link else ()
        await self._answers.say(post, Message.of(words, buttons=go))

    async def _as_it_is(self, thread: ThreadRow) -> ThreadRow:
        async with self._store.read() as session:
            return await mascots.thread_by_id(session, thread.id)

    async def _show_named(self, post: PostRow, name: str) -> None:
        found = await self._library.find(Actor(post.team, post.user), name)
        if found.only is None:
            names = listed((row.name or "New mascot" for row in found.candidates), most=5)
            near = f" Did you mean {names}?" if names else ""
            await self._answers.say_in_private(post, f"{which(found, name)}{near}")
            return
        await self._mascots.refresh(found.only.id)
        card = await self._cards.of_mascot(found.only.id)
        assert card is not None, "only mascots that were written down are found"
        await self._whisper(post, shown(card))

    # -- earlier images -----------------------------------------------------------------------

    async def _offer_earlier(
        self, post: PostRow, thread: ThreadRow, found: Found | None = None, name: str = ""
    ) -> bool:
        """Offer, to whoever mentions the bot, the images that people posted in the thread and that were not
        taken in; False where there is none.

        They are written down with the mention, held back until its author decides, so that taking them in
        is the intake of one post.
        """
        if post.from_outside or post.thread_ts == post.ts:
            return False
        images = await self._earlier(post)
        if not images:
            return False
        await self._attach(post, images)
        remark, candidates = IN_THE_THREAD, tuple[MascotRow, ...]()
        into = await self._mascots.destination(post, thread)
        if found is not None:
            into, candidates = found.only, found.candidates
            remark = IN_THE_THREAD if into else f"{which(found, name)} {IN_THE_THREAD}"
        images_now = await self._answers.images(post)
        await self._answers.ask(post, images_now, into, candidates, remark=remark)
        return True

    async def _earlier(self, post: PostRow) -> list[PostImage]:
        async with self._store.read() as session:
            known = await posts.keys_dealt_with(session, post.team, post.channel, post.thread_ts)
            settings = await settings_of(session, post.team, post.channel)
        found = read_thread(
            await self._messenger.thread(post.channel, post.thread_ts),
            team=post.team,
            channel=post.channel,
            bot_user_id=self._bot_user_id,
            own_origin=self._own_origin,
        )
        people = [each for each in found if settings.takes_outsiders or not each.from_outside]
        return [image for each in people for image in each.images if image.key not in known]

    async def _attach(self, post: PostRow, images: Sequence[PostImage]) -> None:
        async def attach(session: AsyncSession) -> None:
            await posts.add_images(session, post.id, image_rows(images))
            await posts.change(session, post.id, held_back=True)

        await self._store.write_at_once(attach)

    # -- answering ----------------------------------------------------------------------------

    async def _whisper(self, post: PostRow, message: Message) -> None:
        thread_ts = post.thread_ts if post.thread_ts != post.ts else None
        try:
            await self._messenger.post_ephemeral(post.channel, thread_ts, post.user, message)
        except SlackError as error:
            if error.worth_retrying:
                raise
            log.info("%s could not be told: %s", post.user, error)

    async def _gave_up(self, job: Job) -> None:
        post, _, _ = await self._answers.load(job.payload["post"])
        words = "Something went wrong on our side; it was noted in the log."
        await self._answers.say_in_private(post, words)


def _invitation(post: PostRow, mascot_id: str, asked: AskReview) -> Invitation:
    return Invitation(
        key=f"mention:{post.team}:{post.channel}:{post.ts}",
        team=post.team,
        channel=post.channel,
        user=post.user,
        mascot_id=mascot_id,
        reviewers=asked.reviewers,
        groups=asked.groups,
        due=asked.due or "",
        thread_ts=post.thread_ts,
        ts=post.ts,
    )
