#include "server/http/events_answer.h"

#include <string>
#include <utility>

#include "server/http/code_text.h"
#include "server/http/json_writer.h"
#include "server/http/problem.h"
#include "server/http/status.h"

namespace oncegate {
namespace {

void AppendCounts(const VerdictCounts& counts, std::string* out) {
  JsonObject object(out);
  for (int i = 0; i < kVerdictCount; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (counts.Of(verdict) > 0) object.Unsigned(ToString(verdict), counts.Of(verdict));
  }
  object.Close();
}

// `event` is null for a record that never became one.
void AppendItem(std::size_t index, const EventResult& result, const Event* event, bool full,
                std::string* out) {
  JsonObject object(out);
  object.Unsigned("index", index);
  object.String("verdict", ToString(result.verdict));
  object.String("code", ToString(result.code));
  object.String("detail", DescribeResult(result));
  if (event != nullptr) {
    if (!event->producer.empty()) object.String("producer", event->producer);
    if (event->sequence) object.Integer("seq", event->sequence->value);
    if (!event->id.empty()) object.String("id", event->id);
  }
  if (result.hint >= 0 && result.verdict == Verdict::kGap) {
    object.Integer("expected_seq", result.hint);
  }
  if (result.hint >= 0 && result.verdict == Verdict::kFenced) {
    object.Integer("current_epoch", result.hint);
  }
  if (result.text && (!result.text->pointer.empty() || result.verdict == Verdict::kInvalid)) {
    object.String("pointer", result.text->pointer);
  }
  if (full && result.verdict == Verdict::kDuplicate && !result.verified) {
    object.Boolean("verified", false);
  }
  object.Close();
}

void AppendItems(const JudgedRequest& request, std::string* out) {
  const bool full = request.mode == ResultsMode::kAll;
  out->push_back('[');
  bool first = true;
  auto event = request.events.begin();
  for (std::size_t i = 0; i < request.results.size(); ++i) {
    while (event != request.events.end() && event->index < i) ++event;
    const EventResult& result = request.results[i];
    const bool is_problem = !IsSettled(result.verdict) && result.verdict != Verdict::kAccepted;
    if (!full && !is_problem) continue;
    if (!first) out->push_back(',');
    first = false;
    const bool is_event = event != request.events.end() && event->index == i;
    AppendItem(i, result, is_event ? &*event : nullptr, full, out);
  }
  out->push_back(']');
}

void AppendOutcome(const JudgedRequest& request, const VerdictCounts& counts, JsonObject* object) {
  object->String("stream", request.stream);
  AppendCounts(counts, object->Member("counts"));
  if (request.mode != ResultsMode::kNone) AppendItems(request, object->Member("items"));
}

}  // namespace

HttpResponse AnswerEvents(const JudgedRequest& request) {
  const VerdictCounts counts = CountVerdicts(request.results);
  const VerdictCounts deciding = request.atomic ? DecidingVerdicts(request.results, true) : counts;
  const int status = StatusOf(deciding);
  if (status >= 400) {
    const std::string detail = request.atomic ? "nothing was applied; items tells why"
                                              : "none of the records is settled; items tells why";
    return MakeProblem({status, CommonCode(deciding), detail},
                       [&](JsonObject* object) { AppendOutcome(request, counts, object); });
  }
  HttpResponse response;
  response.status = status;
  response.content_type = kJsonType;
  JsonObject object(&response.body);
  AppendOutcome(request, counts, &object);
  object.Close();
  if (status == 207 && counts.Of(Verdict::kRetry) > 0) {
    response.headers.push_back({"Retry-After", std::string(kRetryAfterSeconds)});
  }
  return response;
}

}  // namespace oncegate
