// A sink that does what the one behind it does, with a crash point on both sides of every step.
#pragma once

#include <memory>

#include "sinks/sink.h"
#include "tests/crash/crash_points.h"

namespace oncegate::crash {

/// `points` outlives the sink.
std::unique_ptr<Sink> MakeCrashingSink(std::unique_ptr<Sink> behind, CrashPoints* points);

}  // namespace oncegate::crash
