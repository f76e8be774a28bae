// Events as messages: what a message holds, and the row guard of document streams.
#pragma once

#include <span>

#include "sinks/kafka/records.h"
#include "sinks/kafka/transaction.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

enum class GuardDecision : std::uint8_t { kWrite, kNewerExists, kSameVersion };

/// The row guard (see dedupe/judge/fold.h). Pure.
GuardDecision Guard(const Event& event, const RowMark& stored);

/// The message of an event; views into the event. `keeps_default_key`: a default key is a key too.
Message MessageOf(const StreamTarget& target, const Event& event, bool keeps_default_key);

/// See SinkSession::UpsertRows.
SinkStatus WriteRows(const KafkaSettings& settings, const StreamTarget& target,
                     std::span<const Event* const> rows, Transaction* transaction,
                     RowsOutcome* outcome);

}  // namespace oncegate::kafka
