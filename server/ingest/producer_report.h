// What is told of a producer: from its ledger row, and from what is pending of it in the journal.
// Pure functions.
#pragma once

#include <optional>
#include <string>

#include "server/ingest/control.h"
#include "server/ingest/ledger_edit.h"

namespace oncegate {

ProducerReport MakeReport(const std::string& stream, const std::string& producer,
                          const LockedProducer& row);

/// `accepted` was looked at before the ledger, so that an event that went from one to the other
/// meanwhile is in both.
void AddAccepted(const LockedProducer& row, const std::optional<ProducerState>& accepted,
                 ProducerReport* report);

/// The row of a producer of which the ledger knows nothing yet.
LockedProducer OnlyAccepted(const ProducerState& accepted, WallTime now);

}  // namespace oncegate
