#!/usr/bin/python3
"""The commands of docs/operations.md do what the text around them says.

Usage: operations_test.py ONCEGATE
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

from prometheus_service import Service

if shutil.which("sqlite3") is None or shutil.which("curl") is None:
    print("SKIPPED: sqlite3 and curl are needed (Debian packages of these names)")
    sys.exit(77)

ONCEGATE = pathlib.Path(sys.argv.pop(1)).resolve()
DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/operations.md"


def documented(first_words):
    """The shell block of the document that holds a line beginning so."""
    for block in re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"),
                            re.M | re.S):
        if any(line.startswith(first_words) for line in block.splitlines()):
            return block
    raise AssertionError(f"docs/operations.md holds no command {first_words!r}")


class Operations(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="oncegate-operations-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.start()

    def start(self):
        self.service = Service(str(ONCEGATE), self.folder)
        self.addCleanup(self.service.kill)

    def stop(self):
        self.assertEqual(self.service.stop(), 0)

    def run_block(self, block):
        """Runs a documented block in the service's folder, against its real addresses."""
        block = block.replace("/etc/oncegate/oncegate.toml", "oncegate.toml")
        block = block.replace("http://127.0.0.1:8080", f"http://{self.service.ingest}")
        block = block.replace("http://127.0.0.1:8081", f"http://{self.service.ops}")
        block = re.sub(r"^oncegate ((?:producers|purge) [^#\n]*)",
                       rf"oncegate \1 --ops-url http://{self.service.ops} ", block, flags=re.M)
        result = subprocess.run(["bash", "-euc", block], cwd=self.folder, text=True, timeout=120,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                env={"PATH": f"{ONCEGATE.parent}:/usr/bin:/bin"})
        self.assertEqual(result.returncode, 0, block + result.stdout + result.stderr)
        return result.stdout

    def send(self, sequences, value="first", epoch=0):
        records = [{"producer": "pos-17", "epoch": epoch, "seq": sequence, "value": value}
                   for sequence in sequences]
        request = urllib.request.Request(
            f"http://{self.service.ingest}/v1/streams/orders/events",
            json.dumps(records).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.loads(response.read())["counts"]
        except urllib.error.HTTPError as error:
            return json.loads(error.read())["counts"]

    def rows(self):
        result = subprocess.run(["sqlite3", "oncegate-data/sink.sqlite",
                                 "SELECT count(*) FROM orders WHERE NOT deleted"],
                                cwd=self.folder, text=True, stdout=subprocess.PIPE, check=True)
        return int(result.stdout)

    def regressions(self):
        match = re.search(r'^oncegate_ledger_regressions_total\{sink="main"\} (\d+)$',
                          self.service.scrape(), re.M)
        return int(match.group(1))

    def test_a_restored_backup_takes_what_is_sent_again(self):
        self.assertEqual(self.send(range(10)), {"applied": 10})
        self.run_block(documented("sqlite3 "))
        self.assertEqual(self.send(range(10, 15)), {"applied": 5})
        self.stop()
        self.run_block(documented("rm -f oncegate-data/sink.sqlite-wal"))

        self.start()
        self.assertEqual(self.rows(), 10)
        self.assertEqual(self.regressions(), 0)
        self.assertEqual(self.send(range(15)), {"applied": 5, "duplicate": 10})
        self.assertEqual(self.regressions(), 1)
        self.assertEqual(self.rows(), 15)

    def test_a_rebuilt_index_forgets_nothing(self):
        self.send(range(10))
        self.stop()
        self.run_block(documented("oncegate rebuild-index"))
        self.assertTrue(list((self.folder / "oncegate-data").glob("index.*")), "kept for analysis")

        self.start()
        self.assertEqual(self.send(range(12)), {"applied": 2, "duplicate": 10})

    def test_the_configuration_is_checked(self):
        check = documented("oncegate check-config").splitlines()[0]
        self.assertIn("no faults", self.run_block(check))

    def test_a_producer_without_its_state_is_given_a_new_epoch(self):
        self.send(range(3))
        self.assertEqual(self.send(range(3), value="restarted"), {"conflict": 3})
        answer = self.run_block(documented("curl http://127.0.0.1:8080/v1/streams/orders/producers"))
        states = [json.loads(text) for text in re.findall(r"\{.*?\}", answer, re.S)]
        self.assertEqual([state["epoch"] for state in states], [0, 1])
        self.assertEqual(self.send(range(3), value="restarted", epoch=1), {"applied": 3})
        self.assertEqual(self.send([7]), {"fenced": 1})

    def test_a_purge_makes_new_again_or_never_again(self):
        self.send(range(3))
        lines = documented("oncegate producers").splitlines()
        self.assertIn("pos-17", self.run_block(lines[0]))
        self.run_block(lines[1])
        self.assertEqual(self.send(range(3)), {"duplicate": 3})
        self.run_block(lines[2])
        self.assertEqual(self.send(range(3)), {"applied": 3})
        self.run_block(lines[3])
        self.assertEqual(self.send(range(3)), {"too_old": 3})

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.service.ops}/readyz", timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_a_paused_sink_takes_nothing_until_it_is_resumed(self):
        pause, resume = documented("curl -X POST http://127.0.0.1:8081/admin").splitlines()
        self.assertEqual(json.loads(self.run_block(pause))["state"], "paused")
        self.assertEqual(self.ready(), 503)
        self.assertEqual(self.send(range(3)), {"retry": 3})
        self.assertEqual(json.loads(self.run_block(resume))["state"], "up")
        self.assertEqual(self.ready(), 200)
        self.assertEqual(self.send(range(3)), {"applied": 3})

    def test_bench_settles_new_events_and_duplicates(self):
        lines = self.run_block(documented("oncegate bench").replace("5s", "200ms")).splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["new", "duplicates"])
        for line in lines:
            self.assertRegex(line, r" [1-9][0-9]* events/s +p50 +[0-9.]+ ms +p99 +[0-9.]+ ms$")

    def test_a_second_process_on_the_folder_names_the_first(self):
        result = subprocess.run([str(ONCEGATE), "serve", "--config", "oncegate.toml"], text=True,
                                cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=60, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"locked by process {self.service.process.pid}", result.stdout)


if __name__ == "__main__":
    unittest.main()
