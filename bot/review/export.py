"""The record of a review as files: CSV for people, JSON for programs.  Pure.

The JSON document, from which a record can be replayed without the database; null or empty means unknown, or
not applicable:

    version          1
    mascot           {id, name, prompt}, as it is now
    state            "draft", "in review", "changes requested" or "approved"
    edition          digest of what the mascot is now
    approvals        [{line, by}]: those that count for that edition
    requests         [{line, by}]: outstanding requests for changes of that edition
    rules            {approvals, poster_may, who, people, group}: those of its channel, now
    editions         digest → {prompt, references: [{key, sha256, asset_id, name, alt, file_id, posted_by}]}
    lines            the record in order:
        number       among all lines in the database; `answers` refers to it
        at           UTC, ISO 8601, to the microsecond: the order of votes depends on it
        did          "asked", "approved", "requested" (changes), "withdrew" (a vote), "dismissed" (a request,
                     which `answers` names), "commented", "replied" (in the thread; only the link is kept),
                     "changed" (the mascot), "ruled" (the channel's settings changed, see its words),
                     "concluded"
        by           user id; "" for what follows automatically; "forgotten:…", always the
                     same for one person, after a request to be forgotten
        edition      digest of what the mascot was
        words        what they said
        about        {id, name} of a reference; null for the whole mascot
        answers      the number of the line that it answers
        reviewers    user ids of the people who were asked
        due          as `at`
        needed       how many approvals the rules required then
        channel, thread_ts, ts, link    the message in Slack; it may have been deleted

A digest is the sha256, in hexadecimal, of the UTF-8 of `{"prompt":…,"references":[…]}`: JSON without spaces
or escapes; the references are their keys, sorted.  A key is the sha256 of the picture's bytes; where this
program never saw those, it is `asset:` and Masko's id, and `sha256` is null.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bot.review.model import Edition, Entry, Part
from bot.review.record import Record

COLUMNS = (
    *("number", "at", "did", "by", "mascot_id", "mascot", "edition", "hashes", "files", "words"),
    *("about_id", "about", "answers", "reviewers", "due", "needed", "link", "channel", "thread_ts", "ts"),
)
"""Of the CSV; several values in one cell have a line each."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take these too

_FIRST = {"number": "id", "at": "at", "did": "did", "by": "user"}  # of a line, and the entry's fields for it

Cell = str | int | datetime | None


def table(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as CSV (RFC 4180) in UTF-8 with a byte order mark, so that spreadsheets recognise it.

    A cell that looks like a formula gets an apostrophe (owasp.org: CSV injection): people write the words.
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


def as_json(record: Record, editions: Mapping[str, Edition]) -> bytes:
    """Return the record as the JSON document above; `editions` by digest."""
    review, mascot, rules = record.review, record.mascot, asdict(record.settings.review)
    rules["group"] = rules.pop("group_id")
    known = {**editions, record.edition.digest: record.edition}
    document = {
        "version": 1,
        "mascot": {"id": mascot.id, "name": mascot.name, "prompt": mascot.prompt},
        "state": review.state,
        "edition": review.edition,
        "approvals": [{"line": each.id, "by": each.user} for each in review.approvals],
        "requests": [{"line": each.id, "by": each.user} for each in review.requests],
        "rules": rules,
        "editions": {
            digest: {"prompt": each.prompt, "references": [_reference(part) for part in each.parts]}
            for digest, each in known.items()
        },
        "lines": [_line(entry, known.get(entry.edition)) for entry in record.entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace")


def as_csv(record: Record, editions: Mapping[str, Edition]) -> bytes:
    """Return the record as CSV, a row for each line, with the hashes and file names of pictures."""
    known = {**editions, record.edition.digest: record.edition}
    return table(COLUMNS, (_row(record, entry, known.get(entry.edition)) for entry in record.entries))


def _reference(part: Part) -> dict[str, Any]:
    values = asdict(part)
    key, by = values.pop("key"), values.pop("by")
    return {"key": key, "sha256": None if key.startswith("asset:") else key, **values, "posted_by": by}


def _line(entry: Entry, edition: Edition | None) -> dict[str, Any]:
    values = asdict(entry) | {"at": _time(entry.at), "due": _time(entry.due) if entry.due else None}
    first = {name: values.pop(key) for name, key in _FIRST.items()}
    name = edition.named(entry.about) if edition else None
    return {**first, **values, "about": {"id": entry.about, "name": name} if entry.about else None}


def _row(record: Record, entry: Entry, edition: Edition | None) -> list[Cell]:
    parts = edition.parts if edition else ()
    line = _line(entry, edition)
    about = line["about"] or {"id": None, "name": None}
    values = line | {
        "mascot_id": record.mascot.id,
        "mascot": record.mascot.name,
        "hashes": "\n".join(part.key for part in parts),
        "files": "\n".join(" ".join(part.name.split()) for part in parts),
        "about_id": about["id"],
        "about": about["name"],
        "reviewers": "\n".join(line["reviewers"]),
    }
    return [values[column] for column in COLUMNS]


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
