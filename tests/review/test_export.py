"""The files that a review's record is exported as: nothing that counts is lost in them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.settings import ChannelSettings, ReviewRules
from bot.db.tables import MascotRow
from bot.db.values import FORGOTTEN, NOBODY, Did, State
from bot.review.export import COLUMNS, as_csv, as_json
from bot.review.model import Edition, Entry, Part, Review, replay
from bot.review.record import Record

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
OLD = Edition((Part("aa" * 32, "asset_1", "=fox.png", "A fox", "F1", "UANA"),), "A fox")
NEW = Edition((Part("bb" * 32, "asset_2", "side\n.png"), Part("asset:asset_3", "asset_3", "In Masko")), None)
EDITIONS = {each.digest: each for each in (OLD, NEW)}
RULES = ReviewRules(approvals=2, poster_may=True, people=("UBEN",))


def record(entries: tuple[Entry, ...], edition: Edition = NEW, name: str | None = "Felix") -> Record:
    mascot = MascotRow(id="col_1", team="T1", name=name, prompt=edition.prompt)
    return Record(mascot, edition, entries, None, ChannelSettings(review=RULES))


def entry(number: int, did: Did, user: str = "UBEN", edition: Edition = OLD, **rest: Any) -> Entry:
    return Entry(did, NOON + timedelta(seconds=number), user, edition.digest, id=number, **rest)


def replayed(content: bytes) -> Review:
    """The review that somebody sees who has only the JSON, by what `bot.review.export` says of its shape."""
    document = json.loads(content)
    return replay(map(_entry, document["lines"]), document["edition"])


def _entry(line: dict[str, Any]) -> Entry:
    return Entry(
        did=Did(line["did"]),
        at=datetime.fromisoformat(line["at"]),
        user=line["by"],
        edition=line["edition"],
        id=line["number"],
        words=line["words"],
        about=line["about"]["id"] if line["about"] else None,
        answers=line["answers"],
        reviewers=tuple(line["reviewers"]),
        due=datetime.fromisoformat(line["due"]) if line["due"] else None,
        needed=line["needed"],
        channel=line["channel"],
        thread_ts=line["thread_ts"],
        ts=line["ts"],
        link=line["link"],
    )


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def digest_of(edition: dict[str, Any]) -> str:
    references = sorted(part["key"] for part in edition["references"])
    content = {"prompt": edition["prompt"], "references": references}
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


FULL = (
    entry(1, Did.ASKED, "UANA", reviewers=("UBEN", "UCHRIS"), due=NOON + timedelta(days=2), words="Please"),
    entry(2, Did.REQUESTED, words="=HYPERLINK(1)\nthinner", about="asset_1", channel="C1", thread_ts="1.1"),
    entry(3, Did.COMMENTED, "UANA", words="Done", answers=2, ts="1.2", link="https://a.example/p1"),
    entry(4, Did.CHANGED, NOBODY, NEW),
    entry(5, Did.APPROVED, "UBEN", NEW, needed=2),
    entry(6, Did.APPROVED, "UCHRIS", NEW, needed=2),
    entry(7, Did.CONCLUDED, NOBODY, NEW, needed=2),
)


def test_json_replays_to_what_is_shown() -> None:
    shown = record(FULL)
    document = json.loads(as_json(shown, EDITIONS))
    assert replayed(as_json(shown, EDITIONS)) == shown.review
    assert document["version"] == 1
    assert document["state"] == "approved"
    assert document["approvals"] == [{"line": 5, "by": "UBEN"}, {"line": 6, "by": "UCHRIS"}]
    assert document["requests"] == []
    assert document["mascot"] == {"id": "col_1", "name": "Felix", "prompt": None}
    assert document["rules"] == {
        "approvals": 2,
        "poster_may": True,
        "who": "members",
        "people": ["UBEN"],
        "group": None,
    }


def test_the_editions_are_told_once_and_their_digests_can_be_made_again() -> None:
    document = json.loads(as_json(record(FULL), {OLD.digest: OLD}))
    assert {digest: digest_of(each) for digest, each in document["editions"].items()} == {
        OLD.digest: OLD.digest,
        NEW.digest: NEW.digest,
    }
    first, in_masko = document["editions"][NEW.digest]["references"]
    assert (first["sha256"], in_masko["sha256"]) == ("bb" * 32, None)
    assert document["lines"][1]["about"] == {"id": "asset_1", "name": "=fox.png"}


def test_csv_has_a_row_a_line_and_no_formula() -> None:
    told = rows(as_csv(record(FULL), EDITIONS))
    assert tuple(told[0]) == COLUMNS
    assert [row["did"] for row in told] == [each.did.value for each in FULL]
    asked, requested, answered, changed = told[:4]
    assert (asked["reviewers"], asked["due"]) == ("UBEN\nUCHRIS", "2026-05-06T12:00:00.123456+00:00")
    assert requested["words"] == "'=HYPERLINK(1)\nthinner"
    assert (requested["about_id"], requested["about"]) == ("asset_1", "'=fox.png")
    assert (answered["answers"], answered["link"]) == ("2", "https://a.example/p1")
    assert (changed["by"], changed["hashes"]) == ("", f"{'bb' * 32}\nasset:asset_3")
    assert changed["files"] == "side .png\nIn Masko"
    assert as_csv(record(FULL), EDITIONS).startswith(b"\xef\xbb\xbf")


def test_times_are_told_in_utc() -> None:
    elsewhere = replace(FULL[0], at=NOON.astimezone(timezone(timedelta(hours=9))), due=None)
    (line,) = json.loads(as_json(record((elsewhere,)), EDITIONS))["lines"]
    assert line["at"] == "2026-05-04T12:00:00.123456+00:00"


def test_somebody_forgotten_is_told_from_what_followed_by_itself() -> None:
    one, other = f"{FORGOTTEN}1", f"{FORGOTTEN}2"
    forgotten = (
        entry(1, Did.APPROVED, one, NEW),
        entry(2, Did.APPROVED, other, NEW),
        entry(3, Did.CONCLUDED, NOBODY, NEW, needed=2),
    )
    content = as_json(record(forgotten), EDITIONS)
    assert [line["by"] for line in json.loads(content)["lines"]] == [one, other, ""]
    assert [row["by"] for row in rows(as_csv(record(forgotten), EDITIONS))] == [one, other, ""]
    assert replayed(content).state is State.APPROVED


def test_an_edition_that_was_not_kept_loses_no_line() -> None:
    unknown = replace(FULL[1], edition="0" * 64)
    (row,) = rows(as_csv(record((unknown,)), {}))
    assert (row["edition"], row["hashes"], row["about_id"], row["about"]) == ("0" * 64, "", "asset_1", "")


_entries = st.builds(
    Entry,
    did=st.sampled_from(Did),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    user=st.sampled_from(["UANA", "UBEN", "UCHRIS", "UDANA"]),
    edition=st.sampled_from([OLD.digest, NEW.digest]),
    words=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    about=st.sampled_from([None, "asset_1", "asset_9"]),
    answers=st.none() | st.integers(1, 9),
    reviewers=st.lists(st.sampled_from(["UANA", "UBEN"]), max_size=2).map(tuple),
    due=st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    needed=st.none() | st.integers(1, 3),
)


@given(st.lists(_entries, max_size=12), st.sampled_from([OLD, NEW]))
def test_any_record_replays_to_what_is_shown(drawn: list[Entry], edition: Edition) -> None:
    entries = tuple(replace(each, id=number) for number, each in enumerate(drawn, 1))
    shown = record(entries, edition)
    assert replayed(as_json(shown, EDITIONS)) == shown.review
    assert [row["number"] for row in rows(as_csv(shown, EDITIONS))] == [str(each.id) for each in entries]


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_cell_is_a_formula_whatever_people_write(name: str, words: str) -> None:
    said = replace(FULL[1], words=words)
    told = record((said,), OLD, name)
    (row,) = rows(as_csv(told, {OLD.digest: replace(OLD, parts=(replace(OLD.parts[0], name=name),))}))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    assert json.loads(as_json(told, EDITIONS))["lines"][0]["did"] == "requested"
