// Verdicts and codes: the answer for one event. The lists are closed and part of the HTTP contract
// (openapi.yaml); a test compares both.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace oncegate {

enum class Verdict : std::uint8_t {
  kRetry,  // First, so that a value nobody set is "not settled".
  kApplied,
  kDuplicate,
  kSuperseded,
  kDeadLettered,
  kAccepted,
  kConflict,
  kGap,
  kFenced,
  kTooOld,
  kInvalid,
  kRejected,
};
inline constexpr int kVerdictCount = 12;

/// Decided for good and durable: the producer may forget the event. (kAccepted is durable in the
/// journal only and therefore not in this set.)
constexpr bool IsSettled(Verdict verdict) {
  return verdict == Verdict::kApplied || verdict == Verdict::kDuplicate ||
         verdict == Verdict::kSuperseded || verdict == Verdict::kDeadLettered;
}

std::string_view ToString(Verdict verdict);

/// Why a verdict was given. Settled verdicts carry the code that equals their name.
/// X(enumerator, wire name)
#define ONCEGATE_CODES(X)                                \
  /* settled */                                          \
  X(kApplied, "applied")                                 \
  X(kDuplicate, "duplicate")                             \
  X(kSuperseded, "superseded")                           \
  X(kDeadLettered, "dead_lettered")                      \
  X(kAccepted, "accepted")                               \
  /* refused by state */                                 \
  X(kPayloadMismatch, "payload_mismatch")                \
  X(kSequenceGap, "sequence_gap")                        \
  X(kPredecessorNotSettled, "predecessor_not_settled")   \
  X(kStaleEpoch, "stale_epoch")                          \
  X(kBelowFloor, "below_floor")                          \
  X(kWindowFull, "window_full")                          \
  /* invalid */                                          \
  X(kMalformedJson, "malformed_json")                    \
  X(kInvalidUtf8, "invalid_utf8")                        \
  X(kNotAnObject, "not_an_object")                       \
  X(kUnknownField, "unknown_field")                      \
  X(kDuplicateMember, "duplicate_member")                \
  X(kMissingField, "missing_field")                      \
  X(kFieldNotAllowed, "field_not_allowed")               \
  X(kWrongType, "wrong_type")                            \
  X(kOutOfRange, "out_of_range")                         \
  X(kTooLong, "too_long")                                \
  X(kEmptyValue, "empty_value")                          \
  X(kControlCharacter, "control_character")              \
  X(kNulCharacter, "nul_character")                      \
  X(kLoneSurrogate, "lone_surrogate")                    \
  X(kTooDeep, "too_deep")                                \
  X(kInvalidTime, "invalid_time")                        \
  X(kNumberNotRepresentable, "number_not_representable") \
  /* refused by the sink */                              \
  X(kSinkRejected, "sink_rejected")                      \
  X(kTableNotOwned, "table_not_owned")                   \
  /* send again */                                       \
  X(kSinkUnavailable, "sink_unavailable")                \
  X(kDeadlineExceeded, "deadline_exceeded")              \
  X(kShuttingDown, "shutting_down")                      \
  X(kStoreUnavailable, "store_unavailable")              \
  X(kIdCapacity, "id_capacity")                          \
  X(kBlocked, "blocked")                                 \
  X(kAtomicAborted, "atomic_aborted")

enum class Code : std::uint8_t {
#define ONCEGATE_ENUMERATOR(name, text) name,
  ONCEGATE_CODES(ONCEGATE_ENUMERATOR)
#undef ONCEGATE_ENUMERATOR
};

std::string_view ToString(Code code);

/// The answer for one record. Starts as "send again", so that a forgotten branch costs a retry and
/// never a record.
struct EventResult {
  Verdict verdict = Verdict::kRetry;
  Code code = Code::kSinkUnavailable;
  /// False on a duplicate whose payload could not be compared (its fingerprint is gone).
  bool verified = true;
  /// For kGap in strict streams the expected sequence, for kFenced the current epoch; else -1.
  std::int64_t hint = -1;
  /// Human text and JSON pointer (RFC 6901, within the record); null where the code says it all.
  struct Text {
    std::string detail;
    std::string pointer;
  };
  std::unique_ptr<Text> text;
};

}  // namespace oncegate
