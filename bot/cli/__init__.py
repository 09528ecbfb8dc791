"""The command `masko-slack`.

Exit codes: 0 all went well; 1 it did not work out; 2 wrong arguments or settings.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

import typer

from bot.cli import manifest
from bot.cli.errors import WrongOption
from bot.errors import BotError
from bot.settings import Settings, SettingsError, load
from bot.telemetry import logging as logs

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Drop a mascot image into Slack; its thread becomes the mascot: name, prompt, references.",
    epilog="Exit codes: 0 all went well, 1 it did not work out, 2 wrong arguments or settings.",
)

T = TypeVar("T")

Generation = Annotated[
    Literal["current", "older"], typer.Option(help="Which generation of Masko's answers the local one gives.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Fault = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="SERVICE.CALL=FAULT",
        help="What goes wrong, such as masko.create=lost-answer; may be given again. 'help' lists all.",
    ),
]


@app.command()
def run() -> None:
    """Run the bot: over Socket Mode, or over HTTP when PORT is set."""
    _stop_at_once_when_told()
    from bot.app import running
    from bot.server.process import serve

    settings = _settings()
    logs.configure(settings.log_level, settings.log_format)
    _finish(serve(settings, running))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.", min=0, max=65535)] = 8765,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the bot's database in this file instead of a passing one.")
    ] = None,
    masko: Generation = "current",
    allow_public_urls: Annotated[
        bool,
        typer.Option("--allow-public-urls", help="Let the local Masko fetch from public hosts, too."),
    ] = False,
    seed: Annotated[
        Path | None,
        typer.Option(
            help="People, channels and mascots, from this YAML file.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    fault: Fault = None,
) -> None:
    """The whole thing in a browser: a local Slack, a local Masko and the bot; no account, no network."""
    from bot.cli.local import open_sandbox
    from bot.cli.options import readable_seed

    faults = _faults(fault or [])
    people = _checked(lambda: readable_seed(seed)) if seed else None
    logs.configure("INFO", "auto")
    local_masko = {"envelope": masko, "public_urls": allow_public_urls}
    _finish(open_sandbox(port=port, keep=keep, masko=local_masko, seed=people, faults=faults))


@app.command("try")
def try_(
    images: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[IMAGE]...",
            help="Images to post, all in one post; none: a sample mascot.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    as_json: Json = False,
    masko: Generation = "current",
    fault: Fault = None,
) -> None:
    """Post images to the bot in a local Slack with a local Masko, print the thread, and end."""
    from bot.cli.local import try_images

    faults = _faults(fault or [])
    logs.configure("WARNING", "human")
    outcome = _finish(try_images(images or [], masko={"envelope": masko}, faults=faults))
    typer.echo(json.dumps(outcome.as_json(), ensure_ascii=False, indent=2) if as_json else outcome.as_text())
    raise typer.Exit(0 if outcome.mascot is not None else 1)


@app.command()
def replay(
    recording: Annotated[
        Path,
        typer.Argument(
            help="A recording, saved from the sandbox's page.", exists=True, dir_okay=False, readable=True
        ),
    ],
    as_json: Json = False,
    patience: Annotated[
        float, typer.Option(help="Seconds that each step, and the outcome, are waited for.", min=0.1)
    ] = 15.0,
) -> None:
    """Play a recording with the bot in a fresh sandbox, and tell whether the same comes of it."""
    from bot.cli.local import replay_recording
    from bot.cli.options import readable_recording

    found = _checked(lambda: readable_recording(recording))
    logs.configure("WARNING", "human")
    played = _finish(replay_recording(found, patience))
    if as_json:
        typer.echo(json.dumps(vars(played), ensure_ascii=False, indent=2))
    else:
        typer.echo(
            "\n".join([f"{played.steps} steps played", *(played.differences or ["the same came of it"])])
        )
    raise typer.Exit(1 if played.differences else 0)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check tokens, scopes, key, project and database, and say how to mend each."""
    from bot.cli.doctor import Finding, examine

    async def findings() -> list[Finding]:
        found = []
        async for finding in examine(settings):
            found.append(finding)
            if not as_json:
                typer.echo(f"{'ok ' if finding.ok else 'NO '} {finding.check}: {finding.says}")
                if finding.mend:
                    typer.echo(f"    → {finding.mend}")
        return found

    settings = _settings()
    logs.configure("ERROR", settings.log_format)
    found = _finish(findings())
    if as_json:
        typer.echo(json.dumps([vars(finding) for finding in found], ensure_ascii=False, indent=2))
    raise typer.Exit(0 if all(finding.ok for finding in found) else 1)


@app.command("manifest")
def manifest_(as_json: Json = False) -> None:
    """Print the app manifest, to create or update the app in Slack."""
    typer.echo(json.dumps(manifest.manifest(), indent=2) if as_json else manifest.text().rstrip())


def main() -> None:
    """The entry of `masko-slack` and of `python -m bot`."""
    app()


def _stop_at_once_when_told() -> None:
    """Until `serve` listens to signals there is nothing to finish: a stop is no failure."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _faults(given: list[str]) -> list[str]:
    """The faults that were asked for; `help` lists what there is, and ends."""
    from bot.cli.options import HELP, everything, possible_faults

    if HELP in given:
        typer.echo(everything())
        raise typer.Exit
    return _checked(lambda: possible_faults(given))


def _checked(read: Callable[[], T]) -> T:
    """An option's value; one that cannot be used ends in 2."""
    try:
        return read()
    except BotError as error:
        _fail(error, code=2)


def _settings() -> Settings:
    try:
        return load()
    except SettingsError as error:
        _fail(error, code=2)


def _finish(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (SettingsError, WrongOption) as error:
        _fail(error, code=2)
    except BotError as error:
        _fail(error, code=1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _fail(error: BotError, *, code: int) -> NoReturn:
    print(f"masko-slack: {error.words}", file=sys.stderr)
    raise typer.Exit(code)
