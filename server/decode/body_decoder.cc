#include "server/decode/body_decoder.h"

#include <algorithm>
#include <utility>

#include "server/decode/utf8.h"

namespace oncegate {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr const char* kByteOrderMarkMessage = "a byte order mark is not JSON";
constexpr std::string_view kWhiteSpace = " \t\r\n";
// Room for events is reserved up to this many records; beyond it vectors double as usual.
constexpr std::size_t kReservedRecordsMax = 4096;

// simdjson's portable kernel checks UTF-8 within strings only, so a syntax error may be one of
// UTF-8.
IndexError ToIndexError(const SyntaxError& error, std::string_view text) {
  const std::size_t valid = ValidUtf8Prefix(text);
  if (valid != text.size()) return {IndexFault::kInvalidUtf8, valid, kNotUtf8Message};
  return {IndexFault::kMalformed, error.offset, error.message};
}

Code CodeOf(IndexFault fault) {
  return fault == IndexFault::kInvalidUtf8 ? Code::kInvalidUtf8 : Code::kMalformedJson;
}

}  // namespace

BodyDecoder::BodyDecoder(const RecordDefaults& defaults, const DecodeLimits& limits, Batch* batch)
    : defaults_(defaults),
      limits_(limits),
      batch_(batch),
      text_(batch),
      walker_({limits.depth_max, batch->stream->fingerprints}),
      rules_(*batch->stream, defaults, limits, &text_) {}

DecodeFault BodyDecoder::FaultAt(std::size_t offset, Code code, std::string_view message) const {
  const std::string_view before = std::string_view(batch_->body).substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0.
  return {400, std::string(ToString(code)),
          "byte " + std::to_string(offset) + " (line " + std::to_string(line) + ", column " +
              std::to_string(offset - line_begin + 1) + "): " + std::string(message)};
}

DecodeFault BodyDecoder::FaultAtSyntaxError() const {
  const IndexError error = ToIndexError(walker_.syntax_error(), batch_->body);
  return FaultAt(error.offset, CodeOf(error.fault), error.message);
}

std::optional<DecodeFault> BodyDecoder::AdmitRecord() const {
  const std::size_t count = batch_->results.size();
  if (count >= limits_.records_max) {
    return DecodeFault{413, "too_many_records",
                       "more than " + std::to_string(limits_.records_max) + " records"};
  }
  return std::nullopt;
}

// Checked last, since more records than there may be outrank it.
std::optional<DecodeFault> BodyDecoder::CheckIdempotencyKey() const {
  const bool names_id = defaults_.id && batch_->stream->mode == DedupeMode::kId;
  if (!names_id || batch_->results.size() <= 1) return std::nullopt;
  return DecodeFault{400, "idempotency_key_with_several_records",
                     "Idempotency-Key names one record, the request has several"};
}

void BodyDecoder::AddInvalid() { batch_->results.push_back(walker_.problem().TakeResult()); }

void BodyDecoder::AddRecord() {
  Event event;
  const auto index = static_cast<std::uint32_t>(batch_->results.size());
  if (walker_.problem().IsNone() && rules_.Apply(fields_, index, &event, &walker_.problem())) {
    batch_->events.push_back(event);
    batch_->results.emplace_back();
  } else {
    AddInvalid();
  }
}

void BodyDecoder::ReserveFor(std::size_t record_bytes) {
  const std::size_t estimate = batch_->body.size() / std::max<std::size_t>(record_bytes, 1) + 1;
  const std::size_t records = std::min({estimate, limits_.records_max, kReservedRecordsMax});
  batch_->events.reserve(records);
  batch_->results.reserve(records);
}

std::optional<DecodeFault> BodyDecoder::DecodeArray() {
  bool more = false;
  walker_.Open(']', &more);
  while (more) {
    if (auto fault = AdmitRecord()) return fault;
    const std::size_t begin = walker_.cursor().Offset();
    if (!fields_.Read(&walker_) || !walker_.Continue(']', &more)) return FaultAtSyntaxError();
    if (batch_->results.empty()) ReserveFor(walker_.cursor().Offset() - begin);
    AddRecord();
  }
  if (!walker_.ExpectEnd()) return FaultAtSyntaxError();
  return CheckIdempotencyKey();
}

std::optional<DecodeFault> BodyDecoder::DecodeObject() {
  if (auto fault = AdmitRecord()) return fault;
  if (!fields_.Read(&walker_) || !walker_.ExpectEnd()) return FaultAtSyntaxError();
  AddRecord();
  return std::nullopt;
}

std::optional<DecodeFault> BodyDecoder::DecodeScalar() {
  ValueHash hash;
  std::string_view slice;
  if (!walker_.WalkValue(nullptr, &hash, &slice) || !walker_.ExpectEnd()) {
    return FaultAtSyntaxError();
  }
  return DecodeFault{400, std::string(ToString(Code::kNotAnObject)),
                     "the body must be one object or an array of objects"};
}

std::optional<DecodeFault> BodyDecoder::DecodeJson() {
  const std::string_view body = batch_->body;
  if (body.starts_with(kByteOrderMark)) {
    return FaultAt(0, Code::kMalformedJson, kByteOrderMarkMessage);
  }
  const IndexError error = index_.Build(body);
  if (error.fault == IndexFault::kTooLarge)
    return DecodeFault{413, "body_too_large", error.message};
  if (error.fault != IndexFault::kNone) {
    return FaultAt(error.offset, CodeOf(error.fault), error.message);
  }
  walker_.Start(body, index_);
  if (walker_.cursor().AtEnd()) return DecodeFault{400, "empty_body", "the body is empty"};
  switch (walker_.cursor().Peek()) {
    case '[':
      return DecodeArray();
    case '{':
      return DecodeObject();
    default:
      return DecodeScalar();
  }
}

bool BodyDecoder::ReadLine(std::string_view line, std::size_t line_number) {
  const auto malformed = [&](Code code, std::size_t offset, std::string_view message) {
    walker_.problem().Clear();
    walker_.problem().Report(ProblemRank::kShape, code,
                             "line " + std::to_string(line_number) + ", column " +
                                 std::to_string(offset + 1) + ": " + std::string(message),
                             nullptr);
    return false;
  };
  if (line_number == 1 && line.starts_with(kByteOrderMark)) {
    return malformed(Code::kMalformedJson, 0, kByteOrderMarkMessage);
  }
  IndexError error = index_.Build(line);
  if (error.fault == IndexFault::kNone) {
    walker_.Start(line, index_);
    if (fields_.Read(&walker_) && walker_.ExpectEnd()) return true;
    error = ToIndexError(walker_.syntax_error(), line);
  }
  return malformed(CodeOf(error.fault), error.offset, error.message);
}

std::optional<DecodeFault> BodyDecoder::DecodeNdjson() {
  std::string_view rest = batch_->body;
  for (std::size_t line_number = 1; !rest.empty(); ++line_number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find_first_not_of(kWhiteSpace) == std::string_view::npos) continue;
    if (auto fault = AdmitRecord()) return fault;
    if (batch_->results.empty()) ReserveFor(line.size());
    if (ReadLine(line, line_number)) {
      AddRecord();
    } else {
      AddInvalid();
    }
  }
  return CheckIdempotencyKey();
}

}  // namespace oncegate
