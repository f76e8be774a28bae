#include "server/http/producer_handler.h"

#include <string>
#include <utility>

#include "server/config/limits.h"
#include "server/decode/utf8.h"
#include "server/http/control_answer.h"
#include "server/http/json_body.h"
#include "server/http/overdue.h"
#include "server/http/parameters.h"
#include "server/http/refuse_known.h"

namespace oncegate {
namespace {

// Segments of /v1/streams/{stream}/producers/{producer}.
constexpr std::size_t kStreamSegment = 2;
constexpr std::size_t kProducerSegment = 4;

bool IsValidProducer(const std::string& producer) {
  return !producer.empty() && producer.size() <= limits::kProducerBytes &&
         ValidUtf8Prefix(producer) == producer.size() && !HasControlCharacter(producer);
}

ControlCallback<ProducerReport> Answer(const Responder& responder) {
  return [responder](const ControlResult<ProducerReport>& result) {
    responder->Respond(AnswerReport(result, ProblemCode::kUnknownProducer, AppendProducer));
  };
}

HttpResponse InvalidBody(std::string_view detail) {
  return Refuse(ProblemCode::kInvalidBody, detail);
}

std::optional<HttpResponse> ReadBumpBody(const JsonBody& body, BumpRequest* bump) {
  const JsonScalar* epoch = body.Find("expected_epoch");
  const auto* epoch_value = epoch == nullptr ? nullptr : std::get_if<std::int64_t>(epoch);
  if (epoch_value == nullptr || *epoch_value < 0) {
    return InvalidBody("expected_epoch must be an integer from 0 to 2^63-1");
  }
  bump->expected_epoch = Epoch{*epoch_value};
  const JsonScalar* sequence = body.Find("sequence");
  const auto* word = sequence == nullptr ? nullptr : std::get_if<std::string>(sequence);
  if (word == nullptr || (*word != "continue" && *word != "reset")) {
    return InvalidBody("sequence must be \"continue\" or \"reset\"");
  }
  bump->sequence = *word == "continue" ? BumpSequence::kContinue : BumpSequence::kReset;
  return std::nullopt;
}

std::optional<HttpResponse> ReadBumpKey(const HttpRequest& request, BumpRequest* bump) {
  const auto sent = request.headers.Find("Idempotency-Key");
  if (!sent) return std::nullopt;
  const auto key = UnquoteKey(*sent);
  const bool is_valid = request.headers.Count("Idempotency-Key") == 1 && key && !key->empty() &&
                        key->size() <= limits::kIdBytes && ValidUtf8Prefix(*key) == key->size() &&
                        !HasControlCharacter(*key);
  if (!is_valid) {
    return Refuse(ProblemCode::kInvalidHeader, "Idempotency-Key must be one text of 1-255 bytes");
  }
  bump->idempotency_key = *key;
  return std::nullopt;
}

}  // namespace

ProducerHandler::ProducerHandler(const Dependencies& dependencies, std::size_t body_bytes_max)
    : dependencies_(dependencies), body_bytes_max_(body_bytes_max) {}

SteadyTime ProducerHandler::DeadlineFor(const std::string& stream) const {
  const FoundStream found = dependencies_.door->FindStream(stream);
  return dependencies_.clock->Now() +
         (found.stream ? found.stream->request_timeout : limits::kRequestTimeout);
}

std::optional<HttpResponse> ProducerHandler::CheckPath(const HttpRequest& request) const {
  if (!IsValidStreamName(request.path[kStreamSegment])) {
    return Refuse(ProblemCode::kUnknownStream, "there is no stream of that name");
  }
  if (!IsValidProducer(request.path[kProducerSegment])) {
    return Refuse(ProblemCode::kUnknownProducer, "there is no producer of that name");
  }
  return std::nullopt;
}

void ProducerHandler::Read(const HttpRequest& request, const Responder& responder) const {
  const std::string& stream = request.path[kStreamSegment];
  if (auto refusal = CheckParameters(request, {})) {
    RefuseKnown(dependencies_.control, dependencies_.clock,
                {stream, request.path[kProducerSegment]}, std::move(*refusal), responder);
    return;
  }
  const SteadyTime deadline = DeadlineFor(stream);
  RespondWhenOverdue(responder, deadline);
  dependencies_.control->ReadProducer(stream, request.path[kProducerSegment], deadline,
                                      Answer(responder));
}

void ProducerHandler::Bump(const HttpRequest& request, const Responder& responder) const {
  BumpRequest bump;
  bump.stream = request.path[kStreamSegment];
  bump.producer = request.path[kProducerSegment];
  JsonBody body = ReadJsonBody(request, body_bytes_max_, {"expected_epoch", "sequence"});
  std::optional<HttpResponse> refusal = std::move(body.refusal);
  if (!refusal) refusal = CheckParameters(request, {});
  if (!refusal) refusal = ReadBumpKey(request, &bump);
  if (!refusal) refusal = ReadBumpBody(body, &bump);
  if (refusal) {
    RefuseKnown(dependencies_.control, dependencies_.clock, {bump.stream, bump.producer},
                std::move(*refusal), responder);
    return;
  }
  const SteadyTime deadline = DeadlineFor(bump.stream);
  RespondWhenOverdue(responder, deadline);
  dependencies_.control->Bump(bump, deadline, Answer(responder));
}

}  // namespace oncegate
