"""The crash test's command line: see `tests.crash`."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.crash.dangers import AIMS
from tests.crash.trial import Trial


def main() -> None:
    """Run one trial; exit code 0 only when nothing was lost or doubled."""
    given = _arguments()
    trial = Trial(
        database=given.database,
        posts=given.posts,
        kills=given.kills,
        workers=given.workers,
        freezes=given.freeze,
        outage=given.database_outage,
        late=given.late,
        seed=given.seed,
        aims=tuple(given.at),
        pause=(0.1, 2.0) if given.workers == 1 else (0.5, 4.0),  # what a dead one had in hand waits for 30 s
    )
    folder = Path(tempfile.mkdtemp(prefix="masko-crash-"))
    report = asyncio.run(trial.run(folder, lambda line: print(line, file=sys.stderr, flush=True)))
    print(json.dumps(report.as_json(), indent=2) if given.json else report.as_text())
    if report.good and not given.keep:
        shutil.rmtree(folder)
    else:
        print(f"the database and the workers' logs are in {folder}", file=sys.stderr)
    sys.exit(0 if report.good else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=1, help="more than one wants postgresql")
    parser.add_argument(
        "--freeze",
        type=int,
        nargs="?",
        const=1,
        default=0,
        metavar="TIMES",
        help="stop a worker for 75 s in the midst of its work",
    )
    parser.add_argument("--database-outage", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument(
        "--late",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="what a killed worker had under way takes effect so much later",
    )
    parser.add_argument("--at", nargs="+", choices=AIMS, default=AIMS, help="kill at these steps alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep database and logs also when all is well")
    given = parser.parse_args()
    if given.database == "sqlite" and (given.workers > 1 or given.database_outage):
        parser.error("several workers and an outage of the database want --database postgresql")
    return given


if __name__ == "__main__":
    main()
