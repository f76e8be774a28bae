// How long a write takes while expired entries are removed beside it, and while they are not.
#pragma once

#include "bench/scale/rig.h"

namespace oncegate::scale {

void RunSweepBesideWrites(const Settings& settings);

}  // namespace oncegate::scale
