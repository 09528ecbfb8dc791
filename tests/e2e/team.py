"""A team in the sandbox, with the unmodified bot: post, press, fill in, read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import update

from bot.app import Bot
from bot.cards import SHOW
from bot.cli.local import heard_of, local_bot, words_of
from bot.descriptions import CHANGE_PROMPT, RENAME
from bot.intake import CARRY
from bot.mascots import DESCRIBE
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.records import Collection
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from bot.store.tables import JobRow
from bot.views.modals import FIELD

Message = dict[str, Any]


class Team:
    """People who post, and what they read in the thread.

    Attributes:
        slack: the local Slack.
        masko: the local Masko.
        bot: the program that is tried.
        sandbox: both servers and the inspector.
    """

    def __init__(self, sandbox: Sandbox, bot: Bot) -> None:
        assert isinstance(sandbox.masko, LocalMasko)
        self.sandbox = sandbox
        self.slack: LocalSlack = sandbox.slack
        self.masko: LocalMasko = sandbox.masko
        self.bot = bot

    async def post(
        self,
        files: Sequence[NewFile] = (),
        *,
        user: str = "ana",
        channel: str = "mascots",
        text: str = "",
        thread: Message | None = None,
        broadcast: bool = False,
    ) -> Message:
        """Post, and wait until the bot has heard of it and is done with it."""
        post = await self.slack.post(
            user=user,
            channel=channel,
            text=text,
            files=files,
            thread_ts=thread["ts"] if thread else None,
            broadcast=broadcast,
        )
        await heard_of(self.sandbox, post["ts"])
        await self.done()
        return post

    async def done(self) -> None:
        """Wait until the bot has nothing left to do at once."""
        await self.bot.queue.drained(CARRY, DESCRIBE, RENAME, CHANGE_PROMPT)

    async def all_done(self) -> None:
        """`done`, with every card shown as well."""
        await self.bot.queue.drained(CARRY, DESCRIBE, RENAME, CHANGE_PROMPT, SHOW)

    async def let_an_hour_pass(self) -> None:
        """Make the job that waits for its next try one that has been tried for an hour."""
        tried = update(JobRow).where(JobRow.attempts > 0).values(attempts=30).returning(JobRow.id)
        async with asyncio.timeout(10):
            while True:
                async with self.bot.store.write() as session:
                    if (await session.scalars(tried)).all():
                        return
                await asyncio.sleep(0.01)  # its first try is not written down yet

    def replies(self, post: Message, channel: str = "mascots", viewer: str | None = None) -> list[Message]:
        """What the bot said in the thread of a post."""
        me = self.slack.directory.bot.id
        return [m for m in self.slack.thread(channel, post["ts"], viewer) if m["user"] == me]

    def words(self, post: Message, channel: str = "mascots", viewer: str | None = None) -> list[str]:
        """The same as plain words, a string a message."""
        return [words_of(message) for message in self.replies(post, channel, viewer)]

    def card(self, post: Message, channel: str = "mascots") -> Message:
        """The first thing that the bot said in a thread."""
        return self.replies(post, channel)[0]

    async def press(
        self, message: Message, action_id: str, *, user: str = "ana", channel: str = "mascots"
    ) -> None:
        """Press a button."""
        delivery = await self.slack.press(user, channel, message["ts"], action_id)
        assert delivery.acknowledged

    async def fill_in(self, value: str, *, user: str = "ana") -> dict[str, str]:
        """Fill in the open form's only field and send it; the errors that it shows, or none."""
        view = await self.slack.wait_until(lambda: self.slack.view(user))  # a press is acknowledged first
        values = {FIELD: {FIELD: {"type": "plain_text_input", "value": value}}}
        submitted = await self.slack.submit(user, view["id"], values)
        await self.all_done()
        return dict(submitted.errors or {})

    def mascots(self) -> list[Collection]:
        """All mascots in Masko."""
        return list(self.masko.collections.values())

    def findings(self) -> list[str]:
        """What the strict services hold against the bot."""
        return [f"{entry.title}: {entry.finding}" for entry in self.sandbox.inspector.findings()]


@asynccontextmanager
async def a_team(folder: Path, **masko: Any) -> AsyncIterator[Team]:
    """A fresh sandbox and bot; `masko` are arguments of `LocalMasko`."""
    async with local_bot(database=folder / "masko.db", masko=masko) as (sandbox, bot):
        yield Team(sandbox, bot)


def picture(name: str = "fox.png", colour: str = "orange", size: int = 1024) -> NewFile:
    """A plain picture that is unlike those of other colours."""
    return NewFile(name, drawn(colour, size))


def drawn(colour: str = "orange", size: int = 1024, file_format: str = "PNG") -> bytes:
    """A round figure on white as an image file."""
    image = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((size // 8, size // 4, size * 7 // 8, size * 15 // 16), fill=colour)
    draw.ellipse((size // 3, size // 10, size * 2 // 3, size // 2), fill=colour, outline="black")
    out = BytesIO()
    image.save(out, file_format)
    return out.getvalue()


COLOURS = ("orange", "teal", "purple", "green", "crimson", "navy", "gold", "gray", "pink")


def pictures(count: int) -> list[NewFile]:
    """That many pictures, each unlike the others, named a.png, b.png …"""
    return [picture(f"{chr(97 + n)}.png", COLOURS[n]) for n in range(count)]
