#!/usr/bin/python3
"""docs/configuration.md names every key that the program takes, and no other.

Usage: configuration_test.py ROOT ONCEGATE
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest
import urllib.request

from documents import blocks, sections, table_rows
from prometheus_service import Service

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
ONCEGATE = pathlib.Path(sys.argv.pop(1)).resolve()
DOCUMENT = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
SECTIONS = dict(sections(DOCUMENT))
# Heading -> its tables in the examples, and in what a running service tells of itself.
PLAIN = {
    "Top level": [()],
    "`[ingest]` and `[ops]`": [("ingest",), ("ops",)],
    "`[limits]`": [("limits",)],
    "`[store]`": [("store",)],
    "`[log]`": [("log",)],
}
SINKS = {name: f"`type = \"{name}\"`"
         for name in ("files", "kafka", "mysql", "postgres", "redis", "sqlite", "webhook")}
COLUMNS = "`target = \"columns\"`"
UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def documented(heading):
    """Key -> the cells behind it, of the tables below one heading."""
    keys = {}
    for cells in table_rows(SECTIONS[heading]):
        if key := re.fullmatch(r"`([a-z_]+)`", cells[0]):
            keys[key.group(1)] = cells[1:]
    return keys


def defaults(cell):
    """The values in a default cell; of several the first is the rule."""
    if cell.startswith("("):
        return []
    return [json.loads(text) for text in re.findall(r"`([^`]+)`", cell)]


def comparable(value):
    """A duration as milliseconds, everything else as it is."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)(ms|s|m|h|d)", value)):
        return int(match.group(1)) * UNITS_MS[match.group(2)]
    return value


def example(heading):
    found = blocks(SECTIONS[heading], "toml")
    assert len(found) == 1, heading
    return found[0]


def at(tree, path):
    for name in path:
        tree = tree[name]
    return tree


