// Raw MySQL: what a careful engineer writes by hand for one job on MySQL or MariaDB: an upsert
// bound to arrays of rows, sorted by key, and one ledger row, in one transaction per group.
#pragma once

#include <string>

#include "bench/raw_run.h"

namespace oncegate::bench {

/// Committed rows per second into the database of a test's server. Makes and drops its own tables.
double RunRawMysql(std::uint16_t port, const std::string& database, const RawRun& run);

}  // namespace oncegate::bench
