// Liveness and readiness. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/http/message.h"
#include "server/ingest/control.h"

namespace oncegate {

struct SinkHealth {
  std::string sink;
  SinkState state = SinkState::kConnecting;
  std::string detail;  // Last error; empty if none.
};

struct Readiness {
  /// False while starting or draining, or with an unusable store.
  bool serving = false;
  std::string reason;  // Why not.
  std::vector<SinkHealth> sinks;
};

/// GET /readyz?sink=: 200 if serving and at least one sink (or the one asked for) is up, else 503;
/// 404 for an unknown sink.
HttpResponse AnswerReadiness(const Readiness& readiness, const std::string* sink);

}  // namespace oncegate
