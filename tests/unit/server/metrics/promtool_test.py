#!/usr/bin/python3
"""promtool accepts the scrape and the rules, and the rule tests pass.

Usage: promtool_test.py METRICS_SAMPLE
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import monitoring as files

if shutil.which("promtool") is None:
    print("SKIPPED: promtool is not installed (Debian package prometheus)")
    sys.exit(77)

SAMPLE = sys.argv.pop(1)


def promtool(*arguments, stdin=""):
    return subprocess.run(["promtool", *map(str, arguments)], input=stdin, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)


class Promtool(unittest.TestCase):
    def assert_accepted(self, result):
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_metrics_follow_the_conventions(self):
        scrape = subprocess.run([SAMPLE], text=True, stdout=subprocess.PIPE, timeout=60,
                                check=True).stdout
        self.assertIn("oncegate_events_total", scrape)
        result = promtool("check", "metrics", stdin=scrape)
        self.assert_accepted(result)
        self.assertEqual(result.stdout, "")

    def test_metrics_against_the_conventions_are_noticed(self):
        result = promtool("check", "metrics", stdin="# TYPE badName counter\nbadName 1\n")
        self.assertNotEqual(result.returncode, 0)

    def test_rules_are_well_formed(self):
        self.assert_accepted(promtool("check", "rules", *files.RULES))

    def test_the_documented_configuration_of_prometheus_is_well_formed(self):
        text = (files.ROOT / "docs/operations.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
        self.assertEqual(len(blocks), 1)
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
            config.write(blocks[0])
            config.flush()
            self.assert_accepted(promtool("check", "config", "--syntax-only", config.name))

    def test_rules_fire_when_they_should(self):
        self.assert_accepted(promtool("test", "rules", files.RULE_TESTS))


if __name__ == "__main__":
    unittest.main()
