// The keys of a stream with target = "columns".
#pragma once

#include "server/config/config.h"
#include "server/config/table_reader.h"

namespace oncegate {

/// They are faults in a stream of any other target.
void ReadColumns(TableReader* reader, StreamConfig* stream);

}  // namespace oncegate
