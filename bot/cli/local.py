"""The bot in the sandbox: for `masko-slack sandbox` and `masko-slack try`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr

from bot.app import running
from bot.app.tempo import USUAL, Tempo
from bot.cli import manifest
from bot.cli.errors import WrongOption
from bot.cli.options import let, set_up
from bot.db import mascots, posts
from bot.db.tables import IntakeRow, MascotRow
from bot.errors import BotError
from bot.intake.scratch import scratch
from bot.jobs.followups import CARRY
from bot.mascots.service import DESCRIBE
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.samples import samples
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.scenes.recorder import Recording
from bot.sandbox.scenes.replay import Replayed
from bot.sandbox.scenes.seed import Seed
from bot.sandbox.slack import NewFile
from bot.server.process import Bot, NotListening, listening, told_to_stop
from bot.settings import Settings
from bot.slack.blocks import references

PATIENCE = 120.0  # seconds that `try` waits for the thread to be complete


class TookTooLong(BotError):
    """The thread was not complete in time."""

    @property
    def words(self) -> str:
        return f"The thread was not complete after {PATIENCE:.0f} s; the log above may say why."


@dataclass(frozen=True)
class Said:
    """One message of the thread: who (a name) and what (plain words)."""

    user: str
    text: str


@dataclass(frozen=True)
class TriedMascot:
    """The mascot that came of it; `references` reads like `1 of 6 references`."""

    name: str | None
    prompt: str | None
    references: str
    collection_id: str


@dataclass(frozen=True)
class TriedImage:
    """What became of one file: `added`, `duplicate`, `left_out`, `refused`, `failed` or `ignored`."""

    name: str
    outcome: str
    detail: str | None


@dataclass(frozen=True)
class TriedFault:
    """A fault that was asked for, as it was typed, and how often it struck; None for what lasts."""

    fault: str
    struck: int | None


@dataclass(frozen=True)
class Tried:
    """All that `try` has to tell."""

    thread: tuple[Said, ...]
    mascot: TriedMascot | None
    images: tuple[TriedImage, ...]
    faults: tuple[TriedFault, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        said = [f"{said.user}\n{_indented(said.text)}" for said in self.thread]
        struck = [
            f"{fault.fault}: {'lasted' if fault.struck is None else f'struck {fault.struck} ×'}"
            for fault in self.faults
        ]
        return "\n\n".join([*said, *(["\n".join(struck)] if struck else [])])


@asynccontextmanager
async def local_bot(
    *,
    port: int = 0,
    database_url: str,
    masko: Mapping[str, Any] | None = None,
    tempo: Tempo = USUAL,
    seed: Seed | None = None,
) -> AsyncIterator[tuple[Sandbox, Bot]]:
    """A sandbox, and the unmodified bot connected to it over Socket Mode and HTTP.

    Args:
        port: of the page; 0 takes a free one.
        database_url: the bot's database.
        masko: arguments of the local Masko, such as `projects`.
        tempo: how patient the bot is.
        seed: who and what is there at first, when not the usual.
    """
    inspector, key = Inspector(), obviously_fake_key()
    local_masko = LocalMasko(api_key=key, inspector=inspector, **(masko or {}))
    servers = Sandbox(
        manifest.manifest(), port=port, inspector=inspector, masko=local_masko, masko_api_key=key
    )
    async with AsyncExitStack() as stack:
        try:
            local = await stack.enter_async_context(servers)
        except OSError as error:
            raise NotListening(
                f"--port: nothing can listen on {port} ({error.strerror or error})."
            ) from error
        if seed is not None:
            await set_up(local, seed)
        settings = Settings(
            slack_bot_token=SecretStr(local.bot_token),
            slack_app_token=SecretStr(local.app_token),
            slack_api_url=local.slack_api_url,
            masko_api_key=SecretStr(local.masko_api_key),
            masko_api_url=local.masko_api_url,
            database_url=database_url,
        )
        async with running(settings, tempo=tempo) as bot, listening(bot):
            await local.slack.wait_connected(timeout=10.0)
            yield local, bot


async def open_sandbox(
    *,
    port: int,
    keep: Path | None,
    masko: Mapping[str, Any] | None = None,
    seed: Seed | None = None,
    faults: Sequence[str] = (),
) -> None:
    """Serve the page until told to stop; `masko` are arguments of the local Masko.

    Raises:
        WrongOption: a seed whose pictures Masko does not take, or a condition's value that it cannot take.
    """
    stop = told_to_stop()
    with scratch() as folder:
        database = keep or folder / "masko.db"
        url = f"sqlite:///{database}"
        async with local_bot(port=port, database_url=url, masko=masko, seed=seed) as (local, _bot):
            await let(local, faults)
            typer.echo(f"The sandbox is open: {local.page_url}\nStop it with Ctrl-C.")
            await stop.wait()


async def try_images(
    paths: Sequence[Path], *, masko: Mapping[str, Any] | None = None, faults: Sequence[str] = ()
) -> Tried:
    """Post images in #mascots as Ana, in one post, and wait until the thread is complete.

    Args:
        paths: the images; none: a sample.
        masko: arguments of the local Masko.
        faults: what is to go wrong meanwhile, as it is typed (`masko.create=lost-answer`).

    Raises:
        TookTooLong: it was not, within two minutes.
        WrongOption: a condition's value that it cannot take.
    """
    files = [NewFile(path.name, path.read_bytes()) for path in paths] or [_sample()]
    with scratch() as folder:
        url = f"sqlite:///{folder}/masko.db"
        async with local_bot(database_url=url, masko=masko) as (local, bot):
            await let(local, faults)
            channel = local.slack.directory.channel("mascots").id
            post = await local.slack.post(user="ana", channel=channel, files=files)
            try:
                async with asyncio.timeout(PATIENCE):
                    await heard_of(local, post["ts"])
                    await bot.queue.drained(CARRY, DESCRIBE)
            except TimeoutError:
                raise TookTooLong from None
            return await _tried(local, bot, post, faults)


async def replay_recording(recording: Recording, patience: float) -> Replayed:
    """Play a recording with the bot in a fresh sandbox.

    Args:
        patience: seconds that each step, and the outcome, are waited for.

    Raises:
        WrongOption: what it begins with cannot be set up.
    """
    with scratch() as folder:
        async with local_bot(database_url=f"sqlite:///{folder}/masko.db") as (local, _bot):
            try:
                return await local.replay(recording, patience=patience)
            except ValueError as error:
                raise WrongOption(f"the recording cannot be played: {error}") from error


def _sample() -> NewFile:
    first = samples()[0]
    return NewFile(first.file, first.read())


async def heard_of(local: Sandbox, ts: str) -> None:
    """Wait until the bot has acknowledged the event of a post, which it does when that is written down."""
    await local.slack.wait_until(lambda: _acknowledged(local, ts) or None, timeout=PATIENCE)


def _acknowledged(local: Sandbox, ts: str) -> bool:
    record = local.inspector.after(0)
    sent = {
        entry.request["envelope_id"]
        for entry in record
        if entry.kind == "envelope" and entry.request and _event_of(entry.request).get("ts") == ts
    }
    return any(entry.kind == "ack" and entry.response["envelope_id"] in sent for entry in record)


def _event_of(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    event: Mapping[str, Any] = envelope.get("payload", {}).get("event", {})
    return event


async def _tried(local: Sandbox, bot: Bot, posted: Mapping[str, Any], faults: Sequence[str] = ()) -> Tried:
    channel, ts = local.slack.directory.channel("mascots").id, posted["ts"]
    team, people = local.slack.directory.team.id, local.slack.directory
    async with bot.store.write() as session:
        thread = await mascots.thread(session, team, channel, ts)
        mascot = await mascots.mascot(session, thread.mascot_id) if thread.mascot_id else None
        post = await posts.at(session, team, channel, ts)
        images = await posts.images_of(session, post.id) if post else []
    return Tried(
        thread=tuple(
            Said(people.person(message["user"]).real_name, words_of(message))
            for message in local.slack.thread(channel, ts)
        ),
        mascot=_tried_mascot(mascot) if mascot else None,
        images=tuple(_tried_images([file["name"] for file in posted["files"]], images)),
        faults=tuple(TriedFault(fault, local.theatre.struck(fault)) for fault in faults),
    )


def _tried_images(names: Sequence[str], rows: Sequence[IntakeRow]) -> Iterator[TriedImage]:
    """One outcome a file, in order; what the bot did not look at is `ignored`."""
    by_name: dict[str, list[IntakeRow]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    for name in names:
        if found := by_name.get(name):
            row = found.pop(0)
            yield TriedImage(name, row.state.value, row.detail)
        else:
            yield TriedImage(name, "ignored", "This is no image, so the bot did not look at it.")


def _tried_mascot(row: MascotRow) -> TriedMascot:
    return TriedMascot(row.name, row.prompt, references(len(row.reference_ids)), row.id)


def words_of(message: Mapping[str, Any]) -> str:
    """A message as plain words: its blocks line by line, or its text and the names of its files."""
    if blocks := message.get("blocks"):
        lines = [line for block in blocks for line in _lines(block)]
    else:
        lines = [message["text"]]
    lines += [f"[{file['name']}]" for file in message.get("files", [])]
    return "\n".join(filter(None, lines))


def _lines(block: Mapping[str, Any]) -> Iterator[str]:
    match block:
        case {"type": "header" | "section", "text": {"text": str(text)}}:
            yield text
        case {"type": "rich_text", "elements": [{"elements": list(parts)}, *_]}:
            yield "".join(map(_part, parts))
        case {"type": "context", "elements": list(elements)}:
            yield from (element["text"] for element in elements if "text" in element)
        case {"type": "actions", "elements": list(elements)}:
            yield " ".join(f"[{element['text']['text']}]" for element in elements if "text" in element)


def _part(part: Mapping[str, Any]) -> str:
    match part:
        case {"type": "user", "user_id": str(user)}:
            return f"<@{user}>"
        case {"type": "date", "fallback": str(fallback)}:
            return fallback
    return str(part.get("text", ""))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
