#include "tests/sim/trace.h"

#include <cinttypes>

namespace oncegate::sim {

void Trace::Mix(std::uint64_t number) {
  hash_ = (hash_ ^ number) * 0x100000001b3U;
  hash_ ^= hash_ >> 29;
}

void Trace::Step(std::int64_t time_us, std::string_view actor, std::string_view what,
                 const std::function<std::string()>& text) {
  Mix(static_cast<std::uint64_t>(time_us));
  for (const char character : actor) Mix(static_cast<unsigned char>(character));
  for (const char character : what) Mix(static_cast<unsigned char>(character));
  if (!IsRecording()) return;
  char stamp[32];
  std::snprintf(stamp, sizeof stamp, "%12.6f ", static_cast<double>(time_us) / 1e6);
  std::string line = stamp;
  line.append(actor).append(" ").append(what);
  if (text) line.append(" ").append(text());
  if (follow_ != nullptr) std::fprintf(follow_, "%s\n", line.c_str());
  if (lines_max_ == 0) return;
  lines_.push_back(std::move(line));
  if (lines_.size() > lines_max_) lines_.pop_front();
}

}  // namespace oncegate::sim
