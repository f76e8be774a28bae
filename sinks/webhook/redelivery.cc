#include "sinks/webhook/redelivery.h"

#include <chrono>
#include <utility>

namespace oncegate::webhook {
namespace {

// Between two looks at an outbox that can not be read or written, such as on a full disk.
constexpr std::chrono::milliseconds kOutboxRetry{500};

}  // namespace

Redelivery::Redelivery(DeliveryState* state) : state_(state), thread_([this] { Run(); }) {}

Redelivery::~Redelivery() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    if (courier_ != nullptr) courier_->Cancel();
  }
  wake_.notify_all();
  state_->circuit.Stop();
  state_->board.Stop();
  thread_.join();
}

void Redelivery::Run() {
  while (const auto generation = state_->board.AwaitOrphans()) {
    if (DeliverOrphans()) {
      state_->circuit.NoteNothingLeft();
      state_->board.NoteNoOrphans(*generation);
    } else {
      state_->board.Wake();
      WaitAfterFailure();
    }
  }
}

bool Redelivery::DeliverOrphans() {
  const std::shared_ptr<Courier> courier = OpenCourier();
  if (courier == nullptr) return false;
  const auto pending =
      slot_->Use(sqlite::SessionSlot::Needs::kNothing,
                 [](sqlite::Database& database) { return CountEntries(database.connection()); });
  if (!pending) return false;
  state_->pending_events.Set(*pending);
  for (;;) {
    const auto orphan = state_->FirstOrphan(*slot_);
    if (!orphan) return false;
    if (!*orphan) return true;
    if (!courier->Deliver(**orphan, SteadyTime::max())) return false;
  }
}

std::shared_ptr<Courier> Redelivery::OpenCourier() {
  // A new connection for every round: the last one may be what failed.
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot = state_->OpenSlot();
  if (!slot) return nullptr;
  auto courier = std::make_shared<Courier>(state_, *slot, Caller::kRedelivery);
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return nullptr;
  slot_ = std::move(*slot);
  courier_ = courier;
  return courier;
}

void Redelivery::WaitAfterFailure() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kOutboxRetry, [this] { return is_stopping_; });
}

}  // namespace oncegate::webhook
