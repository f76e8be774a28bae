// oncegate-sim: runs the service in a simulated world, one seed at a time.
//
//   oncegate-sim --seeds 1..200      runs them all; stops at the first failure with its trace
//   oncegate-sim --seed 17           replays one and prints the trace while it happens
//   --steps N      give a run up after N scheduler steps
//   --quiet        no table of what happened
//
// Exit status: 0 all held; 1 a seed failed, or (from 200 seeds on) some kind of fault never
// happened, so that nothing was proved about it; 2 wrong usage.
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sim/run.h"

namespace oncegate::sim {
namespace {

constexpr std::size_t kTraceLines = 400;
constexpr std::uint64_t kSeedsForEveryFault = 200;

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 200;
  bool replay = false;
  bool quiet = false;
  RunOptions options;
};

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

bool ParseSeeds(std::string_view text, Arguments* arguments) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return false;
  const auto first = ParseNumber(text.substr(0, dots));
  const auto last = ParseNumber(text.substr(dots + 2));
  if (!first || !last || *first > *last) return false;
  arguments->first = *first;
  arguments->last = *last;
  return true;
}

std::optional<Arguments> Parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--quiet") {
      arguments.quiet = true;
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::optional<std::uint64_t> number = ParseNumber(words[i]);
    if (word == "--seeds") {
      if (!ParseSeeds(words[i], &arguments)) return std::nullopt;
    } else if (word == "--seed" && number) {
      arguments.first = arguments.last = *number;
      arguments.replay = true;
    } else if (word == "--steps" && number) {
      arguments.options.steps_max = *number;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

/// The run is played again with its text kept: a seed always plays the same.
void PrintFailure(std::uint64_t seed, RunOptions options) {
  options.trace_lines = kTraceLines;
  const RunReport report = RunSeed(seed, options);
  std::printf("The last %zu steps:\n", report.trace.size());
  for (const std::string& line : report.trace) std::printf("%s\n", line.c_str());
  std::printf("seed %" PRIu64 " FAILED: %s\nreplay with: oncegate-sim --seed %" PRIu64 "\n", seed,
              report.failure.value_or("(not again)").c_str(), seed);
}

void PrintTable(const Happenings& total) {
  for (std::size_t i = 0; i < kHappeningNames.size(); ++i) {
    std::printf("%12" PRIu64 "  %.*s\n", total.at(i), static_cast<int>(kHappeningNames[i].size()),
                kHappeningNames[i].data());
  }
}

bool EveryKindHappened(const Happenings& total) {
  bool every = true;
  for (std::size_t i = 0; i < kHappeningNames.size(); ++i) {
    if (total.at(i) != 0) continue;
    std::printf("never happened: %s\n", std::string(kHappeningNames[i]).c_str());
    every = false;
  }
  return every;
}

int Run(const Arguments& arguments) {
  const auto begun = std::chrono::steady_clock::now();
  Happenings total;
  std::uint64_t steps = 0;
  RunOptions options = arguments.options;
  if (arguments.replay) options.follow = stdout;
  for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    const RunReport report = RunSeed(seed, options);
    total.Add(report.happenings);
    steps += report.steps;
    if (!report.failure) continue;
    if (!arguments.replay) PrintFailure(seed, arguments.options);
    return 1;
  }
  const std::uint64_t seeds = arguments.last - arguments.first + 1;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (!arguments.quiet) PrintTable(total);
  std::printf("%" PRIu64 " seeds, %" PRIu64 " steps, %.1f s: %.0f seeds a minute\n", seeds, steps,
              took.count(), static_cast<double>(seeds) * 60.0 / took.count());
  return seeds < kSeedsForEveryFault || EveryKindHappened(total) ? 0 : 1;
}

}  // namespace
}  // namespace oncegate::sim

int main(int count, char** words) {
  const auto arguments = oncegate::sim::Parse(count, words);
  if (!arguments) {
    std::fprintf(stderr, "usage: oncegate-sim [--seeds A..B | --seed N] [--steps N] [--quiet]\n");
    return 2;
  }
  return oncegate::sim::Run(*arguments);
}
