"""A team in the sandbox, with the unmodified bot: post, press, fill in, read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any

from aiohttp.test_utils import TestServer
from PIL import Image, ImageDraw
from pydantic import SecretStr
from sqlalchemy import delete

from bot.app import running
from bot.app.manifest import manifest
from bot.app.timing import USUAL, Timing
from bot.cards.contact_sheet import SHEET
from bot.cards.view import MORE, NAME
from bot.channels.queries import settings_of, write_settings
from bot.channels.service import TOLD
from bot.channels.settings import ChannelSettings
from bot.cli.local import heard_of, local_bot, words_of
from bot.commands.dispatch import MENTIONED
from bot.db import Store
from bot.db.tables import InteractionRow
from bot.intake.catch import ANOTHER, OFFER_REMOVAL
from bot.jobs.runner import CARRY, REFRESH, RETIRE, RULED
from bot.mascots.edit import EDIT
from bot.mascots.service import DESCRIBE
from bot.references.add import MOVE
from bot.references.add_forms import ASKED as ADDED
from bot.references.remove import REMOVE, UNLINK
from bot.review.notify import OUTDATED, TELL
from bot.review.requests import ASK
from bot.review.votes import ACT
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.records import Collection
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.slack import LocalSlack, NewFile, Submitted
from bot.sandbox.slack.deliveries import Delivery
from bot.server.http import EVENTS_PATH, slack_application
from bot.server.process import Bot
from bot.settings import Settings
from tests.jobs import rows as job_rows

Message = dict[str, Any]

ASKED_IN_THREADS = (MENTIONED, REMOVE, UNLINK, MOVE, ADDED, ANOTHER, ACT, ASK)
SAID_AFTERWARDS = (RULED, TOLD, TELL, OUTDATED, OFFER_REMOVAL)


async def set_channel(store: Store, team: str, channel: str, settings: ChannelSettings) -> None:
    """Set a channel without its form, and without a word."""
    await store.write_at_once(lambda session: write_settings(session, team, channel, settings, by="UANA"))


async def use_mascot(store: Store, team: str, channel: str, mascot_id: str) -> None:
    """Let a channel's images go to a mascot, without a word."""
    settings = replace(await settings_now(store, team, channel), mascot_id=mascot_id)
    await set_channel(store, team, channel, settings)


async def settings_now(store: Store, team: str, channel: str) -> ChannelSettings:
    """What a channel is set to."""
    async with store.read() as session:
        return await settings_of(session, team, channel)


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
        await self.sandbox.slack.wait_until(lambda: heard_of(self.sandbox, post["ts"]) or None, timeout=120)
        await self.done()
        return post

    async def done(self) -> None:
        """Wait until the bot has nothing left to do at once."""
        await self.bot.queue.drained(*ASKED_IN_THREADS, CARRY, DESCRIBE, EDIT)
        await self.bot.queue.drained(RETIRE)  # which those put

    async def all_done(self) -> None:
        """`done`, with every card shown as well."""
        for _ in range(3):  # what is asked for puts work for others
            await self.bot.queue.drained(
                *ASKED_IN_THREADS,
                CARRY,
                DESCRIBE,
                EDIT,
                REFRESH,
                SHEET,
                RETIRE,
                *SAID_AFTERWARDS,
            )

    async def let_an_hour_pass(self) -> None:
        """Make the job that waits for its next try one that has been tried for an hour."""
        async with asyncio.timeout(10):
            while True:
                async with self.bot.store.write() as session:
                    if await job_rows.change(session, "attempt", 30, failed=True):
                        return
                await asyncio.sleep(0.01)  # its first try is not written down yet

    async def wear_out(self, until: Callable[[], bool] = lambda: False) -> None:
        """Let an hour pass for what is tried in vain, again and again until no job is left, or `until`."""
        async with asyncio.timeout(60):
            while not until() and await self.bot.queue.unfinished(CARRY, DESCRIBE, EDIT):
                async with self.bot.store.write() as session:
                    # a job that runs just now writes its own count afterwards
                    await job_rows.change(session, "attempt", 30, failed=True)
                await asyncio.sleep(0.02)

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
    ) -> Delivery:
        """Press a button, in sight or under the `···`."""
        hidden = [
            (block, menu, option)
            for block, menu in menus(message)
            for option in menu["options"]
            if option["value"].startswith(f"{action_id} ")
        ]
        if hidden:
            block, _, option = hidden[0]
            chosen = {"selected_option": option}
            delivery = await self.slack.press(user, channel, message["ts"], MORE, block, chosen)
        else:
            delivery = await self.slack.press(user, channel, message["ts"], action_id)
        assert delivery.acknowledged
        return delivery

    async def choose(
        self, message: Message, label: str, *, user: str = "ana", channel: str = "mascots"
    ) -> None:
        """Choose by its label under one of the `···` of a message."""
        block, menu, option = next(
            (block, menu, option)
            for block, menu in menus(message)
            for option in menu["options"]
            if option["text"]["text"] == label
        )
        chosen = {"selected_option": option}
        delivery = await self.slack.press(user, channel, message["ts"], menu["action_id"], block, chosen)
        assert delivery.acknowledged

    async def press_again(self, action_id: str) -> None:
        """Press a button that was pressed last once more, on what was seen then."""
        again = await self.anew(self._pressed(action_id))
        assert again.acknowledged
        await self.all_done()

    async def deliver_press_again(self, action_id: str) -> None:
        """Deliver the last press of a button once more, after the machine that took it has died over it."""
        async with self.bot.store.write() as session:
            await session.execute(delete(InteractionRow))
        again = await self.slack.deliver_again(self._pressed(action_id), retry_attempt=0)
        assert again.acknowledged
        await self.all_done()

    def _pressed(self, action_id: str) -> Delivery:
        """The last press of a button."""
        return next(each for each in reversed(self.slack.deliveries) if presses(each, action_id))

    async def anew(self, earlier: Delivery) -> Delivery:
        """Have somebody do once more what they did, in the same state of things."""
        trigger = self.slack.workspace.triggers.issue(earlier.payload["user"]["id"])
        once_more = Delivery(earlier.type, {**earlier.payload, "trigger_id": trigger})
        return await self.slack.deliver_again(once_more, retry_attempt=0)

    async def fill_in(self, value: str, field: str = NAME, *, user: str = "ana") -> dict[str, str]:
        """Fill in a field of the open form and send it; the errors that it shows, or none."""
        submitted = await self.send(value, field, user=user)
        await self.all_done()
        return dict(submitted.errors or {})

    async def unlink(self, post: Message, *, user: str = "ana") -> None:
        """Unlink a thread from its mascot, by the card."""
        await self.choose(self.card(post), "Unlink this thread", user=user)
        await self.confirm(user)

    async def take_vote_back(self, post: Message, *, user: str = "ana") -> None:
        """Take a vote back, by the details of the card."""
        await self.choose(self.card(post), "Details", user=user)
        await self.confirm(user)

    async def confirm(self, user: str = "ana") -> Submitted:
        """Send the open form as it is."""
        view = await self.slack.wait_until(lambda: self.slack.view(user))
        submitted = await self.slack.submit(user, view["id"], {})
        await self.all_done()
        return submitted

    async def send(self, value: str, field: str = NAME, *, user: str = "ana") -> Submitted:
        """The same without waiting for what comes of it."""
        view = await self.slack.wait_until(lambda: self.slack.view(user))  # a press is acknowledged first
        values = {field: {field: {"type": "plain_text_input", "value": value}}}
        return await self.slack.submit(user, view["id"], values)

    def mascots(self) -> list[Collection]:
        """All mascots in Masko."""
        return list(self.masko.collections.values())

    def findings(self) -> list[str]:
        """What the strict services hold against the bot."""
        return [f"{entry.title}: {entry.finding}" for entry in self.sandbox.inspector.findings()]


