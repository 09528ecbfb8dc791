"""Logging: a line for people on a terminal, a JSON object a line for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from bot.settings import LogFormat, LogLevel


class JsonLines(logging.Formatter):
    """One JSON object a record: `at`, `level`, `logger`, `message`, and `fault` with a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(level: LogLevel, log_format: LogFormat) -> None:
    """Send every log to standard error.

    Args:
        level: for this program; libraries log from WARNING, since their debug lines may hold payloads.
        log_format: `auto` is human on a terminal, JSON elsewhere.
    """
    handler = logging.StreamHandler(sys.stderr)
    human = log_format == "human" or (log_format == "auto" and sys.stderr.isatty())
    formatter = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(formatter if human else JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Bolt warns that a client comes before the environment's SLACK_BOT_TOKEN: so it should.
    logging.getLogger("slack_bolt.AsyncApp").addFilter(
        lambda record: "`token` will be unused" not in record.getMessage()
    )
    for ours in ("bot", "handlers"):
        logging.getLogger(ours).setLevel(level)
