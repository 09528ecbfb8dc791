"""Every measurement, by its name, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from tests.bench.figures import Result, Size
from tests.bench.measurements import acknowledgement, cards, large_files, start

Measure = Callable[[Size, Path], Coroutine[Any, Any, Result]]

SIDE_BY_SIDE: Mapping[str, Measure] = {
    "cards": cards.measure,
    "large-files": large_files.measure,
    "start": start.measure,
    "acknowledgement": acknowledgement.measure,
}
