"""The bot in the sandbox: `masko-slack sandbox`, `try` and `replay`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer
from pydantic import SecretStr

from bot.app import manifest, running
from bot.app.timing import USUAL, Timing
from bot.db import mascots, posts
from bot.db.tables import IntakeRow
from bot.errors import Refusal
from bot.jobs.runner import CARRY
from bot.mascots.service import DESCRIBE
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.samples import samples
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.scenarios.controller import on_offer
from bot.sandbox.scenarios.recorder import Recording
from bot.sandbox.scenarios.replay import Replayed
from bot.sandbox.scenarios.seed import Seed, parsed
from bot.sandbox.slack import NewFile
from bot.server import NotListening
from bot.server.process import Bot, listening, stop_signal
from bot.settings import Settings, SettingsError
from bot.slack.blocks import references

LOOK_AGAIN = 0.05  # seconds


@contextmanager
def _option(name: str) -> Iterator[None]:
    """Turn errors of what an option named into `SettingsError`."""
    try:
        yield
    except ValueError as error:
        raise SettingsError(name, str(error)) from error


def read_seed(path: Path) -> Seed:
    """Read a seed, or raise `SettingsError`."""
    with _option(f"--seed {path.name}"):
        return parsed(path.read_text("utf-8"))


def read_recording(path: Path) -> Recording:
    """Read a recording, or raise `SettingsError`."""
    with _option(path.name):
        return Recording.read(json.loads(path.read_text("utf-8")))


async def _set_faults(local: Sandbox, faults: Sequence[str]) -> None:
    for fault in faults:
        try:
            await local.controller.let(fault)
        except ValueError as error:
            raise SettingsError(f"--fault {fault}", f"{error}\n\n{on_offer()}") from error


@asynccontextmanager
async def local_bot(
    *,
    port: int = 0,
    database_url: str | None = None,
    masko: Mapping[str, Any] | None = None,
    timing: Timing = USUAL,
    seed: Seed | None = None,
) -> AsyncIterator[tuple[Sandbox, Bot]]:
    """Run a sandbox, and the unmodified bot connected to it over Socket Mode and HTTP.

    Raises SettingsError: the seed names a picture that Masko does not take.

    Args:
        port: of the page; 0 takes a free one.
        database_url: of the bot; None: a file that lasts as long as this.
        masko: arguments of the local Masko, such as `projects`.
        seed: people, channels and mascots, if not the default ones.
    """
    inspector, key = Inspector(), obviously_fake_key()
    local_masko = LocalMasko(api_key=key, inspector=inspector, **(masko or {}))
    servers = Sandbox(
        manifest.manifest(), port=port, inspector=inspector, masko=local_masko, masko_api_key=key
    )
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        try:
            local = await stack.enter_async_context(servers)
        except OSError as error:
            words = f"--port: nothing can listen on {port} ({error.strerror or error})."
            raise NotListening(words) from error
        if seed is not None:
            with _option("--seed"):
                await local.controller.reset(seed=seed)
        settings = Settings(
            slack_bot_token=SecretStr(local.bot_token),
            slack_app_token=SecretStr(local.app_token),
            slack_api_url=local.slack_api_url,
            masko_api_key=SecretStr(local.masko_api_key),
            masko_api_url=local.masko_api_url,
            database_url=database_url or f"sqlite:///{folder}/masko.db",
        )
        async with running(settings, timing=timing) as bot, listening(bot):
            await local.slack.wait_connected(timeout=10.0)
            yield local, bot


async def open_sandbox(
    *, port: int, keep: Path | None, masko: Mapping[str, Any], seed: Seed | None, faults: Sequence[str]
) -> None:
    """Serve the page until a signal; arguments as of `local_bot`, and the database file to keep."""
    stop, url = stop_signal(), f"sqlite:///{keep}" if keep else None
    async with local_bot(port=port, database_url=url, masko=masko, seed=seed) as (local, _bot):
        await _set_faults(local, faults)
        typer.echo(f"The sandbox is open: {local.page_url}\nStop it with Ctrl-C.")
        await stop.wait()


async def try_images(
    paths: Sequence[Path], *, masko: Mapping[str, Any], faults: Sequence[str], limit: float
) -> dict[str, Any]:
    """Post images (none: a sample) in #mascots as Ana, in one post, and wait until the thread is complete.

    Returns `thread`: the messages, each `user` and `text`; `mascot`: `name`, `prompt`, `references` such as
    `1 of 6 references` and `collection_id`, or None; `images`: `name`, `outcome` and `detail` of each file;
    `faults`: each `fault`, such as `masko.create=lost-answer`, and how often it `struck`.  Raises Refusal
    after `limit` seconds, SettingsError for a fault that is not on offer.
    """
    sample = samples()[0]
    files = [NewFile(path.name, path.read_bytes()) for path in paths] or [NewFile(sample.file, sample.read())]
    async with local_bot(masko=masko) as (local, bot):
        await _set_faults(local, faults)
        channel = local.slack.directory.channel("mascots").id
        post = await local.slack.post(user="ana", channel=channel, files=files)
        await _completed(local, bot, post["ts"], limit)
        struck = [{"fault": fault, "struck": local.controller.struck(fault)} for fault in faults]
        return {**await _outcome(local, bot, post), "faults": struck}


async def replay_recording(recording: Recording, patience: float) -> Replayed:
    """Play a recording with the bot in a fresh sandbox; `patience`: seconds for each step, and the outcome.

    Raises SettingsError: what it begins with cannot be set up.
    """
    async with local_bot() as (local, _bot):
        with _option("the recording cannot be played"):
            return await local.replay(recording, patience=patience)


async def _completed(local: Sandbox, bot: Bot, ts: str, limit: float) -> None:
    end = time.monotonic() + limit
    while (awaited := await _awaited(local, bot, ts)) is not None:
        if time.monotonic() >= end:
            hint = "The log above may say why; --timeout gives it more time."
            raise Refusal(f"After {limit:g} s I stopped waiting until {awaited}. {hint}")
        await asyncio.sleep(LOOK_AGAIN)


async def _awaited(local: Sandbox, bot: Bot, ts: str) -> str | None:
    """Return what has to happen before the thread of a post is complete; None once it is."""
    if not heard_of(local, ts):
        return "the bot has received the post"
    if await bot.queue.unfinished(CARRY):
        return "the images are in Masko"
    return "Masko has described the mascot" if await bot.queue.unfinished(DESCRIBE) else None


def heard_of(local: Sandbox, ts: str) -> bool:
    """Return whether the bot has acknowledged the event of a post."""
    record = local.inspector.after(0)
    envelopes = [entry.request for entry in record if entry.kind == "envelope" and entry.request]
    of_post = (each for each in envelopes if each.get("payload", {}).get("event", {}).get("ts") == ts)
    sent = {each["envelope_id"] for each in of_post}
    return any(entry.response["envelope_id"] in sent for entry in record if entry.kind == "ack")


async def _outcome(local: Sandbox, bot: Bot, posted: Mapping[str, Any]) -> dict[str, Any]:
    directory, ts = local.slack.directory, posted["ts"]
    channel = directory.channel("mascots").id
    async with bot.store.read() as session:
        thread = await mascots.known_thread(session, directory.team.id, channel, ts)
        row = await mascots.mascot(session, thread.mascot_id) if thread and thread.mascot_id else None
        post = await posts.at(session, directory.team.id, channel, ts)
        images = await posts.images_of(session, post.id) if post else []
    said = [
        {"user": directory.person(message["user"]).real_name, "text": words_of(message)}
        for message in local.slack.thread(channel, ts)
    ]
    mascot = row and {
        "name": row.name,
        "prompt": row.prompt,
        "references": references(len(row.reference_ids)),
        "collection_id": row.id,
    }
    return {"thread": said, "mascot": mascot, "images": list(_images(posted["files"], images))}


def _images(files: Sequence[Mapping[str, Any]], rows: Sequence[IntakeRow]) -> Iterator[dict[str, Any]]:
    """Yield the outcome of each file: its `ImageState`, or `ignored`."""
    images = {row.file_id: row for row in rows}
    for file in files:
        row = images.get(file["id"])
        outcome = row.state.value if row else "ignored"
        detail = row.detail if row else "This isn't an image, so the bot didn't look at it."
        yield {"name": file["name"], "outcome": outcome, "detail": detail}


def as_text(outcome: Mapping[str, Any]) -> str:
    """Return the thread and the faults of `try_images` as text."""
    said = [
        "\n".join([message["user"], *(f"  {line}" for line in message["text"].splitlines())])
        for message in outcome["thread"]
    ]
    ignored = [each for each in outcome["images"] if each["outcome"] == "ignored"]
    said += [f"{image['name']}: {image['detail']}" for image in ignored]
    struck = [(each["fault"], each["struck"]) for each in outcome["faults"]]
    faults = [f"{fault}: {'lasted' if n is None else f'struck {n} ×'}" for fault, n in struck]
    return "\n\n".join(filter(None, [*said, "\n".join(faults)]))


def words_of(message: Mapping[str, Any]) -> str:
    """Return a message as text: its blocks line by line, or its text, and the names of its files."""
    blocks = message.get("blocks")
    lines = [line for block in blocks for line in _lines(block)] if blocks else [message["text"]]
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
