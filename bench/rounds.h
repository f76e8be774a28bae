// Rounds: contestants measured by turns, so that what else the machine does hits all of them, and
// the middle of what was seen.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace oncegate::bench {

/// One figure a round.
using Samples = std::vector<double>;

/// Runs every contestant once a round; every second round in reverse order, so that nobody always
/// comes after the same one. Gives each one's figures by round.
std::vector<Samples> Alternate(std::uint32_t rounds,
                               const std::vector<std::function<double()>>& contestants);

double Median(Samples samples);
/// The median of the ratios within the rounds: noise that lasts for a round cancels out.
double MedianRatio(const Samples& samples, const Samples& base);

}  // namespace oncegate::bench
