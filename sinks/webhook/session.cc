#include "sinks/webhook/session.h"

#include <chrono>
#include <string>
#include <utility>

#include "sinks/sqlite/catalogue.h"
#include "sinks/webhook/outbox.h"
#include "sinks/webhook/signature.h"

namespace oncegate::webhook {
namespace {

using std::chrono::steady_clock;

std::uint64_t CountOf(EntryRange range) {
  return static_cast<std::uint64_t>(range.last - range.first + 1);
}

}  // namespace

WebhookSession::WebhookSession(std::shared_ptr<DeliveryState> state,
                               std::shared_ptr<sqlite::SessionSlot> slot)
    : SqliteSession(slot), state_(std::move(state)), slot_(std::move(slot)) {}

SinkStatus WebhookSession::EnsureStream(const StreamTarget& target) {
  if (target.kind != TargetKind::kAppend) {
    return SinkError{SinkErrorClass::kRefused,
                     "a webhook has no rows that a later event could overwrite: stream \"" +
                         target.stream + "\" needs target = \"append\"",
                     ""};
  }
  return Use(Needs::kNothing, [&](sqlite::Database& database) {
    return sqlite::EnterStream(database.connection(), target, [] { return SinkStatus(); });
  });
}

SinkStatus WebhookSession::Begin() {
  frozen_ = {};
  const auto is_hopeless = [this] { return state_->circuit.IsOpen(); };
  if (!state_->board.AwaitNoOrphans(steady_clock::now() + state_->settings.begin_wait,
                                    is_hopeless)) {
    const std::string reason = state_->circuit.LastReason();
    return SinkError{SinkErrorClass::kConnection,
                     "what is frozen is not delivered yet" + (reason.empty() ? "" : ": " + reason),
                     ""};
  }
  return SqliteSession::Begin();
}

/// The ledger may be ahead of the receiver where another session is still delivering; nothing is
/// judged by such a row.
SinkStatus WebhookSession::CheckDelivered(std::string_view stream, const std::string& owner) {
  const auto pending = Use(Needs::kTransaction, [&](sqlite::Database& database) {
    return HoldsOwner(database.connection(), stream, owner);
  });
  if (!pending) return pending.error();
  if (!*pending) return {};
  return SinkError{SinkErrorClass::kRestart, "an earlier event is still being delivered", ""};
}

SinkStatus WebhookSession::ReadLedger(std::span<const LedgerRequest> requests,
                                      std::vector<LedgerRow>* rows) {
  if (SinkStatus read = SqliteSession::ReadLedger(requests, rows); !read) return read;
  // What this transaction has frozen itself is not in anybody's way.
  if (state_->board.IsEmpty() || !frozen_.IsEmpty()) return {};
  for (const LedgerRequest& request : requests) {
    SinkStatus delivered =
        CheckDelivered(request.key.stream, OwnerOfProducer(request.key.producer));
    if (!delivered) return delivered;
  }
  return {};
}

SinkStatus WebhookSession::ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                                    WallTime now, std::vector<IdOutcome>* outcomes) {
  if (SinkStatus claimed = SqliteSession::ClaimIds(stream, claims, now, outcomes); !claimed) {
    return claimed;
  }
  if (state_->board.IsEmpty()) return {};
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if ((*outcomes)[i].fresh) continue;
    if (SinkStatus delivered = CheckDelivered(stream, OwnerOfId(claims[i].id)); !delivered) {
      return delivered;
    }
  }
  return {};
}

SinkStatus WebhookSession::UpsertRows(const StreamTarget& target,
                                      std::span<const Event* const> rows, WallTime now,
                                      RowsOutcome* outcome) {
  *outcome = {};
  const FreezeOrder order{target, state_->settings, now,
                          [this] { return state_->board.NextNumber(); }};
  SinkStatus done = Use(Needs::kTransaction, [&](sqlite::Database& database) {
    return Freeze(database.connection(), order, rows, &frozen_);
  });
  if (done) outcome->effects.assign(rows.size(), RowEffect::kWritten);
  return done;
}

CommitOutcome WebhookSession::Commit() {
  const EntryRange range = std::exchange(frozen_, {});
  // Owned before they can be seen: nobody else may take them for orphans.
  state_->board.Own(range);
  state_->pending_events.Add(CountOf(range));
  const CommitOutcome outcome = SqliteSession::Commit();
  switch (outcome) {
    case CommitOutcome::kCommitted:
      break;
    case CommitOutcome::kAborted:
      state_->board.Finish(range);
      state_->pending_events.Subtract(CountOf(range));
      return outcome;
    case CommitOutcome::kInDoubt:
      is_over_ = true;
      state_->board.Abandon(range);
      return outcome;
  }
  return range.IsEmpty() ? outcome : DeliverFrozen(range);
}

CommitOutcome WebhookSession::DeliverFrozen(EntryRange range) {
  if (!courier_) courier_.emplace(state_.get(), slot_, Caller::kSession);
  if (courier_->DeliverAll(range, steady_clock::now() + state_->settings.commit_wait)) {
    state_->board.Finish(range);
    return CommitOutcome::kCommitted;
  }
  is_over_ = true;
  state_->board.Abandon(range);
  return CommitOutcome::kInDoubt;
}

void WebhookSession::Rollback() {
  frozen_ = {};
  SqliteSession::Rollback();
}

bool WebhookSession::IsUsable() const { return !is_over_ && SqliteSession::IsUsable(); }

void WebhookSession::TakeDeadLettered(const StreamTarget& target,
                                      std::span<const Event* const> events,
                                      std::vector<BadRow>* dead) {
  if (!state_->board.HasDeadLetters()) return;
  for (std::uint32_t e = 0; e < events.size(); ++e) {
    auto detail = state_->board.TakeDeadLetter(MessageIdOf(target, *events[e]));
    if (!detail) continue;
    dead->push_back({.row = e,
                     .verdict = Verdict::kDeadLettered,
                     .code = Code::kDeadLettered,
                     .detail = std::move(*detail)});
  }
}

}  // namespace oncegate::webhook