class Configuration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="oncegate-docs-")
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)

    def check_config(self, text="", environment=None):
        """(exit status, all output) of check-config with this file."""
        path = self.folder / "oncegate.toml"
        path.write_text(text, encoding="utf-8")
        result = subprocess.run([str(ONCEGATE), "check-config", "--config", str(path)], text=True,
                                timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env=environment or {}, check=False)
        return result.returncode, result.stdout

    def assert_accepted(self, text, environment=None):
        status, output = self.check_config(text, environment)
        self.assertEqual(status, 0, output)
        self.assertNotIn("warning", output)

    def test_the_examples_of_all_documents_are_accepted(self):
        for name in ("README.md", "docs/columns.md", "docs/configuration.md",
                     "docs/operations.md"):
            for block in blocks((ROOT / name).read_text(encoding="utf-8"), "toml"):
                with self.subTest(document=name, block=block):
                    self.assert_accepted(block)
        self.assert_accepted((ROOT / "packaging/oncegate.toml").read_text(encoding="utf-8"))

    def test_every_documented_key_has_an_example(self):
        for heading, tables in PLAIN.items():
            tree = tomllib.loads(example(heading))
            for path in tables:
                self.assertEqual(set(at(tree, path)), set(documented(heading)), heading)
        for sink_type, heading in SINKS.items():
            keys = set(documented(heading)) | set(documented("`[sinks.NAME]`"))
            (table,) = tomllib.loads(example(heading))["sinks"].values()
            self.assertEqual(table["type"], sink_type)
            self.assertEqual(set(table), keys)
        (stream,) = tomllib.loads(example("`[streams.NAME]`"))["streams"].values()
        self.assertEqual(set(stream), set(documented("`[streams.NAME]`")))
        (columns,) = tomllib.loads(example(COLUMNS))["streams"].values()
        self.assertEqual(set(columns), set(documented(COLUMNS)) | {"target", "table"})
        defaults_of_streams = tomllib.loads(example("`[stream_defaults]`"))["stream_defaults"]
        self.assertEqual(set(defaults_of_streams), set(documented("`[stream_defaults]`")))

    def assert_defaults(self, heading, real, skip=()):
        for key, cells in documented(heading).items():
            if key in skip:
                continue
            with self.subTest(heading=heading, key=key):
                self.assertIn(key, real)
                for value in defaults(cells[1])[:1]:
                    self.assertEqual(comparable(real[key]), comparable(value))

    def test_documented_defaults_are_those_of_a_running_service(self):
        service = Service(str(ONCEGATE), self.folder)
        self.addCleanup(service.kill)
        with urllib.request.urlopen(f"http://{service.ops}/admin/v1/config", timeout=30) as answer:
            real = json.loads(answer.read())
        # What the test's own configuration says: free ports and a short timeout.
        self.assertEqual(set(real["ingest"]), set(documented("`[ingest]` and `[ops]`")))
        for heading in ("`[limits]`", "`[store]`", "`[log]`"):
            (path,) = PLAIN[heading]
            self.assertEqual(set(at(real, path)), set(documented(heading)))
            self.assert_defaults(heading, at(real, path))
        streams = {**documented("`[streams.NAME]`"), **documented("`[stream_defaults]`")}
        self.assertEqual(set(real["stream_defaults"]), set(streams) - {"table"})
        self.assert_defaults("`[streams.NAME]`", real["stream_defaults"],
                             skip=("table", "request_timeout"))
        self.assertEqual(real["data_dir"], defaults(documented("Top level")["data_dir"][1])[0])

    def test_the_default_request_timeout_is_the_documented_one(self):
        (value,) = defaults(documented("`[streams.NAME]`")["request_timeout"][1])
        # A default of Postgres that follows from it tells: it must be below request_timeout.
        setting = "idle_in_transaction_session_timeout"
        text = f'[sinks.main]\ntype = "postgres"\nurl = "postgresql://h/d"\n{setting} = "%dms"\n'
        below = comparable(value) - 1
        self.assertEqual(self.check_config(text % below)[0], 0)
        self.assertEqual(self.check_config(text % (below + 1))[0], 1)

    def test_documented_settings_of_a_sink_are_those_it_knows(self):
        for sink_type, heading in SINKS.items():
            _, output = self.check_config(f'[sinks.main]\ntype = "{sink_type}"\nbogus = 1\n')
            known = re.search(r"known are ([a-z_, ]+)", output).group(1)
            keys = set(documented(heading)) | set(documented("`[sinks.NAME]`"))
            self.assertEqual(set(known.split(", ")), keys)

    def test_every_key_in_the_source_is_documented(self):
        names = set()
        for path in sorted((ROOT / "server/config").glob("*.cc")):
            text = path.read_text(encoding="utf-8")
            names |= set(re.findall(
                r'(?:reader|root)(?:\.|->)(?:Text|Flag|Integer|Duration|Choice|List)\(\s*"([a-z_]+)"',
                text))
        self.assertGreater(len(names), 25)
        keys = set().union(*(documented(heading) for heading in SECTIONS))
        self.assertLessEqual(names, keys)

    def test_an_unknown_key_is_a_fault_in_every_table(self):
        tables = ["", "[ingest]", "[ops]", "[limits]", "[store]", "[log]", "[stream_defaults]",
                  "[streams.orders]", '[sinks.main]\ntype = "sqlite"']
        for table in tables:
            with self.subTest(table=table):
                status, output = self.check_config(f"{table}\nbogus = 1\n")
                self.assertEqual(status, 1)
                self.assertIn("bogus: unknown", output)

    def test_every_key_can_come_from_the_environment(self):
        for heading in (*PLAIN, *SINKS.values(), "`[stream_defaults]`", "`[streams.NAME]`",
                        COLUMNS):
            tree = tomllib.loads(example(heading))
            environment = {}

            def add(path, value, into=environment):
                if isinstance(value, dict):
                    for name, inner in value.items():
                        add([*path, name.upper()], inner, into)
                else:
                    text = str(value).lower() if isinstance(value, bool) else str(value)
                    text = ",".join(value) if isinstance(value, list) else text
                    into["ONCEGATE_" + "__".join(path)] = text

            add([], tree)
            with self.subTest(heading=heading):
                self.assert_accepted("", environment)

    def test_documented_faults_are_what_is_said(self):
        text = '\n\n[limits]\nbody_bites = 1\nconnections = "many"\n'
        _, output = self.check_config(text)
        said = re.sub(r"^\S*oncegate\.toml", "oncegate.toml", output, flags=re.M)
        self.assertEqual(said, blocks(DOCUMENT, "text")[0])

    def test_the_flags_are_those_of_the_program(self):
        result = subprocess.run([str(ONCEGATE), "serve", "--help"], text=True, timeout=60,
                                stdout=subprocess.PIPE, check=True)
        real = set(re.findall(r"^\s+(?:-h,)?(--[a-z-]+)", result.stdout, re.M)) - {"--help"}
        flags = {match.group(1) for cells in table_rows(SECTIONS["Flags"])
                 if (match := re.match(r"`(--[a-z-]+)", cells[0]))}
        self.assertEqual(flags, real)


if __name__ == "__main__":
    unittest.main()
