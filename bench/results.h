// Results: what was measured, as lines on standard output at once, and as JSON in the end. bench/
// makes tables and plots of the JSON.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/rounds.h"

namespace oncegate::bench {

enum class Bound : std::uint8_t { kAtLeast, kAtMost };

/// A figure that has a target.
struct Claim {
  std::string what;
  double measured = 0;
  Bound bound = Bound::kAtLeast;
  double target = 0;
  std::string unit;  // What the figure is, e.g. "of the raw loader's rate".
  std::string how;   // The two sides, for who wants to know what was compared.
};

/// A sink beside what one would write by hand for it; rates by round.
struct SinkComparison {
  std::string sink;
  Samples by_hand;
  Samples oncegate;
  std::string how;  // What the hand-written side does.
};

/// A place in a plot.
struct Point {
  std::string plot;
  std::string series;
  double x = 0;
  double y = 0;
};

class Results {
 public:
  explicit Results(boost::json::object conditions);

  /// What follows belongs to this part.
  void BeginPart(const std::string& part);
  /// Forgets the part, which could not be measured to its end.
  void DropPart() { parts_.pop_back(); }
  /// The part can not be measured here, for a reason that fits on a line.
  void Skip(const std::string& reason);
  /// `unit` as in "events/s".
  void AddFigure(const std::string& name, const Samples& rounds, const std::string& unit,
                 const std::string& remark);
  void AddClaim(const Claim& claim);
  /// Has no target, other than a claim.
  void AddComparison(const SinkComparison& comparison);
  void AddPoint(const Point& point);

  /// Throws std::runtime_error if the file can not be written.
  void Write(const std::filesystem::path& file) const;

 private:
  boost::json::object conditions_;
  // Of the last minute. What else the machine did is the first question about a figure.
  double load_at_start_ = 0;
  boost::json::array parts_;
};

}  // namespace oncegate::bench
