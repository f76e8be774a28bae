// DeliveryState: what the sessions of one webhook sink, its redelivery thread and the sink itself
// share. Its parts are thread-safe each.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "sinks/sqlite/session.h"
#include "sinks/webhook/circuit.h"
#include "sinks/webhook/delivery_board.h"
#include "sinks/webhook/http_sender.h"
#include "sinks/webhook/settings.h"

namespace oncegate::webhook {

/// How many events are frozen and not yet settled. Set from the outbox where it may be wrong; too
/// low for a moment where a session commits at the same time.
class PendingCount {
 public:
  void Add(std::uint64_t events) { events_ += events; }
  void Subtract(std::uint64_t events) {
    std::uint64_t now = events_;
    while (!events_.compare_exchange_weak(now, now - std::min(now, events))) {
    }
  }
  void Set(std::uint64_t events) { events_ = events; }
  std::uint64_t Get() const { return events_; }

 private:
  std::atomic<std::uint64_t> events_{0};
};

struct DeliveryState {
  DeliveryState(Settings sink_settings, std::shared_ptr<TlsTrust> tls)
      : settings(std::move(sink_settings)), trust(std::move(tls)) {}

  /// Opens the outbox, which may be another file than before, with entries of its own.
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> OpenSlot();
  /// The first entry that no session owns.
  SinkResult<std::optional<std::int64_t>> FirstOrphan(sqlite::SessionSlot& slot) const;

  const Settings settings;
  const std::shared_ptr<TlsTrust> trust;
  sqlite::OpenSessions files;
  Circuit circuit;
  DeliveryBoard board;
  PendingCount pending_events;
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<std::uint64_t> retried{0};
  std::atomic<std::uint64_t> dead_lettered{0};
};

}  // namespace oncegate::webhook
