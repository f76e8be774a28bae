// The ids of id streams: claimed, counted and swept.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

/// See SinkSession::ClaimIds.
MysqlStatus ClaimIds(Connection& connection, std::string_view stream,
                     std::span<const IdClaim> claims, WallTime now,
                     std::vector<IdOutcome>* outcomes);
MysqlResult<std::uint64_t> CountIds(Connection& connection, std::string_view stream);
/// Leaves the transaction open.
MysqlResult<IdSweepResult> SweepIds(Connection& connection, const IdSweep& sweep);

}  // namespace oncegate::mysql
