#include "server/http/events_handler.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/decode/decompress.h"
#include "server/http/ascii.h"
#include "server/http/events_answer.h"
#include "server/http/media_type.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

constexpr std::size_t kStreamSegment = 2;  // Of /v1/streams/{stream}/events.

HttpResponse UnknownStream() {
  return Refuse(ProblemCode::kUnknownStream, "there is no such stream, and it may not be made");
}

bool HasCloudEventHeader(const HeaderList& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (StartsWithIgnoreCase(headers[i].name, "ce-")) return true;
  }
  return false;
}

HttpResponse RefuseDecoding(const DecodeFault& fault) {
  const auto code = FindProblemCode(fault.code);
  return Refuse(code.value_or(ProblemCode::kInvalidBody), fault.detail);
}

// Waits in the batch for its results, and hands them to a thread of the server.
struct Completion {
  std::shared_ptr<Batch> batch;
  Responder responder;
  ResultsMode mode;
  std::vector<EventResult> results;
};

void Complete(const std::shared_ptr<Completion>& completion, std::vector<EventResult> results) {
  completion->results = std::move(results);
  const Responder responder = std::move(completion->responder);
  responder->RespondLater([completion] {
    const Batch& batch = *completion->batch;
    return AnswerEvents(
        {batch.stream->name, batch.events, completion->results, batch.atomic, completion->mode});
  });
}

}  // namespace

// One request on its way to the lanes.
struct EventsHandler::Posting {
  std::shared_ptr<Batch> batch = std::make_shared<Batch>();
  BodyFormat format = BodyFormat::kJson;
  EventOptions options;
  std::optional<HttpResponse> coding_refusal;  // 400, told after what outranks it.
};

EventsHandler::EventsHandler(const Dependencies& dependencies, const LimitsConfig& limits)
    : dependencies_(dependencies),
      body_bytes_max_(limits.body_bytes),
      group_events_max_(limits.group_events),
      group_bytes_max_(limits.group_bytes) {
  decode_limits_.records_max = limits.records_per_request;
  decode_limits_.key_bytes_max = limits.key_bytes;
}

std::optional<HttpResponse> EventsHandler::CheckPath(const HttpRequest& request) const {
  const std::string& name = request.path[kStreamSegment];
  if (!IsValidStreamName(name)) return UnknownStream();
  // At the limit of streams the answer is 429, which comes later.
  if (dependencies_.door->ResolveStream(name).lookup == StreamLookup::kUnknown) {
    return UnknownStream();
  }
  return std::nullopt;
}

void EventsHandler::Handle(HttpRequest request, const Responder& responder) const {
  Posting posting;
  std::optional<HttpResponse> refusal = Prepare(&request, &posting);
  if (!refusal) refusal = Decode(posting);
  if (!refusal) refusal = Submit(posting, responder);
  if (refusal) responder->Respond(std::move(*refusal));
}

std::optional<HttpResponse> EventsHandler::Prepare(HttpRequest* request, Posting* posting) const {
  NegotiatedCoding coding = NegotiateCoding(request->headers);
  Batch& batch = *posting->batch;
  if (coding.refusal || coding.coding == ContentCoding::kIdentity) {
    batch.body = std::move(request->body);
  } else {
    auto decompressed = Decompress(coding.coding, request->body, body_bytes_max_);
    if (decompressed) {
      batch.body = std::move(*decompressed);
    } else if (decompressed.error().fault == DecompressFault::kTooLarge) {
      return Refuse(ProblemCode::kBodyTooLarge, decompressed.error().detail);
    } else {
      posting->coding_refusal =
          Refuse(ProblemCode::kMalformedContentEncoding, decompressed.error().detail);
    }
  }
  NegotiatedType type =
      NegotiateType(request->headers, {"application/json", "application/x-ndjson"});
  if (type.refusal) return std::move(type.refusal);
  if (HasCloudEventHeader(request->headers)) {
    return Refuse(ProblemCode::kUnsupportedMediaType, "CloudEvents are not served");
  }
  if (coding.refusal) return std::move(coding.refusal);
  FoundStream found = dependencies_.door->ResolveStream(request->path[kStreamSegment]);
  if (found.lookup == StreamLookup::kUnknown) return UnknownStream();
  if (found.lookup == StreamLookup::kLimitReached) {
    return Refuse(ProblemCode::kTooManyStreams, "there are as many streams as there may be");
  }
  // A body that can not be queued is not worth decoding. How much of it each lane gets is known
  // only then; so nothing is refused here that Submit would take.
  if (!dependencies_.door->HasRoom(*found.stream, 1)) {
    return Refuse(ProblemCode::kQueueFull, "the queue is full");
  }
  posting->format = type.name == "application/json" ? BodyFormat::kJson : BodyFormat::kNdjson;
  posting->options = ReadEventOptions(*request, *found.stream);
  batch.stream = std::move(found.stream);
  batch.atomic = posting->options.atomic;
  batch.ack = posting->options.ack;
  return std::nullopt;
}

