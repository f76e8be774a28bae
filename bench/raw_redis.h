// Raw Redis: what one writes by hand for one job on Redis: the commands of a group, pipelined, as
// one transaction (MULTI … EXEC) of a SET a row and an HSET for the ledger.
#pragma once

#include "bench/raw_run.h"

namespace oncegate::bench {

/// Rows per second that EXEC has answered. Writes to database 1, and empties it at the end.
double RunRawRedis(std::uint16_t port, const RawRun& run);

}  // namespace oncegate::bench
