"""Every measurement, by its name, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from tests.bench.figures import Result, Size
from tests.bench.measurements import (
    acknowledgement,
    after_kill,
    burst,
    cards,
    large_files,
    long_run,
    start,
    stored,
    throughput,
    workspaces,
)

Measure = Callable[[Size, Path], Coroutine[Any, Any, Result]]

SIDE_BY_SIDE: Mapping[str, Measure] = {
    "cards": cards.measure,
    "large-files": large_files.measure,
    "start": start.measure,
    "acknowledgement": acknowledgement.measure,
    "burst": burst.measure,
    "after-kill": after_kill.measure,
}

ALONE: Mapping[str, Measure] = {
    "throughput": throughput.measure,
    "stored": stored.measure,
    "long-run": long_run.measure,
    "workspaces": workspaces.measure,
}
