"""What can go wrong, as names for tables; and scenes of the main job in which each call is made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import running
from bot.app.timing import Timing
from bot.cards.view import EDIT
from bot.masko import Timeouts
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.masko.vision import Description
from bot.sandbox.slack import NewFile
from bot.sandbox.slack import faults as slack_faults
from bot.server.process import listening
from tests.e2e.team import COLOURS, Message, Team, a_sandbox, picture, settings_for

MASKO: dict[str, Callable[[], Fault]] = {
    "429": lambda: masko_faults.rate_limited(0.3),
    "500": masko_faults.internal_error,
    "502": faults.proxy_page,
    "timeout": faults.silence,
    "reset": faults.reset,
    "lost": faults.answer_lost,
    "hung": faults.done_in_silence,
    "drip": faults.drip,
}
SLACK = MASKO | {"429": slack_faults.rate_limited, "500": slack_faults.internal_error}
FILES = MASKO | {"429": slack_faults.busy_file_server, "500": faults.empty_500}

MASKOS_CALLS = {
    "projects.list",
    "upload",
    "collections.create",
    "collections.list",
    "collections.get",
    "collections.update",
    "references.add",
}


QUICK = Timing(
    masko=Timeouts(
        connect=2.0,
        read=0.5,
        upload_read=0.5,
        create_read=0.5,
    ),
    slack=1,
    download=1.0,
    faster=200.0,
)
PATIENT = replace(QUICK, masko=replace(QUICK.masko, upload_read=10.0), slack=10, download=10.0)
NO_ANSWER = {"timeout", "hung", "drip"}
"""The faults that end only when the bot gives up waiting; else a slow machine is no fault."""


@dataclass
class Trouble:
    """A fault of one call, that has not begun yet; `times` as for `Faults.add`."""

    team: Team
    call: str
    fault: str
    times: int | None = 1
    effects_before: int = 0

    def begins(self) -> None:
        self.effects_before = self._effects()
        if self.call in MASKOS_CALLS:
            self.team.masko.faults.add(self.call, MASKO[self.fault](), self.times)
        else:
            made = (FILES if self.call == "download" else SLACK)[self.fault]
            self.team.slack.faults.add(self.call, made(), self.times)

    def ends(self) -> None:
        self.team.masko.faults.clear(self.call)
        self.team.slack.faults.clear(self.call)

    @property
    def befell(self) -> int:
        """How often it happened."""
        return self.team.masko.faults.struck[self.call] + self.team.slack.faults.struck[self.call]

    @property
    def effects(self) -> int:
        """How often the call took effect since it began."""
        return self._effects() - self.effects_before

    def _effects(self) -> int:
        return self.team.masko.effects[self.call] + self.team.slack.effects[self.call]


@asynccontextmanager
async def a_quick_team(folder: Path, fault: str = "") -> AsyncIterator[Team]:
    """A team whose bot comes again soon, and whose Masko and Slack see at once what is in a picture.

    Without Masko's limits: what is looked for every five seconds in life is looked for forty times a second.
    """
    rusty = Description("Rusty", "An orange character.")
    async with a_sandbox(limits=(), vision=lambda _: rusty) as sandbox:
        sandbox.slack.files.processing_delay = 0.0
        settings = settings_for(sandbox, f"sqlite:///{folder}/masko.db")
        unlimited = settings.model_copy(update={"masko_limits": "none"})
        async with running(unlimited, timing=QUICK if fault in NO_ANSWER else PATIENT) as bot, listening(bot):
            await sandbox.slack.wait_connected()
            yield Team(sandbox, bot)


def small(count: int) -> list[NewFile]:
    """That many small pictures, each unlike the others, named a.png, b.png …"""
    return [picture(f"{chr(97 + n)}.png", COLOURS[n], size=128) for n in range(count)]


# -- scenes: each ends with one mascot of two images -------------------------------------------------


async def two_images(team: Team, trouble: Trouble) -> Message:
    trouble.begins()
    return await team.slack.post(user="ana", channel="mascots", files=small(2))


async def an_image_more(team: Team, trouble: Trouble) -> Message:
    post = await team.post(small(1))
    trouble.begins()
    ts = post["ts"]
    await team.slack.post(user="ana", channel="mascots", files=small(2)[1:], thread_ts=ts)
    return post


async def two_images_and_no_word_of_the_mascot(team: Team, trouble: Trouble) -> Message:
    team.masko.faults.add("collections.create", faults.answer_lost())
    return await two_images(team, trouble)


async def two_images_and_no_word_of_the_reply(team: Team, trouble: Trouble) -> Message:
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    return await two_images(team, trouble)


async def a_new_name(team: Team, trouble: Trouble) -> Message:
    post = await team.post(small(2))
    await team.press(team.card(post), EDIT)
    trouble.begins()
    await team.send("Felix the Fox")
    return post


async def an_image_that_slack_only_hints_at(team: Team, trouble: Trouble) -> Message:
    """As in channels shared with another organisation."""
    post = await team.post(small(1))
    scopes, mascots = team.slack.directory.app.scopes, team.slack.directory.channel("mascots")
    scopes.discard("channels:history")  # so that nothing is told of the next post as it is
    ts = post["ts"]
    reply = await team.slack.post(user="ana", channel="mascots", files=small(2)[1:], thread_ts=ts)
    scopes.add("channels:history")
    (file,) = reply["files"]
    hint = {"id": file["id"], "mode": "file_access", "file_access": "check_file_info"}
    channel = {"channel": mascots.id, "channel_type": mascots.channel_type}
    trouble.begins()
    await team.slack.send_event({"type": "message", **reply, **channel, "files": [hint]})
    return post


Scene = Callable[[Team, Trouble], Awaitable[Message]]

CARD = ("2 of 6 references",)
CARD_AND_LINE = (*CARD, "Added b.png · 2 of 6 references")

SCENES: dict[str, tuple[Scene, tuple[str, ...]]] = {
    "projects.list": (two_images, CARD),
    "upload": (an_image_more, CARD_AND_LINE),
    "collections.create": (two_images, CARD),
    "collections.list": (two_images_and_no_word_of_the_mascot, CARD),
    "collections.get": (an_image_more, CARD_AND_LINE),
    "references.add": (an_image_more, CARD_AND_LINE),
    "collections.update": (a_new_name, ("Felix the Fox",)),
    "chat.postMessage": (two_images, CARD),
    "chat.update": (two_images, CARD),
    "conversations.replies": (two_images_and_no_word_of_the_reply, CARD),
    "files.info": (an_image_that_slack_only_hints_at, CARD_AND_LINE),
    "download": (two_images, CARD),
}
"""call → how it comes about, and what each message in the thread says in the end."""
