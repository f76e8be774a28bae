// Comparison: bulk loading through oncegate beside what one would write by hand for the same sink.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bench/bench.h"
#include "bench/subject.h"

namespace oncegate::bench {

/// Of the raw loaders; as many events are under way in the load of oncegate.
inline constexpr std::uint32_t kRowsUnderWay = 4000;

struct Comparison {
  std::string sink;                // E.g. "Postgres".
  std::string raw;                 // What the hand-written side is called, e.g. "raw loader".
  std::string raw_detail;          // E.g. "4000 rows a transaction".
  std::string how;                 // What it does.
  std::function<double()> load;    // A round of it: rows per second.
  std::optional<double> target{};  // Of its rate; none: no claim is made.
  SubjectOptions subject{};
  /// Another way to write by hand, measured by the same turns for its figure alone.
  std::function<double()> other_load{};
  std::string other_detail{};
};

/// 500 events a request, 8 connections.
EventLoad BulkLoad();

/// Measures both by turns.
void Compare(Bench* bench, const Comparison& comparison);

/// The number of connections, 1 to 4, with which `load` is fastest here.
std::uint32_t BestConnections(Bench* bench, const std::string& raw,
                              const std::function<double(std::uint32_t connections)>& load);

}  // namespace oncegate::bench
