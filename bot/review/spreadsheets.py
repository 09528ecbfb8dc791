"""Tables as files that spreadsheets open.  Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take these too

Cell = str | int | datetime | None


def as_csv(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as CSV (RFC 4180) in UTF-8, with a mark at its beginning by which spreadsheets know that.

    A cell that a spreadsheet would take for a formula gets an apostrophe: names of files and what people say
    come from anybody (owasp.org: CSV injection).

    Args:
        names: of the columns.
        rows: a cell a column; times with their zone, which are written as they are.
    """
    out = io.StringIO()
    written = csv.writer(out)
    written.writerow(names)
    for row in rows:
        written.writerow([_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig", "replace")


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
