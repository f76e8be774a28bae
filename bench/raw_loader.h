// Raw loader: what a careful engineer writes by hand for one job on Postgres: COPY into a temporary
// table, INSERT … SELECT … ON CONFLICT, and one ledger row, in one transaction per group.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace oncegate::bench {

struct RawLoad {
  std::string url;
  std::uint32_t connections = 1;
  std::uint32_t rows_per_transaction = 4000;
  std::chrono::milliseconds duration{5000};
};

/// Committed rows per second. Makes and drops its own tables.
double RunRawLoader(const RawLoad& load);

}  // namespace oncegate::bench
