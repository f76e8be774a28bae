#!/usr/bin/python3
"""Links of the documents lead somewhere, and the files they name are there.

Usage: links_test.py ROOT
"""

import os
import pathlib
import re
import sys
import unittest

from documents import anchors, find_documents, without_blocks

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# A path of the repository in backticks. What holds a placeholder names no file.
NAMED = re.compile(
    r"`((?:bench|cmake|dashboards|dedupe|docs|packaging|scripts|server|sinks|tests)/[\w./-]*)`")


class Links(unittest.TestCase):
    def setUp(self):
        self.documents = {path: path.read_text(encoding="utf-8") for path in find_documents(ROOT)}

    def test_the_documents_are_found(self):
        names = {str(path.relative_to(ROOT)) for path in self.documents}
        self.assertLessEqual({"README.md", "CONTRIBUTING.md", "docs/design.md"}, names)

    def check_link(self, document, target):
        path_text, _, anchor = target.partition("#")
        path = (document.parent / path_text).resolve() if path_text else document
        where = f"{document.relative_to(ROOT)}: {target}"
        self.assertTrue(path.exists(), where)
        self.assertTrue(path.is_relative_to(ROOT), where)
        if anchor:
            self.assertIn(anchor, anchors(path.read_text(encoding="utf-8")), where)

    def test_relative_links_lead_somewhere(self):
        count = 0
        for document, text in self.documents.items():
            for target in LINK.findall(without_blocks(text)):
                if re.match(r"^[a-z]+:", target):
                    continue
                count += 1
                with self.subTest(target=target):
                    self.check_link(document, target)
        self.assertGreater(count, 20)

    def test_files_that_are_named_exist(self):
        for document, text in self.documents.items():
            for name in NAMED.findall(text):
                with self.subTest(document=document.name, name=name):
                    self.assertTrue((ROOT / name).exists())

    def test_scripts_that_are_named_can_be_run(self):
        for document, text in self.documents.items():
            for name in set(re.findall(r"\./(scripts/[\w-]+)", text)):
                with self.subTest(document=document.name, name=name):
                    self.assertTrue(os.access(ROOT / name, os.X_OK))

    def test_continuous_integration_runs_the_documented_test_command(self):
        self.assertIn("./scripts/test", (ROOT / "README.md").read_text(encoding="utf-8"))
        self.assertIn("./scripts/test\n", (ROOT / ".ci/run").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
