// The row guard of the simulated sink: may an event write a row that holds something already?
// Stated from the description in dedupe/judge/fold.h, apart from what the real sinks do in SQL.
#pragma once

#include "dedupe/types/event.h"
#include "sinks/sink.h"
#include "tests/sim/database.h"

namespace oncegate::sim {

RowEffect GuardRow(DedupeMode mode, const RowCell& row, const Event& event);

}  // namespace oncegate::sim