std::optional<HttpResponse> EventsHandler::Decode(const Posting& posting) const {
  if (posting.coding_refusal) return posting.coding_refusal;
  Batch* batch = posting.batch.get();
  const auto decoded = DecodeBody(posting.format, posting.options.defaults, decode_limits_, batch);
  if (!decoded && decoded.error().status == 413) return RefuseDecoding(decoded.error());
  const bool over_group = batch->atomic && (batch->events.size() > group_events_max_ ||
                                            batch->Bytes() > group_bytes_max_);
  if (over_group) {
    return Refuse(ProblemCode::kGroupTooLarge, "the request is too large to be atomic");
  }
  if (posting.options.refusal) return posting.options.refusal;
  if (!decoded) return RefuseDecoding(decoded.error());
  return CheckAtomic(*batch);
}

std::optional<HttpResponse> EventsHandler::CheckAtomic(const Batch& batch) const {
  if (!batch.atomic) return std::nullopt;
  const bool several = std::any_of(batch.events.begin(), batch.events.end(), [&](const Event& e) {
    return e.producer != batch.events.front().producer;
  });
  if (!several) return std::nullopt;
  return Refuse(ProblemCode::kSeveralProducers, "an atomic request has one producer");
}

std::optional<HttpResponse> EventsHandler::Submit(const Posting& posting,
                                                  const Responder& responder) const {
  const std::shared_ptr<Batch>& batch = posting.batch;
  batch->deadline = dependencies_.clock->Now() + batch->stream->request_timeout;
  const auto completion =
      std::make_shared<Completion>(Completion{batch, responder, posting.options.results, {}});
  batch->on_complete = [completion](std::vector<EventResult> results) {
    Complete(completion, std::move(results));
  };
  const SubmitOutcome outcome = dependencies_.door->Submit(batch);
  if (outcome != SubmitOutcome::kAdmitted) batch->on_complete = nullptr;
  switch (outcome) {
    case SubmitOutcome::kAdmitted:
      // A sink that hangs must not hang the client: the records end as "retry".
      responder->WhenOverdue(batch->deadline, [batch] { batch->Expire(Code::kDeadlineExceeded); });
      return std::nullopt;
    case SubmitOutcome::kQueueFull:
      return Refuse(ProblemCode::kQueueFull, "the queue is full");
    case SubmitOutcome::kIdCapacity:
      return Refuse(ProblemCode::kIdCapacityReached, "the stream remembers as many ids as it may");
    case SubmitOutcome::kGroupTooLarge:
      return Refuse(ProblemCode::kGroupTooLarge, "the request is too large to be atomic");
    case SubmitOutcome::kJournalFull:
      return Refuse(ProblemCode::kJournalFull,
                    "the journal holds as much, or has held it for as long, as it may");
    case SubmitOutcome::kShuttingDown:
      return Refuse(ProblemCode::kDraining, "the service is shutting down");
  }
  return std::nullopt;
}

}  // namespace oncegate
