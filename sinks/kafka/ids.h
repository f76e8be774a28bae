// Claims of ids, and their end.
#pragma once

#include <span>
#include <vector>

#include "sinks/kafka/transaction.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

/// See SinkSession::ClaimIds.
SinkStatus ClaimIds(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                    Transaction* transaction, std::vector<IdOutcome>* outcomes);

/// See SinkSession::SweepIds, within the open transaction.
SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep, Transaction* transaction);

}  // namespace oncegate::kafka
