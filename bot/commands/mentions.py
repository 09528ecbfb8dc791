"""What a mention of the bot does: beside images, in a mascot's thread, or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.service import Cards
from bot.cards.view import card as card_message
from bot.channels.permissions import Actor
from bot.channels.queries import settings_of
from bot.commands import grammar
from bot.commands.grammar import Add, Call, Command, New, Review, Show, Talk
from bot.commands.view import not_one, shown, which
from bot.db import Store, posts
from bot.db.tables import IntakeRow, PostRow, ThreadRow
from bot.intake.catch import HELLO, Destination, Intake, image_rows
from bot.intake.reply import Answers, open_of
from bot.jobs import Job
from bot.mascots.edit import Descriptions
from bot.mascots.search import Found, MascotSearch
from bot.mascots.service import Mascots
from bot.review.requests import Invitation, Invitations
from bot.review.votes import Reviews
from bot.slack.blocks import Message, Offer, Sentence, offer_button, references
from bot.slack.events import Post, read_thread
from bot.slack.messenger import Messenger
from bot.slack.post_images import PostImage
from bot.slack.request import Request

WHAT_CAN_BE_SAID = Message.of(
    "Mention me in a thread, or beside a picture:",
    (
        "@Masko add to Felix: the pictures become references of Felix",
        "@Masko call it Felix: the thread's mascot gets that name",
        "@Masko new, or @Masko new called Felix: another mascot of the pictures",
        "@Masko the tail is too thin: kept with the review of the thread's mascot",
        "@Masko review @ana @ben by friday: asks them to review the thread's mascot",
        "@Masko show: the card, brought up to date; @Masko show Felix: that one's",
        "Without pictures beside it, I offer those that the thread has. /masko help tells the commands.",
    ),
)
NO_PICTURES = "There is no picture that I could take. Mention me beside one, or in a thread that has some."
NO_MASCOT = "This thread belongs to no mascot yet. Post a picture in it, or mention me beside one."
IN_THE_THREAD = "This thread has pictures that I did not take in."


def is_request(post: Post, command: Command) -> bool:
    """Return whether a mention asks for more than taking in its images or a friendly line."""
    if post.from_outside:
        return False  # refused like every post from outside
    if post.images:
        if isinstance(command, New | Call):
            return post.thread_ts is not None
        return isinstance(command, Add | Review | grammar.Refused)
    return not post.other_files and (post.thread_ts is not None or not isinstance(command, Talk))


def destination_of(post: Post, command: Command) -> Destination:
    """Return what a post that is no request wants, by the mention in it."""
    if post.images and isinstance(command, New | Call) and not post.from_outside:
        return Destination(new=True, name=command.name, asked=True)
    return Destination()


def wanted(command: Command) -> Destination:
    """Return what the images of a request are for until it is carried out."""
    name = command.name if isinstance(command, New | Call) else None
    return Destination(new=isinstance(command, New), name=name)


@dataclass(frozen=True)
class Mentioned:
    """A mention that a job answers: its post, its thread, and the images beside it."""

    job: Job
    post: PostRow
    thread: ThreadRow
    images: Sequence[IntakeRow]

    @property
    def actor(self) -> Actor:
        return Actor(self.post.team, self.post.user)


@dataclass
class EarlierImages:
    """Offer images that were posted in a thread before the bot was mentioned there.

    Links to `own_origin`, that of the Web API, may be private.
    """

    store: Store
    messenger: Messenger
    answers: Answers
    mascots: Mascots
    bot_user_id: str | None
    own_origin: str

    async def offer_or(
        self, words: str, post: PostRow, thread: ThreadRow, found: Found | None = None, remark: str = ""
    ) -> Message | None:
        """Like `offer`; if there is no image, return these words."""
        return None if await self.offer(post, thread, found, remark) else Message.of(words)

    async def offer(
        self, post: PostRow, thread: ThreadRow, found: Found | None = None, remark: str = ""
    ) -> bool:
        """Offer the images of a thread that were not taken in to the author of a mention; False if none.

        They are stored with the mention and held back until its author decides, to be taken in as one post.
        `remark` says that a name in the mention means no mascot or several.
        """
        if post.from_outside or post.thread_ts == post.ts or not (images := await self._earlier(post)):
            return False

        async def attach(session: AsyncSession) -> None:
            await posts.add_images(session, post.id, image_rows(images))
            await posts.change(session, post.id, held_back=True)

        await self.store.write_at_once(attach)
        into = found.only if found else await self.mascots.destination(post, thread)
        said = f"{remark} {IN_THE_THREAD}" if found and into is None else IN_THE_THREAD
        candidates = found.candidates if found else ()
        await self.answers.ask(post, await self.answers.images(post), into, candidates, remark=said)
        return True

    async def _earlier(self, post: PostRow) -> list[PostImage]:
        async with self.store.read() as session:
            known = await posts.keys_dealt_with(session, post.team, post.channel, post.thread_ts)
            settings = await settings_of(session, post.team, post.channel)
        replies = await self.messenger.thread(post.channel, post.thread_ts)
        where = {"team": post.team, "channel": post.channel, "own_origin": self.own_origin}
        found = read_thread(replies, bot_user_id=self.bot_user_id, **where)
        people = [each for each in found if settings.takes_outsiders or not each.from_outside]
        return [image for each in people for image in each.images if image.key not in known]


@dataclass
class InThreads:
    """Carry out mentions; returned messages go to the author alone."""

    intake: Intake
    answers: Answers
    earlier: EarlierImages
    search: MascotSearch
    descriptions: Descriptions
    invitations: Invitations
    reviews: Reviews

    async def help(self, _mention: Mentioned, _: grammar.Help) -> Message:
        return WHAT_CAN_BE_SAID

    async def refuse(self, mention: Mentioned, command: grammar.Refused) -> Message:
        """Say why the command is refused; images beside it are still taken in."""
        await self._take_in(mention, Destination(mascot_id=mention.thread.mascot_id, asked=True))
        return Message.of(command.why)

    async def talk(self, mention: Mentioned, command: Talk) -> None:
        """Keep words in a mascot's thread with its review; elsewhere offer images, or greet."""
        post, mascot_id = mention.post, mention.thread.mascot_id
        if command.words and mascot_id is not None and post.ts != post.thread_ts:
            await self.reviews.comment(post, mascot_id, command.words)
        elif not await self.earlier.offer(post, mention.thread):
            await self.answers.say(post, Message.of(HELLO))

    async def new(self, mention: Mentioned, _: New) -> Message | None:
        """Make a new mascot of the images."""
        destination = Destination(new=True, name=mention.post.wants_name, asked=True)
        taken_in = await self._take_in(mention, destination)
        return None if taken_in else await self.earlier.offer_or(NO_PICTURES, mention.post, mention.thread)

    async def add(self, mention: Mentioned, command: Add) -> Message | None:
        """Add the images to the named mascot; ask which one if several or none match."""
        post, images, name = mention.post, mention.images, command.name
        found = await self.search.find(mention.actor, name)
        remark = not_one(found, name)
        if images and not post.held_back:
            return None  # decided before
        if found.only is None and not found.candidates and not images:
            return Message.of(remark)
        if not images:
            return await self.earlier.offer_or(NO_PICTURES, post, mention.thread, found, remark)
        if found.only is not None:
            await self._take_in(mention, Destination(mascot_id=found.only.id, asked=True))
        else:
            await self.answers.ask(post, open_of(images), None, found.candidates, remark=remark)
        return None

    async def call(self, mention: Mentioned, command: Call) -> Message | None:
        """Rename the thread's mascot, or the one that the images become."""
        post, mascot_id, name = mention.post, mention.thread.mascot_id, command.name
        if mascot_id is None:
            taken_in = await self._take_in(mention, Destination(new=True, name=name, asked=True))
            return None if taken_in else Message.of(NO_MASCOT)
        taken_in = await self._take_in(mention, Destination(mascot_id=mascot_id, asked=True))
        request = Request(post.team, post.channel, post.user, post.thread_ts)
        mascot = await self.descriptions.rename(request, mascot_id, name)
        if not taken_in and mascot.name == name:
            await self.answers.say(post, Message.of(f"This mascot is called {name} now."))
        return None

    async def review(self, mention: Mentioned, command: Review) -> Message | None:
        """Ask for a review of the thread's mascot; images beside the mention become its references."""
        post, mascot_id = mention.post, mention.thread.mascot_id
        taken_in = await self._take_in(mention, Destination(mascot_id=mascot_id, asked=True))
        if mascot_id is not None:
            invitation = Invitation(
                key=f"mention:{post.team}:{post.channel}:{post.ts}",
                request=Request(post.team, post.channel, post.user, post.thread_ts),
                mascot_id=mascot_id,
                reviewers=command.reviewers,
                groups=command.groups,
                due=command.due or "",
                ts=post.ts,
            )
            await self.invitations.ask(invitation)
            return None
        if taken_in:
            return Message.of("The pictures come first. Ask for a review again once their card is here.")
        return await self.earlier.offer_or(NO_MASCOT, post, mention.thread)

    async def _take_in(self, mention: Mentioned, destination: Destination) -> bool:
        if mention.images:
            await self.intake.decided(mention.post.id, mention.actor, destination)
        return bool(mention.images)


