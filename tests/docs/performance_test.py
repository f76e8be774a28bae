#!/usr/bin/python3
"""docs/performance.md shows what docs/performance/results.json holds, and tells of every part.

Usage: performance_test.py ROOT
"""

import copy
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(ROOT / "bench"))

from results import PARTS, load, merged  # noqa: E402
from tables import with_results  # noqa: E402

DOCUMENT = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "docs" / "performance" / "results.json"


class Performance(unittest.TestCase):
    def setUp(self):
        self.document = DOCUMENT.read_text(encoding="utf-8")
        self.results = load(RESULTS)

    def test_the_tables_are_those_of_the_results(self):
        self.assertEqual(self.document, with_results(self.document, self.results),
                         "run bench/publish.py")

    def test_every_part_was_measured_and_is_described(self):
        program = (ROOT / "bench" / "main.cc").read_text(encoding="utf-8")
        known = re.findall(r'\{"(\w+)", Measure\w+\}', program)
        self.assertEqual(PARTS, known)
        self.assertEqual([part["part"] for part in self.results["parts"]], known)
        for part in known:
            with self.subTest(part=part):
                self.assertIn(f"| `{part}` |", self.document)

    def test_every_sink_has_a_row_beside_what_is_written_by_hand(self):
        registry = (ROOT / "sinks" / "registry.cc").read_text(encoding="utf-8")
        types = {name.lower() for name in re.findall(r"&k(\w+)SinkType\b", registry)}
        rows = [row for part in self.results["parts"] for row in part.get("comparisons", [])]
        rows += [{"sink": part["part"]} for part in self.results["parts"] if "skipped" in part]
        for row in rows:
            self.assertIn(f"\n| {row['sink']} | ", self.document)
        # Named as people call them: MariaDB stands for mysql, Kafka is there once for each target.
        named = {row["sink"].split(",")[0].lower().replace("mariadb", "mysql") for row in rows}
        self.assertEqual(named, types)

    def test_a_part_that_was_measured_again_replaces_the_old_one(self):
        new = copy.deepcopy(self.results)
        new["parts"] = [{"part": "latency", "figures": [], "claims": [], "points": []}]
        both = merged(self.results, new)
        self.assertEqual([part["part"] for part in both["parts"]], PARTS)
        self.assertIn(new["parts"][0], both["parts"])

    def test_results_of_different_machines_are_not_mixed(self):
        new = copy.deepcopy(self.results)
        new["conditions"]["cores"] = 1 + new["conditions"]["cores"]
        self.assertEqual(merged(self.results, new), new)
        new["parts"].pop()
        with self.assertRaises(SystemExit):
            merged(self.results, new)


if __name__ == "__main__":
    unittest.main()
