#!/usr/bin/python3
"""Plots of the results, as SVG.

Usage: plot.py RESULTS FOLDER
The same results give the same bytes.
"""

import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.ticker  # noqa: E402 (after the choice of the backend)
import matplotlib.pyplot as pyplot  # noqa: E402

from results import load, series  # noqa: E402

matplotlib.rcParams.update({
    "svg.hashsalt": "oncegate",
    "svg.fonttype": "none",  # Text stays text: smaller, and found by a search.
    "font.family": "sans-serif",
    "figure.figsize": (7, 4.2),
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
})

MARKERS = "osD^v"


def draw_lines(axes, lines, y_scale="linear"):
    """Lines over all that was measured; a linear axis begins at 0."""
    axes.set_yscale(y_scale)
    for (name, points), marker in zip(lines.items(), MARKERS):
        axes.plot(*zip(*points), marker=marker, label=name)
    if y_scale == "linear":
        axes.set_ylim(0, 1.08 * max(y for points in lines.values() for _, y in points))
    if len(lines) > 1:
        axes.legend(frameon=False)
    thousands(axes.yaxis)


def thousands(axis):
    axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))


def use_values_as_ticks(axes, lines):
    """Ticks where something was measured, on a logarithmic axis."""
    axes.set_xscale("log")
    axes.set_xticks(sorted({x for points in lines.values() for x, _ in points}))
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    thousands(axes.xaxis)


def plot_rate(lines, x_label, title, y_scale="linear"):
    figure, axes = pyplot.subplots()
    draw_lines(axes, lines, y_scale)
    use_values_as_ticks(axes, lines)
    axes.set_xlabel(x_label)
    axes.set_ylabel("events/s")
    axes.set_title(title)
    return figure


def plot_producers(results):
    return plot_rate(series(results, "producers"), "producers",
                     "Bulk to Postgres, every event of the next producer")


def plot_memory(results):
    lines = series(results, "memory")
    figure = plot_rate(lines, "producers", "Peak resident memory of the service")
    figure.axes[0].set_ylabel("MiB")
    return figure


def plot_group(results):
    return plot_rate(series(results, "group"), "events a request",
                     "Rate against the size of requests, 16 connections", "log")


def plot_lanes(results):
    """Bulk and single events differ too much for one scale."""
    lines = series(results, "lanes")
    figure, panels = pyplot.subplots(1, len(lines), figsize=(9, 4.2))
    for axes, (name, points) in zip(panels, lines.items()):
        draw_lines(axes, {name: points})
        use_values_as_ticks(axes, {name: points})
        axes.set_xlabel("lanes")
        axes.set_ylabel("events/s")
        axes.set_title(name, fontsize="medium")
    figure.suptitle("Rate against lanes, Postgres")
    return figure


def plot_size(results):
    """Events a second fall with their size, bytes a second rise."""
    lines = series(results, "size")
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 4.2))
    megabytes = {name: [(x, x * y / 1e6) for x, y in points] for name, points in lines.items()}
    for axes, shown, label, y_scale in ((panels[0], lines, "events/s", "log"),
                                        (panels[1], megabytes, "MB/s of values", "linear")):
        draw_lines(axes, shown, y_scale)
        use_values_as_ticks(axes, shown)
        axes.set_xlabel("bytes of a value")
        axes.set_ylabel(label)
    figure.suptitle("Rate against the size of events, requests of at most 1 MB")
    return figure


PLOTS = {"producers": plot_producers, "memory": plot_memory, "group": plot_group,
         "lanes": plot_lanes, "size": plot_size}


def write_plots(results, folder):
    """One file for every plot that the results have points of."""
    for name, draw in PLOTS.items():
        if not series(results, name):
            continue
        figure = draw(results)
        figure.tight_layout()
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)


if __name__ == "__main__":
    write_plots(load(sys.argv[1]), pathlib.Path(sys.argv[2]))
