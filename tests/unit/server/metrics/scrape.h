// A scrape taken apart: the samples and types of what Metrics::Render returned.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "server/ingest/clock.h"
#include "server/metrics/metrics.h"

namespace oncegate {

/// Stands still until it is moved.
class ManualClock : public Clock {
 public:
  SteadyTime Now() override { return now_; }
  WallTime Wall() override { return WallTime{}; }
  void Advance(std::chrono::seconds duration) { now_ += duration; }

 private:
  SteadyTime now_ = SteadyTime{} + std::chrono::hours(1);
};

class Scrape {
 public:
  explicit Scrape(const std::string& text);

  /// The value of a sample by its full name, e.g. `oncegate_ids{stream="orders"}`.
  std::optional<double> Value(const std::string& sample) const;
  /// Samples whose line begins with `prefix`.
  std::size_t Count(std::string_view prefix) const;
  /// One line per family: `type name{label,…}`, without the labels that a type brings along (`le`).
  std::set<std::string> Shapes() const;

 private:
  std::map<std::string, double> samples_;
  std::map<std::string, std::string> types_;
};

/// Reports to every observer so that each family has a sample.
void ReportEverything(Metrics* metrics);

}  // namespace oncegate
