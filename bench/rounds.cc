#include "bench/rounds.h"

#include <algorithm>

namespace oncegate::bench {

std::vector<Samples> Alternate(std::uint32_t rounds,
                               const std::vector<std::function<double()>>& contestants) {
  std::vector<Samples> samples(contestants.size());
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      const std::size_t turn = round % 2 == 0 ? i : contestants.size() - 1 - i;
      samples[turn].push_back(contestants[turn]());
    }
  }
  return samples;
}

double Median(Samples samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

double MedianRatio(const Samples& samples, const Samples& base) {
  Samples ratios;
  for (std::size_t i = 0; i < std::min(samples.size(), base.size()); ++i) {
    ratios.push_back(samples[i] / base[i]);
  }
  return Median(ratios);
}

}  // namespace oncegate::bench
