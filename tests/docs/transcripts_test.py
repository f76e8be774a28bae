#!/usr/bin/python3
"""What the documents show as answers is what the service answers.

Usage: transcripts_test.py ROOT ONCEGATE
The console blocks of a document are run in order against one service of its own.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from documents import blocks
from prometheus_service import Service

if shutil.which("sqlite3") is None or shutil.which("curl") is None:
    print("SKIPPED: sqlite3 and curl are needed (Debian packages of these names)")
    sys.exit(77)

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
ONCEGATE = pathlib.Path(sys.argv.pop(1)).resolve()
SETTLED = {"applied", "duplicate", "superseded"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def transcript(block):
    """(command, what is shown as its output) of one console block."""
    entries = re.split(r"^\$ ", block, flags=re.M)[1:]
    for entry in entries:
        lines = entry.splitlines()
        end = next(i for i in range(1, len(lines) + 1) if is_complete("\n".join(lines[:i])))
        yield "\n".join(lines[:end]), "\n".join(lines[end:])


def is_complete(command):
    """True unless the shell would wait for another line."""
    if command.rstrip().endswith(("\\", "|")):
        return False
    return subprocess.run(["bash", "-n", "-c", command], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def masked(text):
    return TIME.sub("TIME", text)


def status_of(answer):
    """The status that goes with a body, by the rules of docs/http.md."""
    if "status" in answer:
        return answer["status"]
    unsettled = set(answer.get("counts", {})) - SETTLED
    return 207 if unsettled else 200


class Transcripts(unittest.TestCase):
    def run_command(self, command, service, folder):
        command = command.replace("http://127.0.0.1:8080", f"http://{service.ingest}")
        command = command.replace("http://127.0.0.1:8081", f"http://{service.ops}")
        command = command.replace("curl -s ", "curl -s -w '\\n%{http_code}' ")
        result = subprocess.run(["bash", "-euc", command], cwd=folder, text=True, timeout=60,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                env={"PATH": f"{ONCEGATE.parent}:/usr/bin:/bin"})
        self.assertEqual(result.returncode, 0, command + result.stdout + result.stderr)
        return result.stdout

    def check_command(self, command, shown, service, folder):
        answer = masked(self.run_command(command, service, folder))
        if "curl -s " not in command:
            self.assertEqual(answer.strip(), masked(shown).strip())
            return
        body, _, status = answer.rpartition("\n")
        expected = json.loads(masked(shown))
        self.assertEqual(json.loads(body), expected)
        self.assertEqual(int(status), status_of(expected))

    def check_document(self, name):
        text = (ROOT / name).read_text(encoding="utf-8")
        commands = [entry for block in blocks(text, "console") for entry in transcript(block)]
        self.assertGreater(len(commands), 2)
        with tempfile.TemporaryDirectory(prefix="oncegate-docs-") as holder:
            folder = pathlib.Path(holder)
            service = Service(str(ONCEGATE), folder)
            self.addCleanup(service.kill)
            for command, shown in commands:
                with self.subTest(command=command):
                    self.check_command(command, shown, service, folder)
            self.assertEqual(service.stop(), 0)

    def test_the_readme(self):
        self.check_document("README.md")

    def test_the_page_for_producers(self):
        self.check_document("docs/http.md")


if __name__ == "__main__":
    unittest.main()
