// SeededRandom: all chance of a simulated run, from one seed. The same seed gives the same numbers
// on every machine (SplitMix64; the distributions of <random> may differ between libraries).
#pragma once

#include <cstdint>
#include <vector>

namespace oncegate::sim {

class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }

  /// 0 … bound - 1; bound > 0. (The bias of the remainder does not matter here.)
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }
  std::int64_t Between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(last - first + 1)));
  }
  bool Chance(std::uint64_t permille) { return permille != 0 && Below(1000) < permille; }

  template <typename T>
  void Shuffle(std::vector<T>* items) {
    for (std::size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[Below(i)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace oncegate::sim
