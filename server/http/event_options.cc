#include "server/http/event_options.h"

#include <string>
#include <utility>

#include "server/http/parameters.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

HttpResponse InvalidHeader(std::string_view name, std::string_view what) {
  return Refuse(ProblemCode::kInvalidHeader, std::string(name) + " " + std::string(what));
}

// The value of a header that may stand once; a second one is a refusal.
struct SingleHeader {
  std::optional<std::string_view> value;
  std::optional<HttpResponse> refusal;
};
SingleHeader FindSingle(const HttpRequest& request, std::string_view name) {
  if (request.headers.Count(name) > 1) return {{}, InvalidHeader(name, "is repeated")};
  return {request.headers.Find(name), std::nullopt};
}

std::optional<HttpResponse> ReadInteger(const HttpRequest& request, std::string_view name,
                                        std::optional<std::int64_t>* number) {
  SingleHeader header = FindSingle(request, name);
  if (header.refusal) return std::move(header.refusal);
  if (!header.value) return std::nullopt;
  *number = ParseNonNegative(*header.value);
  if (!*number) return InvalidHeader(name, "must be an integer from 0 to 2^63-1");
  return std::nullopt;
}

std::optional<HttpResponse> ReadProducer(const HttpRequest& request, RecordDefaults* defaults) {
  SingleHeader header = FindSingle(request, "Producer-Id");
  if (header.refusal) return std::move(header.refusal);
  if (header.value) defaults->producer = std::string(*header.value);
  return std::nullopt;
}

// It names a record only where records have ids; elsewhere it is somebody else's.
std::optional<HttpResponse> ReadKey(const HttpRequest& request, const StreamSpec& stream,
                                    RecordDefaults* defaults) {
  if (stream.mode != DedupeMode::kId) return std::nullopt;
  SingleHeader header = FindSingle(request, "Idempotency-Key");
  if (header.refusal) return std::move(header.refusal);
  if (!header.value) return std::nullopt;
  defaults->id = UnquoteKey(*header.value);
  if (!defaults->id) return InvalidHeader("Idempotency-Key", "is not a quoted string");
  return std::nullopt;
}

std::optional<HttpResponse> ReadDefaults(const HttpRequest& request, const StreamSpec& stream,
                                         RecordDefaults* defaults) {
  if (auto refusal = ReadProducer(request, defaults)) return refusal;
  if (auto refusal = ReadInteger(request, "Producer-Epoch", &defaults->epoch)) return refusal;
  if (auto refusal = ReadInteger(request, "Producer-Seq", &defaults->first_sequence)) {
    return refusal;
  }
  return ReadKey(request, stream, defaults);
}

HttpResponse InvalidValue(std::string_view name, std::string_view allowed) {
  return Refuse(ProblemCode::kInvalidParameter,
                std::string(name) + " must be " + std::string(allowed));
}

std::optional<HttpResponse> ReadQuery(const HttpRequest& request, const StreamSpec& stream,
                                      EventOptions* options) {
  if (auto refusal = CheckParameters(request, {"ack", "atomic", "results"})) return refusal;
  options->ack = stream.ack;
  if (const std::string* ack = FindParameter(request, "ack")) {
    if (*ack == "sink") {
      options->ack = Acknowledgement::kSink;
    } else if (*ack != "journal") {
      return InvalidValue("ack", "sink or journal");
    } else if (stream.ack != Acknowledgement::kJournal) {
      return Refuse(ProblemCode::kAckNotAllowed, "the stream does not allow ack=journal");
    }
  }
  if (const std::string* atomic = FindParameter(request, "atomic")) {
    if (*atomic != "true" && *atomic != "false") return InvalidValue("atomic", "true or false");
    options->atomic = *atomic == "true";
    if (options->atomic && stream.mode == DedupeMode::kId) {
      return Refuse(ProblemCode::kAtomicNotAllowed, "id streams have no atomic requests");
    }
    if (options->atomic && !stream.further_sinks.empty()) {
      return Refuse(ProblemCode::kAtomicNotAllowed,
                    "streams with several sinks have no atomic requests: each sink commits alone");
    }
  }
  if (const std::string* results = FindParameter(request, "results")) {
    if (*results == "all") {
      options->results = ResultsMode::kAll;
    } else if (*results == "none") {
      options->results = ResultsMode::kNone;
    } else if (*results != "problems") {
      return InvalidValue("results", "problems, all or none");
    }
  }
  return std::nullopt;
}

}  // namespace

EventOptions ReadEventOptions(const HttpRequest& request, const StreamSpec& stream) {
  EventOptions options;
  options.refusal = ReadQuery(request, stream, &options);
  if (!options.refusal) options.refusal = ReadDefaults(request, stream, &options.defaults);
  // What could not be read must not make the decoder refuse first, and for another reason.
  if (options.refusal) options.defaults = {};
  return options;
}

}  // namespace oncegate
