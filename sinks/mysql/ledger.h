// The ledger's rows: read, locked, and written by compare-and-set on the token.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

/// See SinkSession::ReadLedger.
MysqlStatus ReadLedger(Connection& connection, std::span<const LedgerRequest> requests,
                       std::vector<LedgerRow>* rows);
/// See SinkSession::WriteLedger; `lost` is not null.
MysqlStatus WriteLedger(Connection& connection, std::span<const LedgerWrite> writes, WallTime now,
                        std::vector<std::uint32_t>* lost);
MysqlResult<std::vector<ListedProducer>> ListProducers(Connection& connection,
                                                       const LedgerQuery& query);
MysqlResult<std::uint64_t> CountProducers(Connection& connection, std::string_view stream);

}  // namespace oncegate::mysql
