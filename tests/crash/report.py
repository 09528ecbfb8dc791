"""What a trial tells."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.crash.dangers import AIMS
from tests.crash.judge import Verdict
from tests.crash.steps import Moment
from tests.crash.toll import Toll

MOST_COMPLAINTS = 20


@dataclass
class Report:
    """The figures of one trial.

    Attributes:
        seconds: from the first post until nothing was left to do.
        jobs_left, jobs_given_up: what the queue still held; None where it could not be asked.
        uploads: assets in Masko; `orphans` of them are no reference, which is allowed.
        ended_by_themselves: exit codes of workers that nobody killed.
        faults: unexpected errors in the workers' logs.
        findings: what the strict services hold against the bot.
    """

    tried: dict[str, Any]
    posts: int
    images: int
    threads: int
    seconds: float
    toll: Toll
    verdict: Verdict
    uploads: int
    orphans: int
    jobs_left: int | None
    jobs_given_up: int | None
    ended_by_themselves: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> bool:
        """Nothing lost, doubled or untrue, and nothing left to do."""
        return self.verdict.good and self.jobs_left == 0 and self.jobs_given_up == 0

    def as_json(self) -> dict[str, Any]:
        """The figures."""
        verdict, toll = self.verdict, self.toll
        return {
            "good": self.good,
            **self.tried,
            "posts": self.posts,
            "images": self.images,
            "threads": self.threads,
            "seconds": round(self.seconds, 1),
            "kills": toll.kills.total(),
            "kills_by_step": {f"{aim}, {moment}": n for (aim, moment), n in sorted(toll.kills.items())},
            "freezes": toll.freezes.total(),
            "takeover_seconds": round(max(toll.takeovers), 1) if toll.takeovers else None,
            "outage_seconds": round(toll.outage, 1),
            "lost": verdict.lost,
            "doubled_mascots": verdict.doubled_mascots,
            "doubled_references": verdict.doubled_references,
            "doubled_cards": verdict.doubled_cards,
            "doubled_replies": verdict.doubled_replies,
            "untrue": verdict.untrue,
            "complaints": verdict.complaints,
            "uploads": self.uploads,
            "orphans": self.orphans,
            "jobs_left": self.jobs_left,
            "jobs_given_up": self.jobs_given_up,
            "ended_by_themselves": {str(code): n for code, n in self.ended_by_themselves.items()},
            "faults": dict(self.faults.most_common()),
            "findings": dict(self.findings.most_common()),
        }

    def as_text(self) -> str:
        """The figures for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        toll, verdict = self.toll, self.verdict
        yield ", ".join(f"{key} {value}" for key, value in self.tried.items())
        yield f"{self.posts} posts with {self.images} images in {self.threads} threads, {self.seconds:.0f} s"
        yield from self._kills()
        if toll.freezes:
            took = f"{max(toll.takeovers):.1f} s at most" if toll.takeovers else "never"
            where = ", ".join(f"{aim} {n}" for aim, n in toll.freezes.items())
            yield f"{toll.freezes.total()} frozen ({where}); what it had in hand was taken over after {took}"
        if toll.outage:
            yield f"the database was away for {toll.outage:.1f} s"
        yield (
            f"lost {verdict.lost}, untrue {verdict.untrue}, doubled {verdict.doubled}: "
            f"mascots {verdict.doubled_mascots}, references {verdict.doubled_references}, "
            f"cards {verdict.doubled_cards}, replies {verdict.doubled_replies}"
        )
        yield f"{self.uploads} uploads, {self.orphans} of them orphans"
        yield f"jobs left {self.jobs_left}, given up {self.jobs_given_up}"
        for title, counted in (
            ("ended by themselves, with code", self.ended_by_themselves),
            ("fault", self.faults),
            ("finding", self.findings),
        ):
            yield from (f"{title} {what}: {n} ×" for what, n in counted.most_common())
        yield from verdict.complaints[:MOST_COMPLAINTS]
        if len(verdict.complaints) > MOST_COMPLAINTS:
            yield f"and {len(verdict.complaints) - MOST_COMPLAINTS} more complaints"
        yield "GOOD" if self.good else "NOT GOOD"

    def _kills(self) -> Iterator[str]:
        kills = self.toll.kills
        yield f"{kills.total()} kills:{'':12}{''.join(f'{moment:>12}' for moment in Moment)}"
        for aim in [*AIMS, *sorted({aim for aim, _ in kills} - set(AIMS))]:
            row = [kills[aim, moment] for moment in Moment]
            if sum(row):
                yield f"  {aim:<20}{''.join(f'{n:>12}' for n in row)}"


def faults_in(log: Iterable[str]) -> Counter[str]:
    """The unexpected errors of a log in JSON lines, and whatever is no JSON, without their numbers."""
    found: Counter[str] = Counter()
    for line in log:
        try:
            record = json.loads(line)
        except ValueError:
            found[_alike(line)] += 1
            continue
        if "fault" in record:
            found[_alike(f"{record['message']}: {record['fault'].splitlines()[-1]}")] += 1
    return found


def _alike(words: str) -> str:
    return "".join("#" if letter.isdigit() else letter for letter in words)[:200]
