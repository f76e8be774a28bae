// The ledger's rows. Each call is one statement of the open transaction (WriteLedger: one for
// inserts and one for updates); rows are locked and written in byte order of (stream, producer).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sinks/postgres/connection.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class Ledger {
 public:
  /// `schema` is the one that holds oncegate_ledger.
  explicit Ledger(const std::string& schema);

  PgStatus Read(Connection& connection, std::span<const LedgerRequest> requests,
                std::vector<LedgerRow>* rows) const;
  PgStatus Write(Connection& connection, std::span<const LedgerWrite> writes, WallTime now,
                 std::vector<std::uint32_t>* lost) const;
  /// Sent together with the next statement, which fails with serialization_failure if one of them
  /// takes no effect.
  void DeferWrite(Connection& connection, std::span<const LedgerWrite> writes, WallTime now) const;
  PgResult<std::vector<ListedProducer>> List(Connection& connection,
                                             const LedgerQuery& query) const;
  PgResult<std::uint64_t> Count(Connection& connection, std::string_view stream) const;

 private:
  Statement read_;
  Statement read_locked_;
  Statement insert_;
  Statement update_;
  Statement list_;
  Statement count_;
};

}  // namespace oncegate::postgres
