#include "sinks/webhook/courier.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "sinks/webhook/answer_rules.h"

namespace oncegate::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

WallTime Now() {
  return {std::chrono::duration_cast<std::chrono::microseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

// Longer than every timeout of the settings.
constexpr milliseconds kUnhurried{3'600'000};

milliseconds TimeUntil(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) return kUnhurried;
  return std::clamp(std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()),
                    milliseconds{0}, kUnhurried);
}

}  // namespace

bool Courier::DeliverAll(EntryRange range, SteadyTime deadline) {
  for (;;) {
    const auto entry = slot_->Use(Needs::kNothing, [&](sqlite::Database& database) {
      return FirstEntry(database.connection(), range);
    });
    if (!entry) return false;
    if (!*entry) return true;
    if (!Deliver(**entry, deadline)) return false;
  }
}

bool Courier::Deliver(std::int64_t entry, SteadyTime deadline) {
  // A split leaves the first half where the whole was, so every round loads what is there now.
  for (;;) {
    if (!state_->circuit.AwaitTurn(deadline, caller_)) return false;
    const auto delivery = slot_->Use(Needs::kNothing, [&](sqlite::Database& database) {
      return LoadDelivery(database.connection(), entry);
    });
    if (!delivery) return false;
    if (delivery->entries.empty()) return true;
    const std::size_t events = delivery->entries.size();
    const auto answer = sender_.Send(delivery->request, TimeUntil(deadline));
    if (!answer) {
      ++state_->retried;
      state_->circuit.NoteFailure({}, answer.error().message);
      state_->board.Wake();
      continue;
    }
    const std::string reason = "the receiver answered " + std::to_string(answer->status);
    switch (RuleOn(answer->status)) {
      case Ruling::kDelivered:
        state_->circuit.NoteDelivered();
        return Settle(*delivery);
      case Ruling::kBusy:
        ++state_->retried;
        state_->circuit.NoteBusy(answer->retry_after, reason);
        break;
      case Ruling::kUnavailable:
        ++state_->retried;
        state_->circuit.NoteFailure(answer->retry_after, reason);
        break;
      case Ruling::kGone:
        ++state_->retried;
        state_->circuit.NoteGone(reason);
        break;
      case Ruling::kRefused:
        state_->circuit.NoteDelivered();
        if (!Refuse(*delivery, reason)) return false;
        if (events == 1) return true;
        break;
    }
    state_->board.Wake();
  }
}

bool Courier::Settle(const Delivery& delivery) {
  const SinkStatus removed = slot_->Use(Needs::kNothing, [&](sqlite::Database& database) {
    return RemoveDelivery(database.connection(), delivery.number);
  });
  if (!removed) return false;
  state_->board.ForgetDeadLetters(delivery.message_ids);
  ++state_->delivered;
  state_->pending_events.Subtract(delivery.entries.size());
  return true;
}

bool Courier::Refuse(const Delivery& delivery, const std::string& reason) {
  if (delivery.entries.size() > 1) {
    const SinkStatus split = slot_->Use(Needs::kNothing, [&](sqlite::Database& database) {
      return SplitDelivery(database.connection(), delivery);
    });
    return split.has_value();
  }
  // Noted first: once the outbox is empty, whoever answers for the event looks for the note.
  state_->board.NoteDeadLetter(delivery.message_ids.front(), reason);
  const SinkStatus buried = slot_->Use(Needs::kNothing, [&](sqlite::Database& database) {
    return BuryDelivery(database, delivery, reason, Now());
  });
  if (!buried) return false;
  ++state_->dead_lettered;
  state_->pending_events.Subtract(1);
  return true;
}

}  // namespace oncegate::webhook
