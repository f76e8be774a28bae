#!/usr/bin/env bash
# The demonstration of ./scripts/run demo on a catalogue of its own, so that it needs neither network
# nor package lists: it succeeds, and its comparison notices a sink that is not equal.
#
# usage: demo_test.sh ONCEGATE
program=$(realpath "$1")
. "$(dirname "$0")/../../scripts/lib/common.sh"
. scripts/lib/demo.sh
ONCEGATE=$program

demo_catalogue() {
  awk 'BEGIN {
    for (i = 0; i < 100000; ++i) {
      printf "Package: package-%d\nVersion: 1.%d\nDescription: a \"quoted\" \\ text\n", i, i
      printf " second line %0200d\n\n", i
    }
  }'
}

# What a single wrong, missing or surplus row does to the comparison.
expect_noticed() {
  cp "$DEMO_DIR/data/sink.sqlite" "$DEMO_DIR/good.sqlite"
  sqlite3 "$DEMO_DIR/data/sink.sqlite" "$1"
  rm -f "$DEMO_DIR/compare.sqlite"
  if demo_compare; then fail "not noticed: $1"; fi
  cp "$DEMO_DIR/good.sqlite" "$DEMO_DIR/data/sink.sqlite"
}

run_demo
expect_noticed "UPDATE packages SET value = '{}' WHERE key = 'package-77'"
expect_noticed "DELETE FROM packages WHERE key = 'package-77'"
expect_noticed "UPDATE packages SET seq = seq + 1 WHERE key = 'package-77'"
rm -f "$DEMO_DIR/compare.sqlite"
demo_compare
