// ProcessCollector: the usual process_* metrics, read from /proc at each scrape (proc(5)).
// A figure that can not be read is left out rather than shown as 0.
//
// Thread-safe: holds no state besides its constants.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <filesystem>
#include <vector>

namespace oncegate {

/// The moment of boot since 1970-01-01 UTC, from the clocks: a sandbox may hide /proc/stat.
double BootTimeSeconds();

class ProcessCollector : public prometheus::Collectable {
 public:
  explicit ProcessCollector(std::filesystem::path proc = "/proc",
                            double boot_time_seconds = BootTimeSeconds());

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  void AddStat(std::vector<prometheus::MetricFamily>* families) const;
  void AddFileDescriptors(std::vector<prometheus::MetricFamily>* families) const;

  const std::filesystem::path proc_;
  const double boot_time_seconds_;  // Read once, so that the start time stays the same.
};

}  // namespace oncegate
