#!/usr/bin/python3
"""A real Prometheus scrapes the real service under load: every panel of the dashboard has data, every
rule is healthy, and the counters say what the answers said.

Usage: prometheus_test.py ONCEGATE
"""

import collections
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import prometheus_load
import throwaway_server
from prometheus_service import DEADLINE_SECONDS, Service, answers, fetch, poll

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "unit/server/metrics"))
import monitoring as files  # pylint: disable=wrong-import-position

if missing := throwaway_server.missing("prometheus", "promtool", "redis-server", "mariadbd",
                                       "mariadb-install-db"):
    print(f"SKIPPED: not installed: {', '.join(missing)} (Debian packages prometheus, redis-server, "
          "mariadb-server)")
    sys.exit(77)
try:
    import yaml
except ImportError:
    print("SKIPPED: python3-yaml is not installed")
    sys.exit(77)

ONCEGATE = str(pathlib.Path(sys.argv.pop(1)).resolve())
SAMPLE = re.compile(r"^([a-z_:]+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class Prometheus(throwaway_server.Server):
    def __init__(self, folder, target):
        self.target = target
        super().__init__(folder)

    def prepare(self):
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                  "rule_files": [str(path) for path in files.RULES],
                  "scrape_configs": [{"job_name": "oncegate",
                                      "static_configs": [{"targets": [self.target]}]}]}
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")

    def command(self):
        return ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"]

    def answers(self):
        return answers(self.url + "/-/ready")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def api(self, path, **parameters):
        answer = json.loads(fetch(f"{self.url}/api/v1/{path}?"
                                  + urllib.parse.urlencode(parameters, doseq=True)))
        assert answer["status"] == "success", answer
        return answer["data"]

    def series(self, query):
        """The labels of what a query gives now, without what is no number."""
        return [item["metric"] for item in self.api("query", query=query)["result"]
                if not math.isnan(float(item["value"][1]))]


def with_variables(expression, target):
    for name, value in (("$__rate_interval", "15s"), ("$job", "oncegate"), ("$instance", target),
                        ("$stream", ".*")):
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


def parse(scrape):
    """(name, labels, value) of each sample."""
    for line in scrape.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            yield name, dict(LABEL.findall(labels or "")), float(value)


