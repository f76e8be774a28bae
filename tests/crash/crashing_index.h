// An index that does what the one behind it does, with a crash point on both sides of every step.
#pragma once

#include <memory>

#include "dedupe/store/index.h"
#include "tests/crash/crash_points.h"

namespace oncegate::crash {

/// `points` outlives the index.
std::unique_ptr<Index> MakeCrashingIndex(std::unique_ptr<Index> behind, CrashPoints* points);

}  // namespace oncegate::crash
