// Decode: from the bytes of one request to a batch of events. Pure (no I/O, no clock); safe to call
// from several threads on distinct batches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dedupe/types/event.h"
#include "dedupe/types/result.h"
#include "server/config/limits.h"
#include "server/ingest/batch.h"

namespace oncegate {

enum class BodyFormat : std::uint8_t { kJson, kNdjson };

/// What a request's headers say for records that leave it out.
struct RecordDefaults {
  std::optional<std::string> producer;
  std::optional<std::int64_t> epoch;
  std::optional<std::int64_t> first_sequence;  // Record i gets first_sequence + i.
  /// Idempotency-Key: the id of a request with one record. Looked at in id streams only.
  std::optional<std::string> id;
};

struct DecodeLimits {
  std::size_t records_max = limits::kRecordsPerRequest;
  std::size_t key_bytes_max = limits::kKeyBytes;
  std::size_t id_bytes_max = limits::kIdBytes;
  std::size_t producer_bytes_max = limits::kProducerBytes;
  std::size_t depth_max = limits::kJsonDepth;  // Of a value: arrays and objects, itself included.
};

/// Why the request as a whole can not be read; nothing of it is judged.
struct DecodeFault {
  int status = 400;  // 400; 413 for too_many_records and body_too_large.
  /// Stable, for problem+json: malformed_json, invalid_utf8, empty_body, not_an_object,
  /// invalid_header, idempotency_key_with_several_records, too_many_records, body_too_large.
  std::string code;
  std::string detail;
};

[[noreturn]] void throw_exception_from_error(const DecodeFault& fault,
                                             const boost::source_location&);

/// Reads batch->body (decompressed) into batch->events and batch->results, by the rules of
/// batch->stream. Invalid records get their result here. The body is not changed and need not be
/// padded. After a fault the batch holds no events and no results.
boost::system::result<void, DecodeFault> DecodeBody(BodyFormat format,
                                                    const RecordDefaults& defaults,
                                                    const DecodeLimits& limits, Batch* batch);

/// Hash of (op, key, version, value as a JSON value): white space, escapes, member order and the
/// spelling of numbers do not matter. `value` is JSON, or empty for a delete. "None" if `value` is
/// not JSON after all.
Fingerprint FingerprintOf(Operation operation, std::string_view key,
                          const std::optional<Version>& version, std::string_view value);

}  // namespace oncegate
