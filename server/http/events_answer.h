// The answer to a POST of events, from its results. Pure.
#pragma once

#include <span>
#include <string_view>

#include "dedupe/types/event.h"
#include "dedupe/types/verdict.h"
#include "server/http/event_options.h"
#include "server/http/message.h"

namespace oncegate {

struct JudgedRequest {
  std::string_view stream;
  std::span<const Event> events;         // The valid records, by ascending index.
  std::span<const EventResult> results;  // Of all records.
  bool atomic = false;
  ResultsMode mode = ResultsMode::kProblems;
};

HttpResponse AnswerEvents(const JudgedRequest& request);

}  // namespace oncegate
