"""Measure both bots side by side, and this one alone.

    python -m tests.bench [--only NAME] [--runs N] [--short] [--json FILE]

Whoever runs it should leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

from tests.bench.figures import SHORT, Figure, Result, Size
from tests.bench.measurements import SIDE_BY_SIDE

ALL = dict(SIDE_BY_SIDE)


def machine() -> dict[str, str]:
    """Describe what it runs on."""
    cpu = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition(":")[2].split("\n")[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "CPU": f"{os.cpu_count()} cores, {cpu.strip() or platform.machine()}",
        "Memory": f"{memory:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def measure(names: list[str], size: Size) -> dict[str, Result]:
    """Carry out measurements, one after the other."""
    results = {}
    for name in names:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="masko-bench-") as folder:
            results[name] = asyncio.run(ALL[name](size, Path(folder)))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return results


def as_text(figures: list[Figure]) -> str:
    """Return a table."""
    rows: list[tuple[str, ...]] = [("", "limit", "afternoon bot", "here", "target")]
    for each in figures:
        values = (each.limit, each.afternoon, each.here, each.target)
        rows.append((each.what, *(_with_unit(value, each.unit) for value in values)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _with_unit(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", action="append", choices=ALL, help="a measurement; may be given repeatedly")
    parser.add_argument("--runs", type=int, help="repetitions of what is short")
    parser.add_argument("--short", action="store_true", help="only to see that everything works")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    size = SHORT if given.short else Size()
    if given.runs:
        size = replace(size, runs=given.runs)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a bot that is killed loses connections
    results = measure(given.only or list(ALL), size)
    if given.json:
        print(
            json.dumps(
                {"machine": machine(), "results": {n: asdict(r) for n, r in results.items()}}, indent=1
            )
        )
        return
    print("\n".join(f"{what}: {of}" for what, of in machine().items()), end="\n\n")
    print(as_text([figure for result in results.values() for figure in result.figures]))


if __name__ == "__main__":
    main()
