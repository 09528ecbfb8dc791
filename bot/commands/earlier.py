"""Images that people posted in a thread before somebody mentioned the bot there."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.queries import settings_of
from bot.db import Store, posts
from bot.db.tables import MascotRow, PostRow, ThreadRow
from bot.intake.catch import image_rows
from bot.intake.reply import Answers
from bot.mascots.search import Found
from bot.mascots.service import Mascots
from bot.slack.blocks import Message
from bot.slack.events import read_thread
from bot.slack.messenger import Messenger
from bot.slack.post_images import PostImage

IN_THE_THREAD = "This thread has pictures that I did not take in."


class EarlierImages:
    """Offer such images to people who mention the bot; links to `own_origin` (the Web API) are followed."""

    def __init__(
        self,
        store: Store,
        messenger: Messenger,
        answers: Answers,
        mascots: Mascots,
        bot_user_id: str | None,
        own_origin: str,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._answers = answers
        self._mascots = mascots
        self._bot_user_id = bot_user_id
        self._own_origin = own_origin

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

        await self._store.write_at_once(attach)
        into, candidates = await self._mascots.destination(post, thread), tuple[MascotRow, ...]()
        if found is not None:
            into, candidates = found.only, found.candidates
        said = f"{remark} {IN_THE_THREAD}" if found and into is None else IN_THE_THREAD
        images_now = await self._answers.images(post)
        await self._answers.ask(post, images_now, into, candidates, remark=said)
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
