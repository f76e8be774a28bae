"""The monitoring files of the repository, and what a PromQL expression refers to."""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[4]
DASHBOARD = ROOT / "dashboards/grafana/oncegate.json"
DASHBOARD_SCRIPT = ROOT / "dashboards/grafana/build.py"
RULES = [ROOT / "dashboards/prometheus/recording.yml", ROOT / "dashboards/prometheus/alerts.yml"]
RULE_TESTS = ROOT / "tests/unit/server/metrics/rules/alerts_test.yml"
RUNBOOK = ROOT / "docs/runbook.md"
GOLDEN = ROOT / "tests/golden/metrics.txt"

# What Prometheus itself adds.
TARGET_LABELS = {"job", "instance"}
SYNTHETIC = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity"}}

_METRIC = re.compile(r"(?<![\w:\"$])((?:oncegate|process)[_:][a-z0-9_:]+|up|ALERTS)(?![\w:])")
_SELECTOR = re.compile(_METRIC.pattern + r"\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})?")
_MATCHER = re.compile(r'([a-z_]+)\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"')
_GROUPING = re.compile(r"\b(?:by|on)\s*\(([^()]*)\)")


def golden_metrics():
    """Labels by the names of the series that a scrape has."""
    metrics = {}
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        kind, name, labels = re.fullmatch(r"(\w+) (\w+)\{(.*)\}", line).groups()
        labels = set(filter(None, labels.split(",")))
        if kind == "histogram":
            metrics[name + "_bucket"] = labels | {"le"}
            metrics[name + "_count"] = labels
            metrics[name + "_sum"] = labels
        else:
            metrics[name] = labels
    return metrics


def without_strings(expression):
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)


def series(expression):
    """The metrics of an expression, each with the labels that its selectors name."""
    result = {}
    for match in _SELECTOR.finditer(expression):
        name, selector = match.groups()
        result.setdefault(name, set()).update(
            label for label in _MATCHER.findall(selector or ""))
    return result


def grouping_labels(expression):
    """The labels that aggregations and joins of an expression name."""
    labels = set()
    for names in _GROUPING.findall(without_strings(expression)):
        labels.update(name.strip() for name in names.split(",") if name.strip())
    return labels


def dashboard_queries():
    """(panel title, expression) of every target."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return [(panel["title"], target["expr"])
            for panel in dashboard["panels"] for target in panel.get("targets", [])]
