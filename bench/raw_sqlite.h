// Raw SQLite: a prepared upsert in a loop with the durability that the sink uses, one ledger row
// per transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace oncegate::bench {

/// Committed rows per second into a new file at `path`.
double RunRawSqlite(const std::string& path, std::uint32_t rows_per_transaction,
                    std::chrono::milliseconds duration);

}  // namespace oncegate::bench
