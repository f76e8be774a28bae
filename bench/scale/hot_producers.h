// The store's cost of one single-event group: read the producer, write it, write the fingerprint.
#pragma once

#include "bench/scale/rig.h"

namespace oncegate::scale {

void RunHotProducers(const Settings& settings);

}  // namespace oncegate::scale
