// Millions of producers in one store: bytes, memory, time to open, reading and writing at random.
#pragma once

#include "bench/scale/rig.h"

namespace oncegate::scale {

void RunManyProducers(const Settings& settings);

}  // namespace oncegate::scale
