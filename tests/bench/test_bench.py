"""The benchmarks' short form: it runs, and every figure, plot and part of the page is there.  No times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.__main__ import ALL, measure, write
from tests.bench.figures import SHORT, percentile
from tests.bench.simulation import simulate


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_short_form_writes_the_whole_page(tmp_path: Path) -> None:
    results = measure(ALL, SHORT)
    write(results, tmp_path)
    page = (tmp_path / "performance.md").read_text()
    for result in results.values():
        for figure in result.figures:
            assert figure.here is not None, figure.what
            assert f"| {figure.what} |" in page
        for plot in result.plots:
            assert all(plot.lines.values()) or plot.name == "after-kill"  # the afternoon bot has no card then
            assert f"(performance/{plot.name}.svg)" in page
            assert (tmp_path / "performance" / f"{plot.name}.svg").read_text().startswith("<?xml")


def test_a_simulated_workspace_within_its_limit_never_waits() -> None:
    day = simulate(100)
    assert len(day.all) == 100
    assert max(day.all) < 2.0


def test_beyond_its_limit_a_simulated_workspace_serves_the_quiet_channels_first() -> None:
    day = simulate(400, hours=0.2)
    assert len(day.all) == 400
    assert day.ended >= 2 * 400 / 60 / 60  # two calls an image, 60 a minute
    assert percentile(day.quiet, 95) < percentile(day.busy, 95) / 2
