// The ledger rows of producers: read, compare-and-set, list. The write lock is the transaction's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

class Ledger {
 public:
  explicit Ledger(Connection& connection) : connection_(connection) {}

  /// Prepares the statements. kRefused where the ledger's tables do not have their columns.
  SinkStatus Prepare();

  SinkStatus Read(std::span<const LedgerRequest> requests, std::vector<LedgerRow>* rows);
  SinkStatus Write(std::span<const LedgerWrite> writes, WallTime now,
                   std::vector<std::uint32_t>* lost);
  SinkResult<std::vector<ListedProducer>> List(const LedgerQuery& query);
  SinkResult<std::uint64_t> Count(std::string_view stream);

 private:
  Connection& connection_;
  Statement read_;
  Statement insert_;
  Statement update_;
  Statement list_;
  Statement count_;
};

}  // namespace oncegate::sqlite
