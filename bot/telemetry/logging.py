"""Logging: a line for people on a terminal, a JSON object a line for machines.

What a line is about (`about`) travels with the work, into the tasks that it starts as well; one step of the
work is one line (`step`).  Lines hold ids, never what people wrote, nor an address that opens something.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

from bot.settings import LogFormat, LogLevel

Id = str | int | float

_NOTHING: Mapping[str, Id] = MappingProxyType({})
_about: ContextVar[Mapping[str, Id]] = ContextVar("about", default=_NOTHING)


@contextmanager
def about(**ids: Id | None) -> Iterator[None]:
    """Every line that is logged inside says these ids; tasks that are started inside inherit them.

    Args:
        ids: such as `channel="C…"`; what is None is left away.
    """
    before = _about.set({**_about.get(), **_known(ids)})
    try:
        yield
    finally:
        _about.reset(before)


def step(
    log: logging.Logger,
    name: str,
    *,
    level: int = logging.INFO,
    error: Exception | None = None,
    **facts: Id | None,
) -> None:
    """Log one step of the work as one line.

    Args:
        log: of the module that took it.
        name: one or two words, such as `uploaded`.
        level: of the line.
        error: what stood in the way; the line has its text, and Masko's id of the request where there is one.
        facts: small ones, such as `file="F…"` or `ms=230`; what is None is left away.
    """
    if error is not None:
        facts |= {"error": str(error), "request": getattr(error, "request_id", None)}
    log.log(level, name, extra={"facts": _known(facts)}, stacklevel=2)


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def ms(self) -> int:
        """Milliseconds so far."""
        return round((time.perf_counter() - self._began) * 1000)


class Line(logging.Formatter):
    """For people: time, level, logger and message, and after them what it is about as `name=value`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        said = (f"{name}={_shown(value)}" for name, value in _facts_of(record).items())
        return " ".join([super().formatMessage(record), *said])


class JsonLines(logging.Formatter):
    """One JSON object a record: `at`, `level`, `logger`, `message`, `fault` (a traceback), and the ids."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        ids = {name: value for name, value in _facts_of(record).items() if name not in line}
        return json.dumps({**line, **ids}, ensure_ascii=False)


def configure(level: LogLevel, log_format: LogFormat) -> None:
    """Send every log to standard error.

    Args:
        level: for this program; libraries log from WARNING, since their debug lines may hold payloads.
        log_format: `auto` is human on a terminal, JSON elsewhere.
    """
    handler = logging.StreamHandler(sys.stderr)
    human = log_format == "human" or (log_format == "auto" and sys.stderr.isatty())
    handler.setFormatter(Line() if human else JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Bolt warns that a client comes before the environment's SLACK_BOT_TOKEN: so it should.
    logging.getLogger("slack_bolt.AsyncApp").addFilter(
        lambda record: "`token` will be unused" not in record.getMessage()
    )
    # Anybody may send what is no HTTP: it is answered with 400, and no fault of this program.
    logging.getLogger("aiohttp.server").addFilter(_is_own_fault)
    for ours in ("bot", "handlers"):
        logging.getLogger(ours).setLevel(level)


def _is_own_fault(record: logging.LogRecord) -> bool:
    from aiohttp.http_exceptions import HttpProcessingError  # which most commands never load

    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _known(facts: Mapping[str, Id | None]) -> dict[str, Id]:
    return {name: value for name, value in facts.items() if value is not None}


def _facts_of(record: logging.LogRecord) -> dict[str, Id]:
    """What a record says beside its message; to be read in the context that logged it."""
    facts: dict[str, Id] = getattr(record, "facts", {})
    return {**facts, **_about.get(), **facts}


def _shown(value: Id) -> str:
    """`value` on one line, in quotes where a reader could not tell where it ends."""
    text = str(value)
    return text if text.isprintable() and text and " " not in text else json.dumps(text, ensure_ascii=False)
