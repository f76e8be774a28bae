#!/usr/bin/python3
"""Brings results into docs/performance.md: the file itself, plots, and tables.

Usage: publish.py RESULTS [FOLDER]
With FOLDER everything goes there instead, and the document stays as it is.
"""

import pathlib
import sys

from plot import write_plots
from results import dump, load, merged
from tables import figures_table, sinks_table, targets_table, with_results

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


def publish_in_docs(results):
    folder = DOCS / "performance"
    kept = folder / "results.json"
    if kept.exists():
        results = merged(load(kept), results)
    folder.mkdir(exist_ok=True)
    dump(results, kept)
    write_plots(results, folder)
    document = DOCS / "performance.md"
    text = document.read_text(encoding="utf-8")
    document.write_text(with_results(text, results), encoding="utf-8")


def publish_in(folder, results):
    folder.mkdir(parents=True, exist_ok=True)
    dump(results, folder / "results.json")
    write_plots(results, folder)
    tables = [targets_table(results), sinks_table(results), figures_table(results)]
    (folder / "results.md").write_text("\n\n".join(tables) + "\n", encoding="utf-8")


def main():
    results = load(sys.argv[1])
    if len(sys.argv) > 2:
        publish_in(pathlib.Path(sys.argv[2]), results)
    else:
        publish_in_docs(results)


if __name__ == "__main__":
    main()
