#!/usr/bin/env python3
"""The checker of include lines finds what it is there for."""

import pathlib
import tempfile
import unittest

import check_includes


def faults_of(folder, text):
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        path = root / folder / "probe.cc"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return list(check_includes.check_tree(root))


class CheckIncludes(unittest.TestCase):
    def test_a_layer_may_include_what_is_below_it(self):
        self.assertEqual(faults_of("server/http", '#include "server/ingest/ingest.h"\n'), [])
        self.assertEqual(faults_of("dedupe/store", "#include <leveldb/db.h>\n"), [])
        self.assertEqual(faults_of("server/ingest", '#include "dedupe/store/index.h"\n'), [])

    def test_a_layer_may_not_include_what_is_above_it(self):
        self.assertEqual(
            faults_of("dedupe/judge", '// x\n#include "sinks/sink.h"\n'),
            ['dedupe/judge/probe.cc:2: dedupe/judge may not include "sinks/sink.h"'],
        )
        self.assertTrue(faults_of("server/ingest", '#include "server/http/router.h"\n'))
        self.assertTrue(faults_of("server/ingest", '#include "dedupe/store/leveldb_store.h"\n'))
        self.assertTrue(faults_of("server/metrics", '#include "server/http/router.h"\n'))

    def test_a_sink_may_not_know_another_sink(self):
        self.assertTrue(faults_of("sinks/sqlite", '#include "sinks/postgres/settings.h"\n'))

    def test_libraries_stay_where_they_belong(self):
        self.assertTrue(faults_of("sinks/sqlite", "#include <leveldb/db.h>\n"))
        self.assertTrue(faults_of("dedupe/types", "#  include <boost/asio/post.hpp>\n"))
        self.assertTrue(faults_of("server/http", "#include <prometheus/counter.h>\n"))

    def test_a_new_folder_has_to_state_its_layer(self):
        self.assertEqual(
            faults_of("server/new", "\n"),
            ["server/new/probe.cc: the layer of server/new is not stated"],
        )


if __name__ == "__main__":
    unittest.main()
