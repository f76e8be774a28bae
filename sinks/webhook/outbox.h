// The outbox: events that are frozen for the receiver, in the same file and transactions as the
// ledger.
//
//   oncegate_outbox  number (order of freezing), delivery (the number of the first event of the
//                    request that this one belongs to), format of that request, message_id and body
//                    of the event, owner (whose identity it settles), and what a dead letter needs.
//
// A request is composed of the rows with one `delivery`, in order; its bytes and its id follow from
// them alone, so that every try and every start sends the same.
//
// Functions on an open connection; the caller holds the slot of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sqlite/database.h"
#include "sinks/webhook/delivery_board.h"
#include "sinks/webhook/http_sender.h"

namespace oncegate::webhook {

/// Creates the table where it is missing, and gives the number behind the last one in it.
SinkResult<std::int64_t> EnsureOutbox(sqlite::Connection& connection);
SinkResult<std::uint64_t> CountEntries(sqlite::Connection& connection);

struct FreezeOrder {
  const StreamTarget& target;
  const Settings& settings;
  WallTime now;
  std::function<std::int64_t()> next_number;
};

/// Freezes events in their order, within the open transaction; `frozen` receives their numbers.
SinkStatus Freeze(sqlite::Connection& connection, const FreezeOrder& order,
                  std::span<const Event* const> events, EntryRange* frozen);

/// A request as it is frozen.
struct Delivery {
  std::int64_t number = 0;  // Of its first event.
  std::vector<std::int64_t> entries;
  std::vector<std::string> message_ids;  // Parallel to the entries.
  Request request;
};

/// The first entry in the range; empty if there is none.
SinkResult<std::optional<std::int64_t>> FirstEntry(sqlite::Connection& connection,
                                                   EntryRange range);
/// The request that the entry belongs to; without entries if it was settled meanwhile.
SinkResult<Delivery> LoadDelivery(sqlite::Connection& connection, std::int64_t entry);
/// The receiver took it. A transaction of its own.
SinkStatus RemoveDelivery(sqlite::Connection& connection, std::int64_t delivery);
/// Makes two requests of one that has several entries. A transaction of its own.
SinkStatus SplitDelivery(sqlite::Connection& connection, const Delivery& delivery);
/// Its only event becomes a dead letter. A transaction of its own.
SinkStatus BuryDelivery(sqlite::Database& database, const Delivery& delivery,
                        const std::string& detail, WallTime now);

/// Whether something of this owner is still to be delivered.
SinkResult<bool> HoldsOwner(sqlite::Connection& connection, std::string_view stream,
                            std::string_view owner);
/// Owners: who is judged by what was frozen.
std::string OwnerOfProducer(std::string_view producer);
std::string OwnerOfId(std::string_view id);

}  // namespace oncegate::webhook
