// DeliveryState: what the sessions of one webhook sink, its redelivery thread and the sink itself
// share. Its parts are thread-safe each.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "sinks/sqlite/session.h"
#include "sinks/webhook/circuit.h"
#include "sinks/webhook/delivery_board.h"
#include "sinks/webhook/http_sender.h"
#include "sinks/webhook/settings.h"

namespace oncegate::webhook {

struct DeliveryState {
  DeliveryState(Settings sink_settings, std::shared_ptr<TlsTrust> tls)
      : settings(std::move(sink_settings)), trust(std::move(tls)) {}

  /// Opens the outbox, which may be another file than before.
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> OpenSlot();

  const Settings settings;
  const std::shared_ptr<TlsTrust> trust;
  sqlite::OpenSessions files;
  Circuit circuit;
  DeliveryBoard board;
  std::atomic<std::uint64_t> pending_events{0};
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<std::uint64_t> retried{0};
  std::atomic<std::uint64_t> dead_lettered{0};
};

}  // namespace oncegate::webhook
