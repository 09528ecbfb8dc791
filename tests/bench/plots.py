"""Plots as SVG files, by matplotlib (the extra `bench`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.bench.figures import Plot

COLOURS = ("#3b2a7a", "#e07b39", "#8c7fd0", "#f2b98c")  # this bot's are the first and the third


def draw(plots: Iterable[Plot], folder: Path) -> None:
    """Write each plot to `folder`, as `<name>.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    for plot in plots:
        # Without a date and random ids, so that the same figures make the same file.
        with mpl.rc_context({"svg.hashsalt": plot.name, "svg.fonttype": "none", "font.size": 9}):
            figure = _figure(plot)
            figure.savefig(folder / f"{plot.name}.svg", metadata={"Date": None})


def _figure(plot: Plot) -> Figure:
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    for (name, points), colour in zip(plot.lines.items(), COLOURS, strict=False):
        few = len(points) <= 10
        axes.plot(*zip(*points, strict=True), color=colour, label=name, marker="o" if few else "")
    axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
    if plot.log:
        axes.set_xscale("log")
    else:
        axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if len(plot.lines) > 1:
        axes.legend(frameon=False)
    return figure
