"""The command `masko-slack`.

Exit codes: 0 success; 1 failure; 2 wrong arguments or settings.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.errors import BotError
from bot.settings import SettingsError, load
from bot.telemetry import logging as logs
from bot.telemetry.tracing import export_spans

T = TypeVar("T")


def main() -> None:
    """The entry of `masko-slack` and of `python -m bot`."""
    if sys.argv[1:] == ["run"]:  # which needs none of what reads the arguments of the others
        run()
        return
    from bot.cli.commands import app

    app()


def run() -> None:
    """Run the bot: over Socket Mode, or over HTTP when PORT is set."""
    gc.disable()  # imports make no garbage; a tenth of the start would be spent looking for it
    from bot.app import running
    from bot.server.process import serve

    gc.enable()
    settings = or_exit(load)
    logs.configure(settings.log_level, settings.log_format)
    export_spans()
    finish(serve(settings, running))


def or_exit(read: Callable[[], T]) -> T:
    """Return what `read` returns; exit with 2 for what is wrong with settings or arguments, else with 1."""
    try:
        return read()
    except BotError as error:
        print(f"masko-slack: {error.words}", file=sys.stderr)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; exit as `or_exit` does."""
    return or_exit(lambda: asyncio.run(work))
