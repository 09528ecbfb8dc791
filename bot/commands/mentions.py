"""What a mention of the bot does: beside images, in a mascot's thread, or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.view import card as card_message
from bot.channels.queries import settings_of
from bot.commands import grammar
from bot.commands.asked import Features, Mention
from bot.commands.grammar import Add, Call, Command, New, Review, Simple, Talk
from bot.commands.view import not_one
from bot.db import Store, mascots, posts
from bot.db.values import Did
from bot.intake.catch import HELLO, Destination, image_rows
from bot.intake.reply import open_of
from bot.mascots.search import Found
from bot.review.votes import Act
from bot.slack.blocks import Message, Offer, go_to, offer_button, references
from bot.slack.events import Post, read_thread
from bot.slack.messenger import Messenger
from bot.slack.post_images import PostImage

WHAT_CAN_BE_SAID = Message.of(
    "Mention me in a thread, or in a post with an image:",
    (
        "@Masko add to Felix: the images become references of Felix",
        "@Masko call it Felix: the thread's mascot gets that name",
        "@Masko new, or @Masko new called Felix: another mascot from the images",
        "@Masko the tail is too thin: kept with the review of the thread's mascot",
        "@Masko review @ana @ben by friday: asks them to review the thread's mascot",
        "@Masko approve: your vote for the thread's mascot as it is now",
        "@Masko show: the card, brought up to date; @Masko show Felix: that one's",
        "Without images in your post, I offer those in the thread. /masko help lists the commands.",
    ),
)
NO_PICTURES = (
    "There's no image here that I can use. Mention me in a post with one, or in a thread that has some."
)
NO_MASCOT = "This thread has no mascot yet. Post an image in it, or mention me in a post with one."
NO_CARD = "There is no card in this thread to approve. @Masko show brings back one that was deleted."
NOTHING_TO_UNDO = "No post in this thread has added an image that is still a reference."
WELCOME = "You're welcome. 👍"
IN_THE_THREAD = "This thread has images that I haven't added."


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


@dataclass
class Mentions:
    features: Features
    store: Store
    messenger: Messenger
    bot_user_id: str | None

    async def answer(self, mention: Mention, command: Command) -> Message | None:
        """Carry out a mention; return what its author alone is told."""
        match command:
            case grammar.Help():
                return WHAT_CAN_BE_SAID
            case Simple.THANKS:
                return Message.of(WELCOME)
            case Simple.UNDO:
                return await self._undo(mention)
            case Simple.APPROVE:
                return await self._approve(mention)
            case grammar.Show():
                return await self._show(mention)
            case New():
                destination = Destination(new=True, name=mention.post.wants_name, asked=True)
                taken_in = await self._take_in(mention, destination)
                return None if taken_in else await self._offer(mention, NO_PICTURES)
            case Add():
                return await self._add(mention, command.name or "")
            case Call():
                return await self._call(mention, command.name or "")
            case Review():
                return await self._review(mention, command)
            case grammar.Refused(why):
                await self._take_in(mention)
                return Message.of(why)
            case Talk(words):
                await self._talk(mention, words)
        return None

    async def _take_in(self, mention: Mention, destination: Destination | None = None) -> bool:
        """Take in the images beside a mention, by default for the thread's mascot; False if none."""
        if mention.images:
            destination = destination or Destination(mascot_id=mention.thread.mascot_id, asked=True)
            await self.features.intake.decided(mention.post.id, mention.actor, destination)
        return bool(mention.images)

    async def _talk(self, mention: Mention, words: str) -> None:
        """Keep words in a mascot's thread with its review; elsewhere offer images, or greet."""
        post, mascot_id = mention.post, mention.thread.mascot_id
        if words and mascot_id is not None and post.ts != post.thread_ts:
            await self.features.reviews.comment(post, mascot_id, words)
        elif hello := await self._offer(mention, HELLO):
            await self.features.answers.say(post, hello)

    async def _add(self, mention: Mention, name: str) -> Message | None:
        """Add the images to the named mascot; ask which one if several or none match."""
        post, images = mention.post, mention.images
        found = await self.features.library.find(mention.actor, name)
        remark = not_one(found, name)
        if not images and not found.candidates:
            return Message.of(remark)
        if not images:
            return await self._offer(mention, NO_PICTURES, found, remark)
        if not post.held_back:
            return None  # decided before
        if found.only is not None:
            await self._take_in(mention, Destination(mascot_id=found.only.id, asked=True))
        else:
            await self.features.answers.ask(post, open_of(images), None, found.candidates, remark=remark)
        return None

    async def _call(self, mention: Mention, name: str) -> Message | None:
        """Rename the thread's mascot, or the one that the images become."""
        mascot_id = mention.thread.mascot_id
        if mascot_id is None:
            taken_in = await self._take_in(mention, Destination(new=True, name=name, asked=True))
            return None if taken_in else Message.of(NO_MASCOT)
        taken_in = await self._take_in(mention)
        mascot = await self.features.descriptions.change(mention.request, mascot_id, {"name": name})
        if not taken_in and mascot.name == name:
            said = Message.of(f"This mascot is called {name} now.")
            await self.features.answers.say(mention.post, said)
        return None

    async def _review(self, mention: Mention, command: Review) -> Message | None:
        """Ask for a review of the thread's mascot; images beside the mention become its references."""
        mascot_id = mention.thread.mascot_id
        taken_in = await self._take_in(mention)
        if mascot_id is not None:
            invitation = mention.invitation(command, mascot_id, mention.post.ts)
            await self.features.invitations.ask(invitation)
            return None
        if taken_in:
            return Message.of(
                "I'm adding the images first. Ask for the review again once their card is here."
            )
        return await self._offer(mention, NO_MASCOT)

    async def _approve(self, mention: Mention) -> Message | None:
        """Vote like the emoji on the card."""
        post, card_ts = mention.post, mention.thread.card_ts
        if card_ts is None:
            return Message.of(NO_CARD)
        key = f"post:{post.channel}:{post.ts}:{Did.APPROVED}"
        act = Act(Did.APPROVED, key, float(post.ts), mention.request, "", ts=card_ts)
        await self.features.reviews.react(act)
        return None

    async def _undo(self, mention: Mention) -> Message | None:
        """Offer to undo what was added last, by a form that shows it."""
        async with self.store.read() as session:
            added = await mascots.added_in(session, mention.thread)
        if not added:
            return Message.of(NOTHING_TO_UNDO)
        undo = offer_button(Offer.UNDO, str(added[-1][1]))
        return Message.of("See what was added last, and remove it again:", buttons=[undo])

    async def _show(self, mention: Mention) -> Message | None:
        """Update the thread's card and link to it, or post it again if it was deleted."""
        post, thread, features = mention.post, mention.thread, self.features
        if thread.mascot_id is None:
            return await self._offer(mention, NO_MASCOT)
        await features.mascots.refresh(thread.mascot_id)
        mascot_id, is_shown = thread.mascot_id, await features.cards.show(thread)
        _, thread, _ = await features.answers.load(post.id)
        if (card := await features.cards.of(thread)) is None:
            return None
        if not is_shown:
            await features.answers.say(post, card_message(card))
            await features.mascots.bind(thread, mascot_id, post)
        elif thread.card_ts is not None and thread.card_ts != post.reply_ts:
            words = f"{card.name or 'The mascot'} · {references(card.count)}: its card is up to date."
            link = await self.messenger.permalink(post.channel, thread.card_ts)
            await features.answers.say(post, Message.of(words, buttons=go_to(link)))
        return None

    async def _offer(
        self, mention: Mention, instead: str, found: Found | None = None, remark: str = ""
    ) -> Message | None:
        """Offer the images of a thread that were not taken in to the author; without any, return `instead`.

        They are stored with the mention and held back until its author decides, to be taken in as one post.
        `remark` says that a name in the mention (`found`) means no mascot or several.
        """
        post, answers = mention.post, self.features.answers
        if post.from_outside or post.thread_ts == post.ts or not (images := await self._earlier(mention)):
            return Message.of(instead)
        async with self.store.write() as session:
            await posts.add_images(session, post.id, image_rows(images))
            await posts.change(session, post.id, held_back=True)
        into = found.only if found else await self.features.mascots.destination(post, mention.thread)
        said = f"{remark} {IN_THE_THREAD}" if found and into is None else IN_THE_THREAD
        candidates = found.candidates if found else ()
        await answers.ask(post, await answers.images(post), into, candidates, remark=said)
        return None

    async def _earlier(self, mention: Mention) -> list[PostImage]:
        team, channel, thread_ts = mention.post.team, mention.post.channel, mention.post.thread_ts
        async with self.store.read() as session:
            known = await posts.keys_dealt_with(session, team, channel, thread_ts)
            settings = await settings_of(session, team, channel)
        replies = await self.messenger.thread(channel, thread_ts)
        where = {"team": team, "channel": channel, "own_origin": self.features.additions.own_origin}
        found = read_thread(replies, bot_user_id=self.bot_user_id, **where)
        people = [each for each in found if settings.takes_outsiders or not each.from_outside]
        return [image for each in people for image in each.images if image.key not in known]
