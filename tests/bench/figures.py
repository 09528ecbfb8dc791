"""What a measurement returns: figures for the tables, and plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Figure:
    """A row of a table.

    Attributes:
        here: of this bot; None where it does not come to it.
        afternoon: of the afternoon bot; None where it has nothing of the kind.
        limit: what no bot can go below, with the latencies as they are.
        target: the most that it should be.
    """

    what: str
    unit: str
    here: float | None
    afternoon: float | None = None
    limit: float | None = None
    target: float | None = None


@dataclass(frozen=True)
class Plot:
    """Lines by their names, each of (x, y); `name` is the file's.

    Attributes:
        log: whether x grows tenfold from tick to tick.
    """

    name: str
    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]
    log: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one measurement."""

    figures: list[Figure]
    plots: list[Plot]


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        runs: repetitions of what is short; the median counts.
        large: posts with a large file at once; `megabytes`: of each file.
        posts: posts within `seconds`, for acknowledgements and the burst.
        interrupted: posts under way at the kill.
        images: for the throughput of each number of `processes`.
        stored: intakes in the database, ascending; `intakes`: measured at each.
        many: posts of the long run.
        days: simulated images a day of one workspace, ascending.
    """

    runs: int = 5
    large: int = 30
    megabytes: float = 8.0
    posts: int = 100
    seconds: float = 5.0
    interrupted: int = 20
    images: int = 120
    processes: tuple[int, ...] = (1, 2, 4)
    stored: tuple[int, ...] = (100, 1_000, 10_000, 100_000)
    intakes: int = 20
    many: int = 10_000
    days: tuple[int, ...] = (1_000, 3_500, 3_800, 4_000)


SHORT = Size(
    runs=1,
    large=2,
    megabytes=1.0,
    posts=5,
    seconds=0.5,
    interrupted=3,
    images=4,
    processes=(1, 2),
    stored=(10, 100),
    intakes=2,
    many=10,
    days=(50, 200),
)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many per cent do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def spread(values: Sequence[float]) -> list[tuple[float, float]]:
    """Return (value, per cent that do not exceed it), for a plot."""
    return [(value, 100 * (n + 1) / len(values)) for n, value in enumerate(sorted(values))]
