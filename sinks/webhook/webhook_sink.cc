#include "sinks/webhook/webhook_sink.h"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "sinks/webhook/delivery_state.h"
#include "sinks/webhook/instance_lock.h"
#include "sinks/webhook/redelivery.h"
#include "sinks/webhook/session.h"

namespace oncegate {
namespace {

// A lane waits for the receiver, so several are under way at once.
constexpr std::uint32_t kLanesDefault = 4;

class WebhookSink final : public Sink {
 public:
  WebhookSink(webhook::Settings settings, std::shared_ptr<webhook::TlsTrust> trust)
      : state_(std::make_shared<webhook::DeliveryState>(std::move(settings), std::move(trust))) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    if (std::optional<SinkError> trouble = Trouble()) return *trouble;
    if (SinkStatus opened = OpenOutbox(); !opened) return opened.error();
    SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot = state_->OpenSlot();
    if (!slot) return slot.error();
    return std::make_unique<webhook::WebhookSession>(state_, std::move(*slot));
  }

  std::uint32_t DefaultLanes() const override { return kLanesDefault; }
  void Pause() override { state_->circuit.Pause(); }
  void Resume() override { state_->circuit.Resume(); }
  std::optional<SinkError> Trouble() const override { return state_->circuit.Trouble(); }
  std::optional<DeliveryReport> Delivery() const override {
    return DeliveryReport{state_->circuit.IsOpen(), state_->pending_events.Get(), state_->delivered,
                          state_->retried, state_->dead_lettered};
  }

 private:
  /// Once: takes the lock, and starts to deliver what is left in the outbox.
  SinkStatus OpenOutbox() {
    const std::lock_guard lock(mutex_);
    if (redelivery_) return {};
    if (SinkStatus taken = lock_.Take(state_->settings.path); !taken) return taken;
    if (const auto slot = state_->OpenSlot(); !slot) return slot.error();
    redelivery_.emplace(state_.get());
    return {};
  }

  webhook::InstanceLock lock_;
  const std::shared_ptr<webhook::DeliveryState> state_;
  std::mutex mutex_;
  std::optional<webhook::Redelivery> redelivery_;  // Set under mutex_; ended before the others.
};

std::vector<OptionFault> Check(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  webhook::ReadSettings(options, &faults);
  return faults;
}

Result<std::unique_ptr<Sink>> Make(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  webhook::Settings settings = webhook::ReadSettings(options, &faults);
  if (!faults.empty()) return Error{faults.front().key + " " + faults.front().message};
  auto trust = webhook::LoadTrust(settings);
  if (!trust) return trust.error();
  return std::unique_ptr<Sink>(
      std::make_unique<WebhookSink>(std::move(settings), std::move(*trust)));
}

}  // namespace

const SinkType kWebhookSinkType{"webhook",
                                &Check,
                                &Make,
                                TargetKind::kAppend,
                                /*has_columns=*/false,
                                /*needs_dead_letters=*/true};

}  // namespace oncegate
