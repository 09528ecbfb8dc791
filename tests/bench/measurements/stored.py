"""The time for one intake, and the size of the database, with more and more intakes stored.

One intake is real; its rows are copied, each copy with ids of its own.  Both services answer at once here, so
the time is the bot's own and that of the two services' code.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, Plot, Result, Size
from tests.bench.sides import Side, picture, side

TABLES = ("post", "mascot", "thread", "intake", "reference")
NUMBERS = ("id", "post_id", "card_post_id", "intake_id")
NAMES = ("id", "mascot_id", "asset_id", "file_id", "image_key", "reference_ids", "sha256")
TIMES = ("ts", "thread_ts", "reply_ts", "card_ts")


async def measure(size: Size, folder: Path) -> Result:
    seconds, sizes = list[tuple[float, float]](), dict[int, int]()
    async with side(folder / "here", latency=0.0) as here:
        await here.start()
        await _intake(here)
        await here.stop()
        file = here.folder / "masko.db"
        for stored in (1, *size.stored):
            sizes[stored] = fill(file, stored)
            await here.start()
            await _intake(here)  # warms caches: does not count
            if stored > 1:
                seconds.append((stored, 1000 * median([await _intake(here) for _ in range(size.intakes)])))
            await here.stop()
    most = size.stored[-1]
    each = (sizes[most] - sizes[1]) / (most - 1)
    figures = [Figure(f"Own time for one intake, {stored:,} stored", "ms", own) for stored, own in seconds]
    figures.append(Figure("Database for 10,000 intakes", "MiB", 10_000 * each / 2**20))
    lines = {"here": seconds}
    title = "Own time for one intake"
    return Result(figures, [Plot("stored", title, "Intakes stored", "Milliseconds", lines, log=True)])


async def _intake(here: Side) -> float:
    number = len(here.posts)
    post = await here.post([picture(number)], number)
    await here.cards()
    return post.seconds


def fill(file: Path, stored: int) -> int:
    """Copy the rows of the first intake until so many are stored; return the bytes of the database."""
    with closing(sqlite3.connect(file)) as connection:
        (already,) = connection.execute("SELECT max(id) FROM post").fetchone()
        if stored > already:
            for table in TABLES:
                columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
                connection.execute(_copies(table, columns), (already + 1, stored))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (bytes_each,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(bytes_each)


def _copies(table: str, columns: Iterable[str]) -> str:
    """Return the statement that copies the row of the first intake with the numbers from ? to ?."""
    values = ", ".join(f"{_value(table, column)} AS {column}" for column in columns)
    return f"""
        INSERT INTO {table}
        WITH RECURSIVE copy(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM copy WHERE n < ?)
        SELECT {values} FROM copy, (SELECT * FROM {table} ORDER BY rowid LIMIT 1) AS first
    """


def _value(table: str, column: str) -> str:
    if column in NUMBERS and (table, column) != ("mascot", "id"):
        return "n"
    if column in TIMES:
        return "printf('%010d.000000', 1600000000 + n)"
    if column in NAMES:  # the same length, and the same in all tables
        return f"replace(first.{column}, substr(first.{column}, 5, 8), printf('%08d', n))"
    return f"first.{column}"
