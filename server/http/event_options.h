// What the head of a POST to a stream says besides its body: query and defaults. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "server/decode/decode.h"
#include "server/http/message.h"
#include "server/ingest/stream.h"

namespace oncegate {

enum class ResultsMode : std::uint8_t { kProblems, kAll, kNone };

struct EventOptions {
  bool atomic = false;
  Acknowledgement ack = Acknowledgement::kSink;
  ResultsMode results = ResultsMode::kProblems;
  RecordDefaults defaults;
  /// 400: told only after everything that outranks it.
  std::optional<HttpResponse> refusal;
};

EventOptions ReadEventOptions(const HttpRequest& request, const StreamSpec& stream);

}  // namespace oncegate
