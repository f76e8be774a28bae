// Trace: what happened in a run. Always a hash over every step, so that two runs of a seed can be
// compared; the text of the steps only where it was asked for, since it costs more than the steps.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace oncegate::sim {

class Trace {
 public:
  /// Keeps the text of the last `lines_max` steps; 0: none. `follow`: prints each line at once.
  Trace(std::size_t lines_max, std::FILE* follow) : lines_max_(lines_max), follow_(follow) {}

  /// One step. `text` is called only if somebody will read it.
  void Step(std::int64_t time_us, std::string_view actor, std::string_view what,
            const std::function<std::string()>& text = nullptr);

  std::uint64_t hash() const { return hash_; }
  const std::deque<std::string>& lines() const { return lines_; }
  bool IsRecording() const { return lines_max_ != 0 || follow_ != nullptr; }

 private:
  void Mix(std::uint64_t number);

  const std::size_t lines_max_;
  std::FILE* const follow_;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::deque<std::string> lines_;
};

}  // namespace oncegate::sim
