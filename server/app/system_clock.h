// SteadyAnchoredClock: the wall clock is read once and then advanced by the steady clock, so that
// nobody who sets the machine's time evicts anything early or stops anything.
#pragma once

#include "server/ingest/clock.h"

namespace oncegate {

/// One moment on both clocks.
struct ClockAnchor {
  WallTime wall;
  SteadyTime steady;
};

/// This moment, by the machine's clocks.
ClockAnchor ReadClockAnchor();

class SteadyAnchoredClock : public Clock {
 public:
  explicit SteadyAnchoredClock(const ClockAnchor& anchor) : anchor_(anchor) {}
  SteadyTime Now() override;
  WallTime Wall() override;
  /// The wall time of a moment on the steady clock; earlier ones than the anchor too.
  WallTime WallAt(SteadyTime moment) const;

 private:
  const ClockAnchor anchor_;
};

}  // namespace oncegate
