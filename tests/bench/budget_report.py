"""What the records of a run come to.  Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from tests.bench.records import Records, Renamed

LIMIT, MINUTE = 60, 60.0  # calls in so many seconds, as documented
NOTICEABLE = 20.0  # seconds that a card may come sooner or later than it was promised


@dataclass(frozen=True)
class Spread:
    """Half of them, nine of ten, and the largest, in seconds."""

    p50: float
    p90: float
    longest: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f} s, p90 {self.p90:.1f} s, longest {self.longest:.1f} s"


@dataclass(frozen=True)
class Kept:
    """How well promises were kept.

    Attributes:
        off: by how much, in either direction.
        sooner, later: how many cards came noticeably sooner or later.
    """

    off: Spread
    sooner: int
    later: int

    def __str__(self) -> str:
        return f"{self.off}; {self.sooner} sooner and {self.later} later by over {NOTICEABLE:.0f} s"


@dataclass(frozen=True)
class Report:
    """What came of a run; times in seconds.

    Attributes:
        calls: to Masko until the backlog's last one; `refused`: those answered 429.
        minutes: calls in each minute from the first one; the last may be a piece of one.
        fullest, emptiest: calls in the fullest and the emptiest 60 s, wherever they begin.
        lasted: from the first call to the backlog's last one.
        could_last: the least that so many calls take.
        of_possible: used of the limit and the limit for each minute that passed, in per cent.
        of_60_a_minute: used of 60 a minute after the first minute, in per cent.
        waited: post to card in the busy channel.
        elsewhere: post to card of the one image in the other channel; `elsewhere_last`: had it gone last.
        to_form, to_masko: a rename, from press to form and from form to PATCH at Masko.
        promised: posts that were told when they go on.
        first_promise, last_promise: how well they were kept.
        changes: number of changes of a placeholder before it became the card → posts.
        slack, slack_refused: calls to Slack and its 429s, by method.
        held_against: what the services hold against the bot.
        load: of the machine, before and after.
    """

    calls: int
    refused: int
    minutes: list[int]
    fullest: int
    emptiest: int | None
    lasted: float
    could_last: float
    of_possible: float
    of_60_a_minute: float | None
    images: int
    waited: Spread | None
    elsewhere: float
    elsewhere_last: float
    to_form: Spread | None
    to_masko: Spread | None
    promised: int
    first_promise: Kept | None
    last_promise: Kept | None
    changes: dict[int, int]
    slack: dict[str, int]
    slack_refused: dict[str, int]
    held_against: list[str]
    load: tuple[float, float]

    def as_text(self) -> str:
        """A table."""
        rows: dict[str, object] = {
            "Calls to Masko": f"{self.calls} in {self.lasted:.1f} s; at best in {self.could_last:.0f} s",
            "Refused by Masko (429)": self.refused,
            "Calls in each minute": " ".join(map(str, self.minutes)),
            "Calls in 60 s, wherever they begin": f"most {self.fullest}, fewest {self.emptiest}",
            "Used of what a sliding window lets in": f"{self.of_possible:.1f} %",
            "Used of 60 a minute, from minute 2": _or_none(self.of_60_a_minute, "{:.1f} %"),
            f"{self.images} images in one channel": _or_none(self.waited),
            "One image elsewhere": f"{self.elsewhere:.1f} s; had it gone last {self.elsewhere_last:.0f} s",
            "Rename: press to form": _or_none(self.to_form),
            "Rename: form to Masko": _or_none(self.to_masko),
            "Posts that were promised a time": self.promised,
            "First promise, off by": _or_none(self.first_promise),
            "Last promise, off by": _or_none(self.last_promise),
            "Changes of a placeholder: posts": _pairs(self.changes),
            "Calls to Slack": _pairs(self.slack),
            "Refused by Slack (429)": _pairs(self.slack_refused),
            "Held against the bot": "; ".join(self.held_against) or "nothing",
            "Load of the machine": "{:.1f} before, {:.1f} after".format(*self.load),
        }
        return "\n".join(f"{what:<38} {value}" for what, value in rows.items())


def report(
    records: Records,
    renamed: Sequence[Renamed],
    elsewhere: str,
    held_against: list[str],
    load: tuple[float, float],
) -> Report:
    """What the records come to.

    Args:
        renamed: what somebody renamed meanwhile; each is with Masko by now.
        elsewhere: the id of the channel with the one image.
    """
    bulk = [call.at for call in records.calls if not call.what.startswith("PATCH")]
    end = max(bulk)
    moments = sorted(call.at for call in records.calls if call.at <= end)
    lasted = end - moments[0]
    threads = list(records.threads.values())
    busy = [thread for thread in threads if thread.channel != elsewhere]
    (other,) = (thread for thread in threads if thread.channel == elsewhere)
    told = [thread for thread in threads if thread.promises]
    return Report(
        calls=len(moments),
        refused=sum(call.status == 429 for call in records.calls),
        minutes=by_minute(moments),
        fullest=fullest(moments),
        emptiest=emptiest(moments),
        lasted=round(lasted, 1),
        could_last=earliest(len(moments)),
        of_possible=round(100 * len(moments) / (LIMIT + LIMIT * lasted / MINUTE), 1),
        of_60_a_minute=_after_the_first_minute(moments),
        images=len(busy),
        waited=spread(thread.waited for thread in busy),
        elsewhere=round(other.waited, 1),
        elsewhere_last=round(max(thread.posted + thread.waited for thread in busy) - other.posted, 1),
        to_form=spread(each.opened - each.pressed for each in renamed),
        to_masko=spread(at - each.opened for each in renamed if (at := records.patched(each.mascot))),
        promised=len(told),
        first_promise=kept([thread.later_than(thread.promises[0]) for thread in told]),
        last_promise=kept([thread.later_than(thread.promises[-1]) for thread in told]),
        changes=dict(sorted(Counter(thread.changes for thread in threads).items())),
        slack=dict(records.slack.most_common()),
        slack_refused=dict(records.refused.most_common()),
        held_against=held_against,
        load=load,
    )


def by_minute(moments: Sequence[float]) -> list[int]:
    """How many there are in each minute from the first one."""
    minutes = Counter(int((at - moments[0]) // MINUTE) for at in moments)
    return [minutes[minute] for minute in range(max(minutes) + 1)]


def fullest(moments: Sequence[float]) -> int:
    """The most that any minute, wherever it begins, holds."""
    return max(bisect_left(moments, at + MINUTE) - n for n, at in enumerate(moments))


def emptiest(moments: Sequence[float]) -> int | None:
    """The fewest that any minute between the first and the last holds; None where they are closer."""
    whole = (at for at in moments if at + MINUTE <= moments[-1])
    counts = (bisect_right(moments, at + MINUTE) - bisect_right(moments, at) for at in whole)
    return min(counts, default=None)


def earliest(nth: int) -> float:
    """Seconds after the first call at which the n-th, from 1, may come at the earliest."""
    return (nth - 1) // LIMIT * MINUTE


def spread(seconds: Iterable[float]) -> Spread | None:
    """None where there are none."""
    measured = sorted(seconds)
    if not measured:
        return None
    p90 = quantiles(measured, n=10, method="inclusive")[8] if len(measured) > 1 else measured[0]
    return Spread(round(median(measured), 2), round(p90, 2), round(measured[-1], 2))


def kept(later: Sequence[float]) -> Kept | None:
    """How well promises were kept, of which each was broken by so many seconds."""
    off = spread(map(abs, later))
    if off is None:
        return None
    sooner, too_late = sum(by < -NOTICEABLE for by in later), sum(by > NOTICEABLE for by in later)
    return Kept(off, sooner, too_late)


def _after_the_first_minute(moments: Sequence[float]) -> float | None:
    since = moments[0] + MINUTE
    minutes = (moments[-1] - since) / MINUTE
    used = sum(at >= since for at in moments)
    return round(100 * used / (LIMIT * minutes), 1) if minutes > 0 else None


def _or_none(value: object, form: str = "{}") -> str:
    return "none" if value is None else form.format(value)


def _pairs(counted: Mapping[int, int] | Mapping[str, int]) -> str:
    return ", ".join(f"{what}: {times}" for what, times in counted.items()) or "none"
