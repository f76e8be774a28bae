// The catalogue of streams, kept in the ledger topic, and their topics.
#pragma once

#include <vector>

#include "sinks/kafka/settings.h"
#include "sinks/kafka/transaction.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

SinkResult<std::vector<StreamRecord>> ListStreams(const LedgerView& view);

/// See SinkSession::EnsureStream. Precondition: no transaction is open.
SinkStatus EnsureStream(const KafkaSettings& settings, const StreamTarget& target,
                        Transaction* transaction);

}  // namespace oncegate::kafka
