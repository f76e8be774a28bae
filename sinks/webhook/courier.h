// Courier: carries frozen requests to the receiver, one after another, each until it is settled:
// taken, or refused for good and thereby a dead letter. The outbox is not locked while a request is
// under way.
//
// One thread at a time; Cancel alone from any thread.
#pragma once

#include <memory>
#include <string>

#include "sinks/webhook/delivery_state.h"
#include "sinks/webhook/outbox.h"

namespace oncegate::webhook {

class Courier {
 public:
  /// `state` outlives the courier.
  Courier(DeliveryState* state, std::shared_ptr<sqlite::SessionSlot> slot, Caller caller)
      : state_(state),
        slot_(std::move(slot)),
        caller_(caller),
        sender_(state->settings, state->trust) {}

  /// Delivers all entries in the range, in order. False: something is left, since the deadline
  /// passed, the receiver can not be used, or the outbox failed.
  bool DeliverAll(EntryRange range, SteadyTime deadline);
  /// The same for the request that the entry belongs to.
  bool Deliver(std::int64_t entry, SteadyTime deadline);
  void Cancel() { sender_.Cancel(); }

 private:
  using Needs = sqlite::SessionSlot::Needs;

  bool Settle(const Delivery& delivery);
  bool Refuse(const Delivery& delivery, const std::string& reason);

  DeliveryState* const state_;
  const std::shared_ptr<sqlite::SessionSlot> slot_;
  const Caller caller_;
  HttpSender sender_;
};

}  // namespace oncegate::webhook
