#include "server/http/health.h"

#include <algorithm>
#include <utility>

#include "server/http/json_writer.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

void AppendSinks(const std::vector<SinkHealth>& sinks, std::string* out) {
  out->push_back('[');
  for (const SinkHealth& health : sinks) {
    if (&health != &sinks.front()) out->push_back(',');
    JsonObject object(out);
    object.String("sink", health.sink);
    object.String("state", ToString(health.state));
    if (!health.detail.empty()) object.String("detail", health.detail);
    object.Close();
  }
  out->push_back(']');
}

}  // namespace

HttpResponse AnswerReadiness(const Readiness& readiness, const std::string* sink) {
  std::vector<SinkHealth> sinks = readiness.sinks;
  if (sink != nullptr) {
    std::erase_if(sinks, [&](const SinkHealth& health) { return health.sink != *sink; });
    if (sinks.empty()) return Refuse(ProblemCode::kUnknownSink, "there is no sink of that name");
  }
  const bool any_up = std::any_of(sinks.begin(), sinks.end(), [](const SinkHealth& health) {
    return health.state == SinkState::kUp;
  });
  if (!readiness.serving || !any_up) {
    const std::string detail = readiness.serving ? "no sink is up" : readiness.reason;
    return MakeProblem({503, ToString(ProblemCode::kNotReady), detail},
                       [&](JsonObject* object) { AppendSinks(sinks, object->Member("sinks")); });
  }
  std::string body;
  JsonObject object(&body);
  object.Boolean("ready", true);
  AppendSinks(sinks, object.Member("sinks"));
  object.Close();
  return MakeJson(200, std::move(body));
}

}  // namespace oncegate
