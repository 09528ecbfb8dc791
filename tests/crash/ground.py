"""The ground of a trial: a Slack and a Masko without limits, and what they hold at the end."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from bot.app import manifest
from bot.cli.local import words_of
from bot.sandbox.inspector import Entry, Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.vision import Description
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.slack import LocalSlack, NewFile
from bot.sandbox.slack.directory import Channel
from tests.crash.dangers import Dangers
from tests.crash.judge import Reply, Upload
from tests.crash.steps import Moment, Watch
from tests.crash.story import Post

PEOPLE = ("ana", "ben", "chris")
CHANNELS = 12  # the bot says about one message a second in each
HEAD_START = 4  # posts that may be made before the kills catch up
BETWEEN_POSTS = 0.2  # seconds, on average


class Ground:
    """Where people post and the bot works.

    Attributes:
        sandbox: both services.
        findings: what they hold against the bot, counted.
    """

    def __init__(self, sandbox: Sandbox, masko: LocalMasko) -> None:
        self.sandbox = sandbox
        self.findings: Counter[str] = Counter()
        self._slack: LocalSlack = sandbox.slack
        self._masko = masko
        self._posted: dict[int, str] = {}  # number of the post → ts
        self._on_their_way: set[str] = set()  # envelopes with a post's event
        sandbox.inspector.listen(self._found)

    def environment(self, database_url: str) -> dict[str, str]:
        """What a worker is told."""
        return {
            "SLACK_BOT_TOKEN": self.sandbox.bot_token,
            "SLACK_APP_TOKEN": self.sandbox.app_token,
            "SLACK_API_URL": self.sandbox.slack_api_url,
            "MASKO_API_KEY": self.sandbox.masko_api_key,
            "MASKO_API_URL": self.sandbox.masko_api_url,
            "MASKO_LIMITS": "none",
            "IMAGES_PER_PERSON": "none",
            "IMAGES_PER_CHANNEL": "none",
            "DATABASE_URL": database_url,
            "LOG_FORMAT": "json",
        }

    def tell_of_acknowledgements(self, dangers: Dangers) -> None:
        """Let `dangers` know when a post's event is sent, and when it is acknowledged."""

        def heard(entry: Entry) -> None:
            if entry.kind == "envelope" and entry.title.startswith("message file_share"):
                self._on_their_way.add(entry.request["envelope_id"])
                dangers.acknowledging(Moment.BEFORE)
            elif entry.kind == "ack" and entry.response.get("envelope_id") in self._on_their_way:
                dangers.acknowledging(Moment.AFTER)

        self.sandbox.inspector.listen(heard)

    def _found(self, entry: Entry) -> None:
        if entry.finding is not None:
            self.findings["".join("#" if c.isdigit() else c for c in entry.finding)[:120]] += 1

    # -- posting ----------------------------------------------------------------------------------

    async def post(self, post: Post, random: Random) -> None:
        """Let somebody post."""
        message = await self._slack.post(
            user=random.choice(PEOPLE),
            channel=_channel_of(post.thread),
            files=[NewFile(picture.name, picture.content) for picture in post.pictures],
            thread_ts=None if post.is_root else self._posted[post.thread],
        )
        self._posted[post.number] = message["ts"]

    @property
    def posted(self) -> int:
        """How many posts there are."""
        return len(self._posted)

    @property
    def unheard(self) -> int:
        """How many posts no worker has acknowledged."""
        ours = (d for d in self._slack.socket.deliveries if d.payload.get("event", {}).get("files"))
        return sum(not delivery.acknowledged for delivery in ours)

    @property
    def heard(self) -> bool:
        """Whether a worker listens and every post was acknowledged."""
        return self._slack.connected and not self.unheard

    def changes(self) -> tuple[int, ...]:
        """Something that stays the same only while nothing happens."""
        references = sum(len(each.reference_asset_ids) for each in self._masko.collections.values())
        return self._slack.workspace.changes.seq, len(self._masko.assets), references

    # -- looking ----------------------------------------------------------------------------------

    def replies(self, story: Sequence[Post]) -> dict[int, list[Reply]]:
        """What the bot said, by the number of the thread's root."""
        return {post.number: self._replies(post.number) for post in story if post.is_root}

    def _replies(self, thread: int) -> list[Reply]:
        me = self._slack.directory.bot.id
        messages = self._slack.thread(_channel_of(thread), self._posted[thread])
        return [Reply(words_of(said), _is_card(said)) for said in messages if said["user"] == me]

    def mascots(self) -> list[list[Upload]]:
        """The references of each mascot."""
        assets = self._masko.assets
        return [
            [
                _upload(assets[asset_id].filename, assets[asset_id].data)
                for asset_id in mascot.reference_asset_ids
            ]
            for mascot in self._masko.collections.values()
        ]

    @property
    def uploads(self) -> int:
        """How many files were uploaded."""
        return len(self._masko.assets)


@asynccontextmanager
async def ground(watch: Watch) -> AsyncIterator[Ground]:
    """Both services, open while the block runs."""
    inspector, key = Inspector(keep=2000), obviously_fake_key()
    masko = LocalMasko(api_key=key, inspector=inspector, limits=(), vision=_vision, describe_after=0.5)
    sandbox = Sandbox(
        manifest.manifest(),
        inspector=inspector,
        masko=masko,
        masko_api_key=key,
        middlewares=[watch.middleware],
    )
    async with sandbox:
        slack = sandbox.slack
        slack.rate_limits.enforced = False
        # Slack gives up after some tries, and then a post is lost to every bot: that is not what is tried.
        slack.socket.retries, slack.socket.pauses = 10_000, (0.2,)
        members = [*(slack.directory.person(name).id for name in PEOPLE), slack.directory.bot.id]
        for number in range(CHANNELS):
            channel = Channel(f"C0CRASH{number:03}", f"crash-{number}", "channel", "", list(members))
            slack.directory.channels[channel.id] = channel
        yield Ground(sandbox, masko)


def _vision(data: bytes) -> Description:
    """Costs nothing: real Masko's runs on other machines."""
    return Description(
        f"Mascot {hashlib.sha256(data).hexdigest()[:6]}", "A friendly figure of three circles."
    )


def _channel_of(thread: int) -> str:
    return f"crash-{thread % CHANNELS}"


def _is_card(message: Mapping[str, Any]) -> bool:
    return any(block["type"] == "header" for block in message.get("blocks", []))


def _upload(name: str | None, data: bytes) -> Upload:
    return Upload(name or "", hashlib.sha256(data).hexdigest())
