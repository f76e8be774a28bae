#include "bench/scale/sweep_beside_writes.h"

namespace oncegate::scale {

void RunSweepBesideWrites(const Settings& settings) { static_cast<void>(settings); }

}  // namespace oncegate::scale
