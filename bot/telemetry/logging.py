"""Logging: text for a terminal, one JSON object a line for machines.

Ids given to `about` are part of every line logged within its block.  Lines hold ids, never what people wrote,
and no address that grants access.
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

_about: ContextVar[Mapping[str, Id]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**ids: Id | None) -> Iterator[None]:
    """Add ids such as `channel="C…"` to every line that is logged inside; None is left out."""
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
    """Log a step of the work, such as `uploaded`, with facts such as `ms=230`; None is left out.

    `error`: what prevented it; its text is logged, and Masko's id of the request.
    """
    if error is not None:
        facts |= {"error": str(error), "request": getattr(error, "request_id", None)}
    log.log(level, name, extra={"facts": _known(facts)}, stacklevel=2)


class Stopwatch:
    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def ms(self) -> int:
        """Milliseconds so far."""
        return round((time.perf_counter() - self._began) * 1000)


class TextLines(logging.Formatter):
    """Time, level, logger and message, then ids and facts as `name=value`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = (f"{name}={_quoted(value)}" for name, value in _facts_of(record).items())
        return " ".join([super().formatMessage(record), *facts])


class JsonLines(logging.Formatter):
    """One JSON object a record: `at`, `level`, `logger`, `message`, `fault` (a traceback), ids and facts."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps({**line, **_facts_of(record), **line}, ensure_ascii=False)


def configure(level: LogLevel, log_format: LogFormat) -> None:
    """Send every log to standard error, `auto`: as text on a terminal, as JSON elsewhere.

    `level` is this program's; libraries log from WARNING, since their debug lines may hold payloads.
    """
    handler = logging.StreamHandler(sys.stderr)
    human = log_format == "human" or (log_format == "auto" and sys.stderr.isatty())
    handler.setFormatter(TextLines() if human else JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("bot", "handlers"):
        logging.getLogger(ours).setLevel(level)
    # Bolt warns that the given client is used instead of the environment's SLACK_BOT_TOKEN, as it should be.
    bolt = logging.getLogger("slack_bolt.AsyncApp")
    bolt.addFilter(lambda record: "`token` will be unused" not in record.getMessage())
    logging.getLogger("aiohttp.server").addFilter(_is_own_fault)


def _is_own_fault(record: logging.LogRecord) -> bool:
    """Drop errors about malformed HTTP, which anybody may send and which is answered with 400."""
    from aiohttp.http_exceptions import HttpProcessingError  # most commands never import it

    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _known(facts: Mapping[str, Id | None]) -> dict[str, Id]:
    return {name: value for name, value in facts.items() if value is not None}


def _facts_of(record: logging.LogRecord) -> dict[str, Id]:
    """Return facts and ids, in this order; to be called in the context that logged the record."""
    facts: dict[str, Id] = getattr(record, "facts", {})
    return {**facts, **_about.get(), **facts}


def _quoted(value: Id) -> str:
    """Return a value on one line, in quotes if its end could not be seen otherwise."""
    text = str(value)
    return text if text.isprintable() and text and " " not in text else json.dumps(text, ensure_ascii=False)
