"""Channels where the bot asks first: a private question to the poster, and what they decide."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Actor, Permissions
from bot.channels.queries import settings_of
from bot.db import Store, mascots, posts
from bot.db.tables import CaughtBy, IntakeRow, MascotRow, PostRow, ThreadRow
from bot.db.values import Mode
from bot.images import advice
from bot.intake.arrivals import Arrivals
from bot.intake.questions_view import Question, question
from bot.intake.wishes import Wish
from bot.mascots.search import Option
from bot.mascots.service import Mascots
from bot.slack.blocks import Message
from bot.slack.workspace import Workspace

MOST_MASCOTS = 99  # Block Kit: 100 options of a menu


class Asking:
    """Asks posters.

    Args:
        store: where posts are.
        workspace: the bot's voice in Slack.
        arrivals: looks at images.
        mascots: tells where images would go.
        permissions: says which mascots somebody sees.
    """

    def __init__(
        self,
        store: Store,
        workspace: Workspace,
        arrivals: Arrivals,
        mascots: Mascots,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._arrivals = arrivals
        self._mascots = mascots
        self._permissions = permissions

    async def ask(self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]) -> None:
        """Ask the poster, for their eyes only, what is to become of their images; Masko hears nothing of it.

        Args:
            post: theirs.
            thread: it is in.
            images: of the post.

        Raises:
            SlackError, DownloadError: an image could not be looked at, or the question not be asked, for a
                reason that may pass.
        """
        facts, problems = await self._arrivals.look_at(post, images)
        into = await self._mascots.destination(post, thread)
        async with self._store.read() as session:
            mode = (await settings_of(session, post.team, post.channel)).mode
        asked = Question(
            post_id=post.id,
            names=tuple(image.name for image in images),
            preview=mode is Mode.PREVIEW,
            into=Option(into.name or "this mascot", into.id) if into else None,
            mascots=tuple(map(_option, (await self._living(post))[-MOST_MASCOTS:])),
            hints=(*problems, *(hint.text for hint in advice(facts))),
        )
        await self._whisper(post, question(asked))

    async def which(
        self,
        post: PostRow,
        images: Sequence[IntakeRow],
        remark: str,
        candidates: Sequence[MascotRow],
        into: MascotRow | None = None,
    ) -> None:
        """Ask what a mention is about.

        Args:
            post: the mention.
            images: that it may be about.
            remark: why it is asked.
            candidates: the mascots that may be meant, offered before all others.
            into: the mascot that they would go to.

        Raises:
            SlackError: the question could not be asked, for a reason that may pass.
        """
        living = await self._living(post)
        first = [row.id for row in candidates]
        others = [row for row in living if row.id not in first]
        asked = Question(
            post_id=post.id,
            names=tuple(image.name for image in images),
            preview=False,
            into=Option(into.name or "this mascot", into.id) if into else None,
            mascots=tuple(map(_option, [*candidates, *reversed(others)][:MOST_MASCOTS])),
            remark=remark,
        )
        await self._whisper(post, question(asked))

    async def _living(self, post: PostRow) -> list[MascotRow]:
        """The mascots that the poster sees, oldest first."""
        async with self._store.read() as session:
            living = await mascots.living(session, post.team)
        actor = Actor(post.team, post.user)
        visible = await self._permissions.visible(actor, {row.id for row in living})
        return [row for row in living if row.id in visible]

    async def _whisper(self, post: PostRow, asked: Message) -> None:
        where = post.thread_ts if post.thread_ts != post.ts else None
        await self._workspace.whisper(post.channel, where, post.user, asked)


def _option(row: MascotRow) -> Option:
    return Option(row.name or "New mascot", row.id)


async def decide(session: AsyncSession, post_id: int, actor: Actor, wish: Wish | None) -> PostRow | None:
    """Write down what a poster decided.

    Args:
        post_id: their post.
        actor: who decided.
        wish: what is to be done; None: nothing.

    Returns:
        The post; None where somebody else has decided, or they have before.
    """
    post = await posts.get(session, post_id)
    if post is None or not post.held_back or (post.team, post.user) != (actor.team, actor.user):
        return None
    if wish is None:
        await posts.refuse_open_images(session, post_id, None)
        await posts.change(session, post_id, held_back=False)
    else:
        wanted = {"wants_new": wish.new, "wants_mascot": wish.mascot_id, "held_back": False}
        await posts.change(session, post_id, **wanted, caught_by=CaughtBy.DECIDED)
    return post
