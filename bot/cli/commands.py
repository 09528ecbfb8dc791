"""The commands of `masko-slack`."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bot.cli import finish, or_exit, run
from bot.settings import load
from bot.telemetry import logging as logs

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Drop a mascot image into Slack; its thread becomes the mascot: name, prompt, references.",
    epilog="Exit codes: 0 success, 1 failure, 2 wrong arguments or settings.",
)

Generation = Annotated[
    Literal["current", "older"], typer.Option(help="Generation of answers that the local Masko gives.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Fault = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="SERVICE.CALL=FAULT",
        help="What goes wrong, such as masko.create=lost-answer; may be repeated. 'help' lists all.",
    ),
]
_FILE: dict[str, Any] = {"exists": True, "dir_okay": False, "readable": True}


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"masko-slack {version('masko-slack')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the program itself."""


app.command()(run)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.", min=0, max=65535)] = 8765,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the bot's database in this file instead of a temporary one.")
    ] = None,
    masko: Generation = "current",
    allow_public_urls: Annotated[
        bool, typer.Option("--allow-public-urls", help="Let the local Masko fetch from public hosts, too.")
    ] = False,
    seed: Annotated[
        Path | None, typer.Option(help="People, channels and mascots, from this YAML file.", **_FILE)
    ] = None,
    fault: Fault = None,
) -> None:
    """Open the sandbox in a browser: a local Slack, a local Masko and the bot; no account, no network."""
    from bot.cli.local import open_sandbox, read_seed

    faults = _faults(fault)
    people = or_exit(lambda: read_seed(seed)) if seed else None
    logs.configure("INFO", "auto")
    local_masko = {"envelope": masko, "public_urls": allow_public_urls}
    finish(open_sandbox(port=port, keep=keep, masko=local_masko, seed=people, faults=faults))


@app.command("try")
def try_(
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[IMAGE]...", help="Images to post in one post; none: a sample.", **_FILE),
    ] = None,
    as_json: Json = False,
    masko: Generation = "current",
    fault: Fault = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the thread.", min=1)] = 90,
) -> None:
    """Post images to the bot in a local Slack with a local Masko, print the thread, and end."""
    from bot.cli.local import as_text, try_images

    faults = _faults(fault)
    logs.configure("WARNING", "human")
    outcome = finish(try_images(images or [], masko={"envelope": masko}, faults=faults, limit=timeout))
    _print(outcome, as_text(outcome), as_json=as_json)
    raise typer.Exit(0 if outcome["mascot"] else 1)


@app.command()
def replay(
    recording: Annotated[Path, typer.Argument(help="A recording, saved from the sandbox's page.", **_FILE)],
    as_json: Json = False,
    patience: Annotated[
        float, typer.Option(help="Timeout in seconds of each step, and of the outcome.", min=0.1)
    ] = 15.0,
) -> None:
    """Play a recording with the bot in a fresh sandbox, and tell whether the outcome is the same."""
    from bot.cli.local import read_recording, replay_recording

    read = or_exit(lambda: read_recording(recording))
    logs.configure("WARNING", "human")
    played = finish(replay_recording(read, patience))
    lines = [f"{played.steps} steps played", *(played.differences or ["the same came of it"])]
    _print(vars(played), "\n".join(lines), as_json=as_json)
    raise typer.Exit(1 if played.differences else 0)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check settings, Slack, Masko, clock, database and disk, and say how to mend each."""
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

    settings = or_exit(load)
    logs.configure("ERROR", settings.log_format)
    found = finish(findings())
    if as_json:
        _print([vars(finding) for finding in found], "", as_json=True)
    raise typer.Exit(0 if all(finding.ok for finding in found) else 1)


@app.command("renew-secrets")
def renew_secrets(as_json: Json = False) -> None:
    """Encrypt the tokens and keys of all workspaces anew, with the first of ENCRYPTION_KEYS."""
    from bot.app import renew_secrets as renew

    settings = or_exit(load)
    logs.configure("ERROR", settings.log_format)
    renewed = finish(renew(settings))
    _print({"renewed": renewed}, f"{renewed} secrets are encrypted with the first key now", as_json=as_json)


@app.command("manifest")
def manifest_(
    as_json: Json = False,
    workspaces: Annotated[
        str | None,
        typer.Option(metavar="URL", help="For an app of many workspaces, served at https://… (JSON)."),
    ] = None,
) -> None:
    """Print the app manifest, to create or update the app in Slack."""
    from bot.app import manifest

    if workspaces:
        _print(manifest.for_workspaces(workspaces), "", as_json=True)
    else:
        _print(manifest.manifest(), manifest.text().rstrip(), as_json=as_json)


def _faults(given: list[str] | None) -> list[str]:
    """Return the faults that were asked for; for `help` print what there is, and exit."""
    from bot.sandbox.scenarios.controller import on_offer

    if "help" in (given or []):
        typer.echo(on_offer())
        raise typer.Exit
    return given or []


def _print(value: object, text: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2) if as_json else text)
