// What is told of a producer: from its rows in the ledgers of the stream's sinks, and from what is
// pending of it in the journal. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "server/ingest/control.h"
#include "server/ingest/ledger_edit.h"
#include "server/ingest/stream.h"

namespace oncegate {

/// True if a sink knows the producer. `rows` here and below: one for each sink of the stream.
bool IsKnown(std::span<const LockedProducer> rows);

/// What is settled in every sink, in the highest epoch that one of them knows; to a sink with a
/// lower one nothing of it is. That a sink can not vouch for anything at or below its floor counts
/// as settled there.
/// Precondition: IsKnown(rows).
LockedProducer SettledInAll(std::span<const LockedProducer> rows);

/// Precondition: IsKnown(rows).
ProducerReport MakeReport(const StreamSpec& stream, const std::string& producer,
                          std::span<const LockedProducer> rows);

/// `accepted` was looked at before the ledger, so that an event that went from one to the other
/// meanwhile is in both.
void AddAccepted(const LockedProducer& row, const std::optional<ProducerState>& accepted,
                 ProducerReport* report);

/// The row of a producer of which the ledger knows nothing yet.
LockedProducer OnlyAccepted(const ProducerState& accepted, WallTime now);

}  // namespace oncegate
