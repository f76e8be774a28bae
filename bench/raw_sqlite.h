// Raw SQLite: a prepared upsert in a loop with the durability that the sink uses, one ledger row
// per transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace oncegate::bench {

/// Committed rows per second into a new file at `path`. The time that each transaction took, in ms,
/// goes to *latencies_ms unless it is null.
double RunRawSqlite(const std::string& path, std::uint32_t rows_per_transaction,
                    std::chrono::milliseconds duration,
                    std::vector<double>* latencies_ms = nullptr);

}  // namespace oncegate::bench
