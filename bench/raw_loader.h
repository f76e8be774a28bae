// Raw loader: what a careful engineer writes by hand for one job on Postgres: COPY into a temporary
// table, INSERT … SELECT … ON CONFLICT, and one ledger row, in one transaction per group.
#pragma once

#include <string>

#include "bench/raw_run.h"

namespace oncegate::bench {

/// Committed rows per second. Makes and drops its own tables.
double RunRawLoader(const std::string& url, const RawRun& run);

}  // namespace oncegate::bench
