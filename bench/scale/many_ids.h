// Millions of remembered ids in one store: bytes, memory, time to open, judging new and seen ones.
#pragma once

#include "bench/scale/rig.h"

namespace oncegate::scale {

void RunManyIds(const Settings& settings);

}  // namespace oncegate::scale
