#include "server/decode/decode.h"

#include <cstdio>
#include <cstdlib>

#include "server/decode/body_decoder.h"
#include "server/decode/field_reader.h"
#include "server/decode/json_walker.h"
#include "server/decode/structural_index.h"
#include "server/decode/utf8.h"
#include "server/decode/value_hash.h"

namespace oncegate {
namespace {

std::optional<DecodeFault> InvalidHeader(const char* name, const std::string& detail) {
  return DecodeFault{400, "invalid_header", std::string(name) + " " + detail};
}

std::optional<DecodeFault> CheckHeader(const char* header, const std::optional<std::string>& value,
                                       std::size_t bytes_max) {
  if (!value) return std::nullopt;
  if (ValidUtf8Prefix(*value) != value->size()) return InvalidHeader(header, "is not UTF-8");
  if (const auto fault = CheckName(*value, bytes_max)) return InvalidHeader(header, fault->detail);
  return std::nullopt;
}

// Defaults meet the same limits as the fields they stand for; a header is refused as a whole, since
// it says the same for every record.
std::optional<DecodeFault> CheckDefaults(const RecordDefaults& defaults, const DecodeLimits& limits,
                                         DedupeMode mode) {
  if (auto fault = CheckHeader("Producer-Id", defaults.producer, limits.producer_bytes_max)) {
    return fault;
  }
  if (mode == DedupeMode::kId) {
    if (auto fault = CheckHeader("Idempotency-Key", defaults.id, limits.id_bytes_max)) return fault;
  }
  if (defaults.epoch && *defaults.epoch < 0) {
    return InvalidHeader("Producer-Epoch", "must not be negative");
  }
  if (defaults.first_sequence && *defaults.first_sequence < 0) {
    return InvalidHeader("Producer-Seq", "must not be negative");
  }
  return std::nullopt;
}

}  // namespace

[[noreturn]] void throw_exception_from_error(const DecodeFault& fault,
                                             const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed decode: %s: %s\n", fault.code.c_str(),
               fault.detail.c_str());
  std::abort();
}

boost::system::result<void, DecodeFault> DecodeBody(BodyFormat format,
                                                    const RecordDefaults& defaults,
                                                    const DecodeLimits& limits, Batch* batch) {
  auto bad_header = CheckDefaults(defaults, limits, batch->stream->mode);
  const RecordDefaults none;
  BodyDecoder decoder(bad_header ? none : defaults, limits, batch);
  auto fault = format == BodyFormat::kJson ? decoder.DecodeJson() : decoder.DecodeNdjson();
  // Too much (413) outranks a bad header, which outranks a bad body.
  if (bad_header && (!fault || fault->status != 413)) fault = std::move(bad_header);
  if (!fault) return {};
  batch->events.clear();
  batch->results.clear();
  batch->arena.clear();
  return *std::move(fault);
}

Fingerprint FingerprintOf(Operation operation, std::string_view key,
                          const std::optional<Version>& version, std::string_view value) {
  if (value.empty()) return HashEvent(operation, key, version, std::nullopt);
  StructuralIndex index;
  if (index.Build(value).fault != IndexFault::kNone) return {};
  JsonWalker walker({limits::kJsonDepth, true});
  walker.Start(value, index);
  ValueHash hash;
  std::string_view slice;
  const bool valid =
      walker.WalkValue(nullptr, &hash, &slice) && walker.ExpectEnd() && walker.problem().IsNone();
  return valid ? HashEvent(operation, key, version, hash) : Fingerprint{};
}

}  // namespace oncegate