async def private_card(mascots: Mascots, cards: Cards, mascot_id: str, below: Sentence = ()) -> Message:
    """Return a mascot's card for one person, as Masko has the mascot now."""
    await mascots.refresh(mascot_id)
    card = await cards.of_mascot(mascot_id)
    assert card is not None, "only mascots that were written down are found"
    return shown(card, below)


@dataclass
class ShowInThreads:
    """Show cards to people who mention the bot."""

    messenger: Messenger
    answers: Answers
    earlier: EarlierImages
    search: MascotSearch
    mascots: Mascots
    cards: Cards

    async def show(self, mention: Mentioned, command: Show) -> Message | None:
        """Update the thread's card and link to it, or post it again if it was deleted."""
        post, thread = mention.post, mention.thread
        if command.name is not None:
            return await self._named(mention.actor, command.name)
        if thread.mascot_id is None:
            return await self.earlier.offer_or(NO_MASCOT, post, thread)
        await self.mascots.refresh(thread.mascot_id)
        if await self.cards.show(thread):
            await self._point_to_card(post)
        elif (card := await self.cards.of(thread)) is not None:
            await self.answers.say(post, card_message(card))
            _, now, _ = await self.answers.load(post.id)
            await self.mascots.bind(now, thread.mascot_id, post)
        return None

    async def _named(self, actor: Actor, name: str) -> Message:
        found = await self.search.find(actor, name)
        if found.only is None:
            return which(found, name, f"show {name}")
        return await private_card(self.mascots, self.cards, found.only.id)

    async def _point_to_card(self, post: PostRow) -> None:
        _, thread, _ = await self.answers.load(post.id)
        if thread.card_ts is None or thread.card_ts == post.reply_ts or thread.mascot_id is None:
            return
        mascot = await self.mascots.known(thread.mascot_id)
        link = await self.messenger.permalink(post.channel, thread.card_ts)
        assert mascot is not None, "threads belong to mascots that were written down"
        count = references(len(mascot.reference_ids))
        words = f"{mascot.name or 'The mascot'} · {count}: its card is up to date."
        go = (offer_button(Offer.GO, link),) if link else ()
        await self.answers.say(post, Message.of(words, buttons=go))
