// WebhookSession: ledger, ids and catalogue are those of SQLite; a row is a frozen request body in
// the same transaction. Commit makes both durable and then delivers what was frozen; it answers
// kCommitted once the receiver has taken all of it, and kInDoubt where that takes too long. What
// remains then is an orphan, and no session begins before all orphans are delivered: so the group
// that is in doubt finds its own marks, and finds them true.
#pragma once

#include <memory>
#include <optional>

#include "sinks/sqlite/session.h"
#include "sinks/webhook/courier.h"
#include "sinks/webhook/delivery_state.h"

namespace oncegate::webhook {

class WebhookSession final : public sqlite::SqliteSession {
 public:
  WebhookSession(std::shared_ptr<DeliveryState> state, std::shared_ptr<sqlite::SessionSlot> slot);

  SinkStatus EnsureStream(const StreamTarget& target) override;
  SinkStatus Begin() override;
  SinkStatus ReadLedger(std::span<const LedgerRequest> requests,
                        std::vector<LedgerRow>* rows) override;
  SinkStatus ClaimIds(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                      std::vector<IdOutcome>* outcomes) override;
  SinkStatus UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                        WallTime now, RowsOutcome* outcome) override;
  CommitOutcome Commit() override;
  void Rollback() override;
  bool IsUsable() const override;
  void TakeDeadLettered(const StreamTarget& target, std::span<const Event* const> events,
                        std::vector<BadRow>* dead) override;

 private:
  SinkStatus CheckDelivered(std::string_view stream, const std::string& owner);
  CommitOutcome DeliverFrozen(EntryRange range);

  const std::shared_ptr<DeliveryState> state_;
  const std::shared_ptr<sqlite::SessionSlot> slot_;
  /// Made when there is something to deliver; keeps its connection to the receiver.
  std::optional<Courier> courier_;
  EntryRange frozen_;  // Of the open transaction.
  bool is_over_ = false;
};

}  // namespace oncegate::webhook
