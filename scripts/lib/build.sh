# Configures and builds. To be sourced after common.sh.

RELEASE_DIR=build/release
ONCEGATE=$RELEASE_DIR/server/oncegate
BENCHMARK=$RELEASE_DIR/bench/oncegate_bench

# The program alone. A folder that is configured already keeps its options: with or without tests, the
# program is the same.
build_program() {
  if [ ! -e "$RELEASE_DIR/build.ninja" ]; then
    say "configuring $RELEASE_DIR"
    cmake --preset release -DONCEGATE_TESTS=OFF -DONCEGATE_BENCH=OFF >&2
  fi
  say "building $ONCEGATE"
  cmake --build "$RELEASE_DIR" --target oncegate >&2
}

# The program and its benchmark, which starts servers as the tests do.
build_benchmark() {
  say "building $BENCHMARK"
  cmake --preset release -DONCEGATE_TESTS=ON -DONCEGATE_BENCH=ON >&2
  cmake --build "$RELEASE_DIR" --target oncegate_bench >&2
}

# build_everything release|debug|asan|tsan [CMAKE-OPTION…]: the program and all tests; benchmarks where
# asked for. With them a build from nothing takes half a minute more.
build_everything() {
  say "building everything in build/$1"
  cmake --preset "$1" -DONCEGATE_TESTS=ON -DONCEGATE_BENCH=OFF -DONCEGATE_MICRO=OFF "${@:2}" >&2
  cmake --build "build/$1" >&2
}
