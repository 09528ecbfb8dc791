"""Measure this bot and the afternoon bot side by side, and this one alone.

    python -m tests.bench [--only NAME] [--runs N] [--short] [--json] [--write]

It takes about twenty minutes.  Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from tests.bench import report
from tests.bench.figures import SHORT, Result, Size
from tests.bench.measurements import ALONE, SIDE_BY_SIDE

ALL = {**SIDE_BY_SIDE, **ALONE}
MOST = 1500.0  # seconds for one measurement
DOCS = Path(__file__).parents[2] / "docs"


def measure(names: Iterable[str], size: Size) -> dict[str, Result]:
    """Carry out measurements, one after the other; one that takes too long is left out."""
    results = {}
    for name in names:
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="masko-bench-") as folder:
                results[name] = asyncio.run(asyncio.wait_for(ALL[name](size, Path(folder)), MOST))
        except TimeoutError as error:
            print(f"{name}: {error}", file=sys.stderr)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return results


def write(results: dict[str, Result], folder: Path) -> None:
    """Write performance.md and its plots."""
    from tests.bench.plots import draw  # matplotlib is there with the extra `bench`

    draw(report.plots(results), folder / "performance")
    (folder / "performance.md").write_text(report.page(results, report.machine()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", action="append", choices=ALL, help="a measurement; may be given repeatedly")
    parser.add_argument("--runs", type=int, help="repetitions of what is short")
    parser.add_argument("--short", action="store_true", help="only to see that everything works")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and its plots")
    given = parser.parse_args()
    if given.write and given.only:
        parser.error("docs/performance.md needs every measurement")
    size = SHORT if given.short else Size()
    if given.runs:
        size = replace(size, runs=given.runs)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a bot that is killed loses connections
    names = given.only or list(ALL)
    results = measure(names, size)
    if given.json:
        told = {name: asdict(result) for name, result in results.items()}
        print(json.dumps({"machine": report.machine(), "results": told}, indent=1))
    else:
        print("\n".join(f"{what}: {of}" for what, of in report.machine().items()), end="\n\n")
        print(report.as_text(results))
    if len(results) < len(names):
        sys.exit(1)
    if given.write:
        write(results, DOCS)


if __name__ == "__main__":
    main()
