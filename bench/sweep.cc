#include "bench/sweep.h"

#include <cstdio>

namespace oncegate::bench {

void RunSweep(Bench* bench, const std::string& plot, const std::string& unit,
              const std::vector<SweepPoint>& points) {
  std::vector<std::function<double()>> contestants;
  for (const SweepPoint& point : points) contestants.push_back(point.run);
  const std::vector<Samples> samples = Alternate(bench->settings().rounds, contestants);
  for (std::size_t i = 0; i < points.size(); ++i) {
    char name[128];
    std::snprintf(name, sizeof name, "%s: %.0f", points[i].series.c_str(), points[i].x);
    bench->results().AddFigure(name, samples[i], unit, "");
    bench->results().AddPoint({plot, points[i].series, points[i].x, Median(samples[i])});
  }
}

}  // namespace oncegate::bench
