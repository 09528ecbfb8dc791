from __future__ import annotations

import asyncio
import json
import logging

import pytest

from bot.masko.errors import MaskoBroken
from bot.telemetry.logging import JsonLines, TextLines, about, step


class Written(logging.Handler):
    """Keeps what a formatter makes of each record."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def members(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]


def a_log(formatter: logging.Formatter) -> tuple[logging.Logger, Written]:
    log, written = logging.Logger("bot.intake"), Written(formatter)
    log.addHandler(written)
    return log, written


def test_what_a_line_is_about_becomes_flat_members() -> None:
    log, written = a_log(JsonLines())
    with about(team="T1", channel="C1", ts="17.4"), about(file="F1", asset=None):
        log.warning("it %s", "rains")
    log.info("later")
    first, later = written.members
    assert first.pop("at")
    assert first == {
        "level": "WARNING",
        "logger": "bot.intake",
        "message": "it rains",
        "team": "T1",
        "channel": "C1",
        "ts": "17.4",
        "file": "F1",
    }
    assert set(later) == {"at", "level", "logger", "message"}


def test_a_step_is_one_line_with_its_facts() -> None:
    log, written = a_log(JsonLines())
    with about(channel="C1"):
        step(log, "uploaded", file="F1", ms=230, request=None)
    (line,) = written.members
    assert (line["message"], line["file"], line["ms"], line["channel"]) == ("uploaded", "F1", 230, "C1")
    assert "request" not in line


def test_a_step_says_what_stood_in_its_way_and_how_masko_calls_the_request() -> None:
    log, written = a_log(JsonLines())
    step(log, "waiting", error=MaskoBroken("oops", request="POST /upload", status=500, request_id="req_7"))
    (line,) = written.members
    assert str(line["error"]).startswith("POST /upload MaskoBroken 500")
    assert line["request"] == "req_7"


def test_facts_cannot_replace_what_every_line_has() -> None:
    log, written = a_log(JsonLines())
    with about(message="another", logger="another"):
        log.info("mine")
    assert (written.members[0]["message"], written.members[0]["logger"]) == ("mine", "bot.intake")


def test_people_read_the_same_after_the_message() -> None:
    log, written = a_log(TextLines())
    with about(channel="C1", ts="17.4"):
        step(log, "uploaded", file="F1", error=ValueError("not now\n\x1b[2J"))
    (line,) = written.lines
    assert line.endswith('bot.intake: uploaded file=F1 error="not now\\n\\u001b[2J" channel=C1 ts=17.4')


def test_a_traceback_comes_after_the_ids() -> None:
    log, written = a_log(TextLines())
    try:
        raise ValueError("no")
    except ValueError:
        with about(channel="C1"):
            log.exception("failed")
    first, *rest = written.lines[0].splitlines()
    assert first.endswith("failed channel=C1")
    assert rest[-1] == "ValueError: no"


async def test_tasks_inherit_what_they_are_about_and_change_it_for_nobody_else() -> None:
    log, written = a_log(JsonLines())

    async def one(file: str) -> None:
        with about(file=file):
            await asyncio.sleep(0)
            log.info("one")

    with about(channel="C1"):
        tasks = [asyncio.create_task(one("F1")), asyncio.create_task(one("F2"))]
    await asyncio.gather(*tasks)
    log.info("all")
    assert [(line.get("channel"), line.get("file")) for line in written.members] == [
        ("C1", "F1"),
        ("C1", "F2"),
        (None, None),
    ]


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()])
def test_a_line_ends_where_it_ends(formatter: logging.Formatter) -> None:
    log, written = a_log(formatter)
    with about(file="a\nb"):
        log.info("said")
    assert "\n" not in written.lines[0]
