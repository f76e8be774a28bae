#!/usr/bin/python3
"""Dashboard, rules, rule tests and runbook agree with the golden list of metrics and each other."""

import json
import re
import subprocess
import sys
import unittest

import monitoring as files

try:
    import yaml
except ImportError:
    print("SKIPPED: python3-yaml is not installed")
    sys.exit(77)


def rules(kind):
    found = []
    for path in files.RULES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            found += [rule for rule in group["rules"] if kind in rule]
    return found


def known_series():
    """Labels by name: what a scrape has, what Prometheus adds, and what the rules record."""
    known = {**files.golden_metrics(), **files.SYNTHETIC}
    for rule in rules("record"):
        known[rule["record"]] = files.grouping_labels(rule["expr"]) - {"le"}
    return known


class Queries(unittest.TestCase):
    def check(self, where, expression, known):
        used = files.series(expression)
        self.assertTrue(used, f"{where}: no metric in {expression}")
        available = set(files.TARGET_LABELS)
        for name, labels in used.items():
            self.assertIn(name, known, f"{where}: unknown metric")
            allowed = known[name] | files.TARGET_LABELS
            self.assertLessEqual(labels, allowed, f"{where}: {name} has no such label")
            available |= allowed
        self.assertLessEqual(files.grouping_labels(expression), available,
                             f"{where}: grouping by a label that no metric has")

    def test_rules_use_metrics_and_labels_that_exist(self):
        known = known_series()
        for rule in rules("expr"):
            self.check(rule.get("record") or rule.get("alert"), rule["expr"], known)

    def test_the_dashboard_uses_metrics_and_labels_that_exist(self):
        known = {**files.golden_metrics(), **files.SYNTHETIC}
        queries = files.dashboard_queries()
        self.assertGreater(len(queries), 30)
        for title, expression in queries:
            self.check(title, expression, known)

    def test_every_metric_of_the_service_is_on_the_dashboard_or_in_a_rule(self):
        used = set()
        for _, expression in files.dashboard_queries():
            used |= set(files.series(expression))
        for rule in rules("expr"):
            used |= set(files.series(rule["expr"]))
        families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in used}
        unused = {re.sub(r"_(bucket|count|sum)$", "", name)
                  for name in files.golden_metrics()} - families
        self.assertEqual(unused, set())

    def test_a_typing_error_would_be_noticed(self):
        with self.assertRaises(AssertionError):
            self.check("test", "rate(oncegate_evnts_total[5m])", known_series())
        with self.assertRaises(AssertionError):
            self.check("test", 'oncegate_events_total{producer="a"}', known_series())
        with self.assertRaises(AssertionError):
            self.check("test", "sum by (streem) (oncegate_events_total)", known_series())


class Dashboard(unittest.TestCase):
    def setUp(self):
        self.dashboard = json.loads(files.DASHBOARD.read_text(encoding="utf-8"))
        self.panels = self.dashboard["panels"]

    def test_the_file_is_what_the_script_writes(self):
        subprocess.run([sys.executable, str(files.DASHBOARD_SCRIPT), "--check"], check=True)

    def test_it_has_the_variables_and_rows_that_people_look_for(self):
        names = [variable["name"] for variable in self.dashboard["templating"]["list"]]
        self.assertEqual(names, ["datasource", "job", "instance", "stream"])
        rows = [panel["title"] for panel in self.panels if panel["type"] == "row"]
        self.assertEqual(rows, ["Overview", "Verdicts", "Lanes", "Sink", "Store", "Journal", "HTTP",
                                "Process"])

    def test_panels_have_identifiers_of_their_own_and_do_not_overlap(self):
        identifiers = [panel["id"] for panel in self.panels]
        self.assertEqual(len(identifiers), len(set(identifiers)))
        taken = {}
        for panel in self.panels:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken, panel["title"])
                    taken[(x, y)] = panel["title"]

    def test_every_query_follows_the_variables(self):
        for panel in self.panels:
            for target in panel.get("targets", []):
                self.assertEqual(target["datasource"]["uid"], "${datasource}")
                for name, labels in files.series(target["expr"]).items():
                    if name == "ALERTS":
                        continue
                    self.assertLessEqual({"job", "instance"}, labels, panel["title"])
                    if "stream" in files.golden_metrics()[name]:
                        self.assertIn("stream", labels, panel["title"])

    def test_every_panel_says_what_it_shows(self):
        for panel in self.panels:
            if panel["type"] != "row":
                self.assertTrue(panel["description"], panel["title"])


class Alerts(unittest.TestCase):
    def test_every_alert_has_a_runbook_entry_and_every_entry_an_alert(self):
        text = files.RUNBOOK.read_text(encoding="utf-8")
        entries = set(re.findall(r"^## (Oncegate\w+)$", text, re.M))
        self.assertEqual(entries, {rule["alert"] for rule in rules("alert")})
        for rule in rules("alert"):
            self.assertEqual(rule["annotations"]["runbook_url"],
                             "docs/runbook.md#" + rule["alert"].lower())

    def test_every_runbook_entry_says_what_it_means_what_to_look_at_and_what_to_do(self):
        text = files.RUNBOOK.read_text(encoding="utf-8")
        for entry in re.split(r"^## ", text, flags=re.M)[1:]:
            for part in ("**Means:**", "**Look at:**", "**Do:**"):
                self.assertIn(part, entry, entry.splitlines()[0])

    def test_every_alert_has_a_test_that_fires_it_and_one_that_must_not(self):
        cases = yaml.safe_load(files.RULE_TESTS.read_text(encoding="utf-8"))["tests"]
        fires, silent = set(), set()
        for case in cases:
            for test in case["alert_rule_test"]:
                (fires if test["exp_alerts"] else silent).add(test["alertname"])
        alerts = {rule["alert"] for rule in rules("alert")}
        self.assertEqual(fires, alerts)
        self.assertEqual(silent, alerts)

    def test_every_alert_has_a_severity_and_a_summary(self):
        for rule in rules("alert"):
            self.assertIn(rule["labels"]["severity"], {"critical", "warning"})
            self.assertTrue(rule["annotations"]["summary"])


class Thresholds(unittest.TestCase):
    """Alerts that repeat a default of server/config/limits.h."""

    def expression(self, alert):
        return next(rule["expr"] for rule in rules("alert") if rule["alert"] == alert)

    def limit(self, name):
        text = (files.ROOT / "server/config/limits.h").read_text(encoding="utf-8")
        product = re.search(name + r" = ([\d' *]+);", text).group(1).replace("'", "")
        result = 1
        for factor in product.split("*"):
            result *= int(factor)
        return result

    def test_they_are_four_fifths_of_the_default(self):
        for alert, name in (("OncegateQueueNearBound", "kQueueBytesPerLane"),
                            ("OncegateWindowRangesNearCap", "kRangesPerProducer"),
                            ("OncegateIdsNearCap", "kIds")):
            right = self.expression(alert).split(">")[1]
            threshold = 1.0
            for factor in right.split("*"):
                threshold *= float(factor)
            self.assertAlmostEqual(threshold / self.limit(name), 0.8, places=2, msg=alert)


if __name__ == "__main__":
    unittest.main()
