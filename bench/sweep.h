// Sweep: one figure along an axis: a line of a plot.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/bench.h"

namespace oncegate::bench {

struct SweepPoint {
  std::string series;
  double x = 0;
  std::function<double()> run;
};

/// Measures all points by turns, and adds the median of each one's rounds to the results.
void RunSweep(Bench* bench, const std::string& plot, const std::string& unit,
              const std::vector<SweepPoint>& points);

}  // namespace oncegate::bench
