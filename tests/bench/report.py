"""What the measurements come to, as text and as docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.bench.figures import Figure, Plot, Result
from tests.bench.measurements import ALONE, SIDE_BY_SIDE
from tests.bench.sides import CREATE, DOWNLOAD, UPLOAD, WEB_API
from tests.bench.simulation import CALLS, HOURS, IMAGES, WORKSPACES, share_above

TEMPLATE = Path(__file__).with_name("performance.template.md")
NONE = "\N{EN DASH}"
HEAD = ("limit", "afternoon bot", "here", "target")
AN_HOUR = 980  # calls that bulk requests may make of Masko's 1,000
PICTURE = 1.0  # MB, a common size
DAY = 86_400  # seconds


def machine() -> dict[str, str]:
    """Describe what it runs on."""
    cpu = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition(":")[2].split("\n")[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "CPU": f"{os.cpu_count()} cores, {cpu.strip() or platform.machine()}",
        "Memory": f"{memory:.0f} GiB",
        "System": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
    }


def as_text(results: Mapping[str, Result]) -> str:
    """Return a table for a terminal."""
    rows = [("", *HEAD), *((each.what, *_values(each)) for each in _figures(results, results))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def page(results: Mapping[str, Result], machine: Mapping[str, str]) -> str:
    """Return docs/performance.md."""
    both, alone = _figures(results, SIDE_BY_SIDE), _figures(results, [*ALONE][:-1])
    knee, wall = AN_HOUR * HOURS // CALLS, AN_HOUR * 24 // CALLS
    (late, late_share), (never, never_share) = share_above(knee), share_above(wall)
    return TEMPLATE.read_text().format(
        workspaces=WORKSPACES,
        millions=IMAGES / 1e6,
        hours=HOURS,
        knee=knee,
        wall=wall,
        late=late,
        late_share=late_share,
        never=never,
        never_share=never_share,
        one_key=wall / IMAGES,
        machine="; ".join(f"{what}: {of}" for what, of in machine.items()),
        download=DOWNLOAD * 1000,
        upload=UPLOAD * 1000,
        create=CREATE * 1000,
        web_api=WEB_API * 1000,
        limit=DOWNLOAD + UPLOAD + CREATE + WEB_API,
        side_by_side=_table(("", *HEAD), ((each.what, *_values(each, bold=True)) for each in both)),
        side_by_side_plots=_images(results, SIDE_BY_SIDE),
        alone=_table(("", "here"), ((each.what, _values(each)[2]) for each in alone)),
        alone_plots=_images(results, [*ALONE][:-1]),
        paper=_paper(results),
        simulated=_simulated(results["workspaces"]),
        simulated_plot=_images(results, ["workspaces"]),
    )


def plots(results: Mapping[str, Result]) -> list[Plot]:
    """Return every plot."""
    return [plot for result in results.values() for plot in result.plots]


def _figures(results: Mapping[str, Result], names: Iterable[str]) -> list[Figure]:
    return [figure for name in names for figure in results[name].figures]


def _images(results: Mapping[str, Result], names: Iterable[str]) -> str:
    of = [plot for name in names for plot in results[name].plots]
    return "\n\n".join(f"![{plot.title}](performance/{plot.name}.svg)" for plot in of)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _values(figure: Figure, *, bold: bool = False) -> tuple[str, ...]:
    values = (figure.limit, figure.afternoon, figure.here, figure.target)
    limit, afternoon, here, target = (_with_unit(value, figure.unit) for value in values)
    missed = figure.here is not None and figure.target is not None and figure.here > figure.target
    return (
        limit,
        afternoon,
        f"**{here}**" if bold and missed else here,
        target if target == NONE else f"≤ {target}",
    )


def _with_unit(value: float | None, unit: str) -> str:
    if value is None:
        return NONE
    digits = 0 if unit in ("", "MiB") or value >= 100 else 1 if unit == "ms" or value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def _here(results: Mapping[str, Result], measurement: str, what: str) -> float:
    """Return the last figure of a measurement whose name begins so."""
    found = [each.here for each in results[measurement].figures if each.what.startswith(what)]
    assert found
    assert found[-1] is not None
    return found[-1]


def _paper(results: Mapping[str, Result]) -> str:
    """Return the table of what grows; every number follows from the tables above it."""
    idle = _here(results, "large-files", "Memory, idle")
    own = _here(results, "stored", "Own time for one intake") / 1000
    stored = _here(results, "stored", "Database for 10,000 intakes") / 10_000
    a_second = IMAGES / (HOURS * 3600)
    rows = (
        (
            "images a second",
            f"{IMAGES / DAY:.1f} on average, {a_second:.0f} if all come within {HOURS} hours",
            "",
        ),
        (
            "processes",
            f"{WORKSPACES:,}: one serves one workspace, with its token and its key",
            f"{WORKSPACES * idle / 1024:.0f} GiB of memory while idle",
        ),
        ("own time", f"{own * 1000:.0f} ms an image", f"{own * a_second:.1f} cores in those hours"),
        (
            "database",
            f"{stored * 1024:.1f} KiB an intake, and nothing is deleted",
            f"{stored * IMAGES / 1024:.1f} GiB a day, {stored * IMAGES * 365 / 1024**2:.1f} TiB a year, "
            f"{stored * IMAGES * 365 / WORKSPACES / 1024:.1f} GiB of it for each workspace",
        ),
        (
            "traffic",
            f"{PICTURE:g} MB an image in, and out again",
            f"{2 * PICTURE * a_second:.0f} MB/s in those hours",
        ),
        (
            "calls to Masko",
            f"{CALLS} an image: {CALLS * IMAGES / 1e6:g} million a day",
            f"one key has 24,000 a day, enough for {AN_HOUR * 24 // CALLS:,} images",
        ),
    )
    return _table(("", "grows to", "costs"), rows)


def _simulated(result: Result) -> str:
    return _table(
        ("simulated", "from post to card"), ((each.what, _values(each)[2]) for each in result.figures)
    )