def presses(delivery: Delivery, action_id: str) -> bool:
    """Whether somebody pressed this button, in sight or under the `···`."""
    actions = delivery.payload.get("actions", ())
    hidden = [(each.get("selected_option") or {}).get("value", "").split(" ")[0] for each in actions]
    return action_id in (*hidden, *(each["action_id"] for each in actions))


def menus(message: Message) -> list[tuple[str, Message]]:
    """The `···` of a message, each with the id of its block."""
    return [
        (block["block_id"], element)
        for block in message["blocks"]
        for element in (block.get("accessory", {}), *block.get("elements", ()))
        if element.get("type") == "overflow"
    ]


def choices(message: Message) -> list[str]:
    """What is under the `···` of a message, by label."""
    return [option["text"]["text"] for _, menu in menus(message) for option in menu["options"]]


@asynccontextmanager
async def a_team(database_url: str, *, timing: Timing = USUAL, **masko: Any) -> AsyncIterator[Team]:
    """A fresh sandbox and bot; `masko` are arguments of `LocalMasko`."""
    async with local_bot(database_url=database_url, masko=masko, timing=timing) as (sandbox, bot):
        yield Team(sandbox, bot)


@asynccontextmanager
async def a_team_over_http(database_url: str, *, faster: float = 100.0) -> AsyncIterator[Team]:
    """The same with a bot that hears over HTTP; Slack's retries come so many times sooner."""
    async with (
        a_sandbox() as sandbox,
        running(settings_for(sandbox, database_url)) as bot,
        TestServer(slack_application(bot.app, sandbox.signing_secret, bot.health.metrics)) as server,
    ):
        http = sandbox.slack.use_request_url(str(server.make_url(EVENTS_PATH)), faster=faster)
        assert await http.verify()
        yield Team(sandbox, bot)


@asynccontextmanager
async def a_sandbox(**masko: Any) -> AsyncIterator[Sandbox]:
    """Both services without a bot; `masko` are arguments of `LocalMasko`."""
    inspector, key = Inspector(), obviously_fake_key()
    local_masko = LocalMasko(api_key=key, inspector=inspector, **masko)
    async with Sandbox(manifest(), inspector=inspector, masko=local_masko, masko_api_key=key) as sandbox:
        yield sandbox


def settings_for(sandbox: Sandbox, database_url: str) -> Settings:
    """What a bot needs to know of a sandbox."""
    return Settings(
        slack_bot_token=SecretStr(sandbox.bot_token),
        slack_app_token=SecretStr(sandbox.app_token),
        slack_signing_secret=SecretStr(sandbox.signing_secret),
        slack_api_url=sandbox.slack_api_url,
        masko_api_key=SecretStr(sandbox.masko_api_key),
        masko_api_url=sandbox.masko_api_url,
        database_url=database_url,
    )


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
