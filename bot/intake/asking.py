"""Channels where the bot asks first: a private question to the poster, and what they decide."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel_settings import Mode
from bot.images import advice
from bot.intake.arrivals import Arrivals
from bot.mascots import Mascots
from bot.messages import Option, Question
from bot.slack.workspace import Workspace
from bot.store import Store, mascots, posts
from bot.store.tables import IntakeRow, PostRow, ThreadRow
from bot.wishes import Wish

MOST_MASCOTS = 99  # Block Kit: 100 options of a menu


class Asking:
    """Asks posters.

    Args:
        store: where posts are.
        workspace: the bot's voice in Slack.
        arrivals: looks at images.
        mascots: tells where images would go.
    """

    def __init__(self, store: Store, workspace: Workspace, arrivals: Arrivals, mascots: Mascots) -> None:
        self._store = store
        self._workspace = workspace
        self._arrivals = arrivals
        self._mascots = mascots

    async def ask(self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], mode: Mode) -> None:
        """Ask the poster, for their eyes only, what is to become of their images; Masko hears nothing of it.

        Args:
            post: theirs.
            thread: it is in.
            images: of the post.
            mode: whether they are asked, or told what would be done.

        Raises:
            SlackError, DownloadError: an image could not be looked at, or the question not be asked, for a
                reason that may pass.
        """
        facts, problems = await self._arrivals.look_at(images)
        into = await self._mascots.destination(post, thread)
        async with self._store.read() as session:
            living = await mascots.living(session, post.team)
        question = Question(
            post_id=post.id,
            names=tuple(image.name for image in images),
            preview=mode is Mode.PREVIEW,
            into=Option(into.name or "this mascot", into.id) if into else None,
            mascots=tuple(Option(row.name or "New mascot", row.id) for row in living[-MOST_MASCOTS:]),
            hints=(*problems, *(hint.text for hint in advice(facts))),
        )
        where = post.thread_ts if post.thread_ts != post.ts else None
        await self._workspace.whisper(post.channel, where, post.user, question)


async def decide(session: AsyncSession, post_id: int, user: str, wish: Wish | None) -> PostRow | None:
    """Write down what a poster decided.

    Args:
        post_id: their post.
        user: who decided.
        wish: what is to be done; None: nothing.

    Returns:
        The post; None where somebody else has decided, or they have before.
    """
    post = await posts.get(session, post_id)
    if post is None or not post.held_back or post.user != user:
        return None
    if wish is None:
        await posts.refuse_open_images(session, post_id, None)
        await posts.change(session, post_id, held_back=False)
    else:
        wanted = {"wants_new": wish.new, "wants_mascot": wish.mascot_id, "held_back": False}
        await posts.change(session, post_id, **wanted)
    return post
