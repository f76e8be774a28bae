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
#include "server/ingest/batch.h"

namespace oncegate {

enum class BodyFormat : std::uint8_t { kJson, kNdjson };

/// What a request's headers say for records that leave it out.
struct RecordDefaults {
  std::optional<std::string> producer;
  std::optional<std::int64_t> epoch;
  std::optional<std::int64_t> first_sequence;  // Record i gets first_sequence + i.
  std::optional<std::string> id;               // Idempotency-Key: of a request with one record.
};

struct DecodeLimits {
  std::size_t records_max = 10'000;
  std::size_t key_bytes_max = 1024;
  std::size_t id_bytes_max = 255;
  std::size_t producer_bytes_max = 255;
  std::size_t depth_max = 128;
};

/// Why the request as a whole can not be read; nothing of it is judged.
struct DecodeFault {
  int status = 400;  // 400, or 413 for too many records.
  std::string code;  // Stable, for problem+json: malformed_json, invalid_utf8, empty_body, …
  std::string detail;
};

[[noreturn]] void throw_exception_from_error(const DecodeFault& fault,
                                             const boost::source_location&);

/// Reads batch->body (decompressed) into batch->events and batch->results, by the rules of
/// batch->stream. Invalid records get their result here; the body of a valid one is never changed.
/// `batch->body` may be grown for padding.
boost::system::result<void, DecodeFault> DecodeBody(BodyFormat format, const RecordDefaults& defaults,
                                                    const DecodeLimits& limits, Batch* batch);

/// Hash of (op, key, version, value as a JSON value): white space, escapes, member order and the
/// spelling of numbers do not matter. `value` is valid JSON, or empty for a delete.
Fingerprint FingerprintOf(Operation operation, std::string_view key,
                          const std::optional<Version>& version, std::string_view value);

}  // namespace oncegate
