// Problems: every answer with a status of 400 or more, as RFC 9457 has it. The list of codes is
// closed and part of the contract (openapi.yaml); a test compares both. Besides these, `code` holds
// a verdict: that of all records.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/json_writer.h"
#include "server/http/message.h"

namespace oncegate {

/// X(enumerator, wire name, status)
#define ONCEGATE_PROBLEMS(X)                                                   \
  /* framing: the connection is closed after the answer */                     \
  X(kMalformedRequest, "malformed_request", 400)                               \
  X(kInvalidHost, "invalid_host", 400)                                         \
  X(kInvalidContentLength, "invalid_content_length", 400)                      \
  X(kInvalidTransferEncoding, "invalid_transfer_encoding", 400)                \
  X(kAmbiguousLength, "ambiguous_length", 400)                                 \
  X(kMalformedChunk, "malformed_chunk", 400)                                   \
  X(kIncompleteRequest, "incomplete_request", 400)                             \
  X(kInvalidTarget, "invalid_target", 400)                                     \
  X(kRequestTimeout, "request_timeout", 408)                                   \
  X(kLengthRequired, "length_required", 411)                                   \
  X(kUriTooLong, "uri_too_long", 414)                                          \
  X(kExpectationFailed, "expectation_failed", 417)                             \
  X(kHeadersTooLarge, "headers_too_large", 431)                                \
  X(kMethodNotImplemented, "method_not_implemented", 501)                      \
  X(kTransferEncodingNotImplemented, "transfer_encoding_not_implemented", 501) \
  X(kHttpVersionNotSupported, "http_version_not_supported", 505)               \
  /* where it goes */                                                          \
  X(kNotFound, "not_found", 404)                                               \
  X(kUnknownStream, "unknown_stream", 404)                                     \
  X(kUnknownProducer, "unknown_producer", 404)                                 \
  X(kUnknownSink, "unknown_sink", 404)                                         \
  X(kUnknownJob, "unknown_job", 404)                                           \
  X(kMethodNotAllowed, "method_not_allowed", 405)                              \
  /* too much */                                                               \
  X(kBodyTooLarge, "body_too_large", 413)                                      \
  X(kTooManyRecords, "too_many_records", 413)                                  \
  X(kGroupTooLarge, "group_too_large", 413)                                    \
  X(kTooManyConnections, "too_many_connections", 503)                          \
  X(kTooManyBytesInFlight, "too_many_bytes_in_flight", 429)                    \
  X(kQueueFull, "queue_full", 429)                                             \
  X(kIdCapacityReached, "id_capacity", 429)                                    \
  X(kTooManyStreams, "too_many_streams", 429)                                  \
  X(kJournalFull, "journal_full", 503)                                         \
  /* what it is */                                                             \
  X(kUnsupportedMediaType, "unsupported_media_type", 415)                      \
  X(kUnsupportedCharset, "unsupported_charset", 415)                           \
  X(kUnsupportedContentEncoding, "unsupported_content_encoding", 415)          \
  X(kMalformedContentEncoding, "malformed_content_encoding", 400)              \
  X(kMalformedJson, "malformed_json", 400)                                     \
  X(kInvalidUtf8, "invalid_utf8", 400)                                         \
  X(kEmptyBody, "empty_body", 400)                                             \
  X(kNotAnObject, "not_an_object", 400)                                        \
  X(kInvalidBody, "invalid_body", 400)                                         \
  X(kInvalidHeader, "invalid_header", 400)                                     \
  X(kInvalidParameter, "invalid_parameter", 400)                               \
  X(kUnknownParameter, "unknown_parameter", 400)                               \
  X(kRepeatedParameter, "repeated_parameter", 400)                             \
  X(kAckNotAllowed, "ack_not_allowed", 400)                                    \
  X(kAtomicNotAllowed, "atomic_not_allowed", 400)                              \
  X(kSeveralProducers, "several_producers", 400)                               \
  X(kSeveralRecords, "idempotency_key_with_several_records", 400)              \
  X(kBadSelector, "bad_selector", 400)                                         \
  /* state */                                                                  \
  X(kEpochMismatch, "epoch_mismatch", 409)                                     \
  X(kJournalPending, "journal_pending", 409)                                   \
  X(kInternalError, "internal_error", 500)                                     \
  X(kUnavailable, "unavailable", 503)                                          \
  X(kNotReady, "not_ready", 503)                                               \
  X(kDraining, "draining", 503)                                                \
  /* records were judged and did not end alike */                              \
  X(kMixed, "mixed", 422)

enum class ProblemCode : std::uint8_t {
#define ONCEGATE_ENUMERATOR(name, text, status) name,
  ONCEGATE_PROBLEMS(ONCEGATE_ENUMERATOR)
#undef ONCEGATE_ENUMERATOR
};

std::string_view ToString(ProblemCode code);
std::optional<ProblemCode> FindProblemCode(std::string_view text);
int StatusOf(ProblemCode code);

/// RFC 9110's phrase; the `title` of a problem and the reason of a status line.
std::string_view ReasonPhrase(int status);

/// Whole seconds after which a 429 or 503 is worth another try.
inline constexpr std::string_view kRetryAfterSeconds = "1";

/// What every problem says. `code` is a constant or outlives the call.
struct ProblemText {
  int status = 500;
  std::string_view code;
  std::string_view detail;
};

/// Status, type, Retry-After where it belongs, and the body up to what `extend` adds to it.
HttpResponse MakeProblem(const ProblemText& text,
                         const std::function<void(JsonObject*)>& extend = nullptr);

/// A refusal of the whole request; counted under its code.
HttpResponse Refuse(ProblemCode code, std::string_view detail,
                    const std::function<void(JsonObject*)>& extend = nullptr);

/// A success with a JSON body.
HttpResponse MakeJson(int status, std::string body);

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kProblemType = "application/problem+json";

}  // namespace oncegate
