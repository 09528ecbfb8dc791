"""Options of the command line that only the sandbox can tell to be right: faults and seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bot.cli.errors import WrongOption
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenes.offers import UnknownFault
from bot.sandbox.scenes.recorder import Recording
from bot.sandbox.scenes.seed import Seed, SeedError, parsed
from bot.sandbox.scenes.theatre import asked_for, on_offer

HELP = "help"


def readable_seed(path: Path) -> Seed:
    """The seed in a file.

    Raises:
        WrongOption: it holds none.
    """
    try:
        return parsed(path.read_text("utf-8"))
    except (SeedError, UnicodeDecodeError, OSError) as error:
        raise WrongOption(f"--seed {path.name}: {error}") from error


def readable_recording(path: Path) -> Recording:
    """The recording in a file.

    Raises:
        WrongOption: it holds none.
    """
    try:
        return Recording.read(json.loads(path.read_text("utf-8")))
    except (ValueError, OSError) as error:
        raise WrongOption(f"{path.name}: {error}") from error


def everything() -> str:
    """What `--fault` can name, for a terminal."""
    return on_offer()


def possible_faults(faults: Sequence[str]) -> list[str]:
    """What `--fault` named, once it is known to be on offer.

    Raises:
        WrongOption: something is not; the message goes on to list what is.
    """
    for fault in faults:
        try:
            asked_for(fault)
        except UnknownFault as error:
            raise WrongOption(f"--fault {fault}: {error}\n\n{on_offer()}") from error
    return list(faults)


async def set_up(local: Sandbox, seed: Seed) -> None:
    """Begin as a seed has it.

    Raises:
        WrongOption: it names a picture that Masko does not take.
    """
    try:
        await local.theatre.reset(seed=seed)
    except SeedError as error:
        raise WrongOption(f"--seed: {error}") from error


async def let(local: Sandbox, faults: Sequence[str]) -> None:
    """Let go wrong what `--fault` named.

    Raises:
        WrongOption: a value that the condition cannot take.
    """
    for fault in faults:
        try:
            await local.theatre.let(fault)
        except ValueError as error:
            raise WrongOption(f"--fault {fault}: {error}") from error