class UnderLoad(unittest.TestCase):
    """One service, one Prometheus and one load for all tests of the class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="oncegate-prometheus-")
        cls.addClassCleanup(cls.folder.cleanup)
        folder = pathlib.Path(cls.folder.name)
        try:
            receiver = prometheus_load.Receiver()
            cls.addClassCleanup(receiver.stop)
            redis = throwaway_server.Redis(folder / "redis")
            cls.addClassCleanup(redis.kill)
            mariadb = throwaway_server.Mariadb(folder / "mariadb")
            cls.addClassCleanup(mariadb.kill)
            settings = prometheus_load.SETTINGS.format(receiver=receiver.url, redis=redis.url,
                                                       mysql=mariadb.url)
            cls.service = Service(ONCEGATE, folder, settings, "main")
            cls.addClassCleanup(cls.service.kill)
            cls.prometheus = Prometheus(folder / "prometheus", cls.service.ops)
            cls.addClassCleanup(cls.prometheus.kill)
            cls.load = prometheus_load.Load(cls.service.ingest, cls.service.ops)
            cls.load.start()
            try:
                cls.silent = cls.wait_for_data()
            finally:
                cls.load.stop()
        except BaseException:
            for log in folder.glob("*.log"):
                print(f"--- {log.name}", log.read_text(errors="replace")[-4000:], sep="\n")
            raise

    @classmethod
    def queries(cls):
        """What has to have data, by a name for people."""
        named = [(f"panel {title!r}: {expression}", with_variables(expression, cls.service.ops))
                 for title, expression in files.dashboard_queries()]
        for group in yaml.safe_load(files.RULES[0].read_text(encoding="utf-8"))["groups"]:
            named += [(f"rule {rule['record']}", rule["record"]) for rule in group["rules"]]
        return named

    @classmethod
    def has_data(cls, query):
        """What tells of sinks has to tell of all of them, unless it is about deliveries."""
        series = cls.prometheus.series(query)
        sinks = {labels["sink"] for labels in series if "sink" in labels}
        if not sinks or "oncegate_delivery_" in query:
            return bool(series)
        return sinks == set(prometheus_load.TYPES)

    @classmethod
    def wait_for_data(cls):
        """Loads until every query has had data and every verdict was given; the queries that have
        none at the deadline are the result."""
        waiting = cls.queries()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while ((waiting or not prometheus_load.VERDICTS <= cls.load.verdicts())
               and time.monotonic() < deadline and cls.load.error is None):
            waiting = [(name, query) for name, query in waiting if not cls.has_data(query)]
            time.sleep(0.5)
        return [name for name, _ in waiting]

    def test_every_panel_and_recording_rule_has_data_of_every_sink(self):
        self.assertEqual(self.silent, [])

    def test_the_dashboard_tells_of_what_type_a_sink_is(self):
        query = next(query for name, query in self.queries() if name.startswith("panel 'Sink up'"))
        types = {labels["sink"]: labels["type"] for labels in self.prometheus.series(query)}
        self.assertEqual(types, prometheus_load.TYPES)

    def test_the_load_brought_about_every_verdict_it_is_meant_to(self):
        self.assertLessEqual(prometheus_load.VERDICTS, self.load.verdicts())

    def test_events_are_counted_as_they_were_answered(self):
        # What becomes of accepted events is counted as well.
        expected = collections.Counter(self.load.answered)
        expected[("readings", "applied")] = expected[("readings", "accepted")]

        def counted():
            verdicts = collections.Counter()
            for name, labels, value in parse(self.service.scrape()):
                if name == "oncegate_events_total" and value:
                    verdicts[(labels["stream"], labels["verdict"])] = int(value)
            return verdicts

        # An event is accepted before it is forwarded.
        poll(lambda: counted() == expected, "event counters")

    def test_requests_are_counted_as_they_were_answered(self):
        def counted():
            codes = collections.Counter()
            for name, labels, value in parse(self.service.scrape()):
                if name == "oncegate_http_requests_total" and labels["method"] == "POST" \
                        and labels["route"].endswith("/events"):
                    codes[int(labels["code"])] += int(value)
            return codes

        # An exchange is counted once its last byte is out, which the client may see first.
        poll(lambda: counted() == self.load.statuses, "request counters")

    def test_the_scrape_has_the_families_and_labels_of_the_golden_list(self):
        golden = files.golden_metrics()
        seen = {}
        for name, labels, _ in parse(self.service.scrape()):
            seen.setdefault(name, set(labels))
            self.assertEqual(seen[name], set(labels), name)
        self.assertEqual(seen, golden)

    def test_promtool_accepts_the_scrape(self):
        result = subprocess.run(["promtool", "check", "metrics"], input=self.service.scrape(),
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=60, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_the_scrape_says_its_format(self):
        with urllib.request.urlopen(f"http://{self.service.ops}/metrics", timeout=30) as response:
            self.assertEqual(response.headers["Content-Type"],
                             "text/plain; version=0.0.4; charset=utf-8")

    def test_the_variables_of_the_dashboard_have_values(self):
        dashboard = json.loads(files.DASHBOARD.read_text(encoding="utf-8"))
        queries = [variable["definition"] for variable in dashboard["templating"]["list"]
                   if variable["type"] == "query"]
        self.assertEqual(len(queries), 3)
        for query in queries:
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()
            selector = with_variables(selector, self.service.ops)
            values = self.prometheus.api(f"label/{label}/values", **{"match[]": selector})
            self.assertTrue(values, query)

    def test_rules_are_healthy_and_the_right_alerts_fire(self):
        def firing():
            groups = self.prometheus.api("rules")["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            self.assertEqual([rule["name"] for rule in rules
                              if rule["health"] == "err"], [])
            return {rule["name"] for rule in rules if rule.get("state") == "firing"}

        # The load sends conflicts, and enough stale epochs and old positions.
        poll(lambda: "OncegateConflicts" in firing(), "alert on conflicts")
        self.assertFalse(firing() & {"OncegateDown", "OncegateNotReady", "OncegateSinkDown",
                                     "OncegateStorePoisoned", "OncegateLedgerRegression",
                                     "OncegateInDoubtUnresolved"})


class Shutdown(unittest.TestCase):
    def test_sigterm_ends_the_service_with_status_0(self):
        with tempfile.TemporaryDirectory(prefix="oncegate-prometheus-") as name:
            service = Service(ONCEGATE, pathlib.Path(name))
            self.addCleanup(service.kill)
            service.scrape()
            self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    unittest.main()
