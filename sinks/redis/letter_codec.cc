#include "sinks/redis/letter_codec.h"

#include <charconv>
#include <cstdint>
#include <vector>

namespace oncegate::redis {
namespace {

// The places of the texts.
enum Text : std::size_t {
  kStream,
  kProducer,
  kEpoch,
  kSequence,
  kEventId,
  kKey,
  kKeyIsDefault,
  kOperation,
  kVersion,
  kEventTime,
  kValue,
  kVerdict,
  kCode,
  kDetail,
  kWrittenAt,
  kTextCount,
};

constexpr std::string_view kDelete = "delete";
constexpr std::string_view kUpsert = "upsert";

std::optional<std::int64_t> ReadNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::vector<std::string_view>> SplitTexts(std::string_view bytes) {
  std::vector<std::string_view> texts;
  while (!bytes.empty()) {
    const std::size_t colon = bytes.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto length = ReadNumber(bytes.substr(0, colon));
    bytes.remove_prefix(colon + 1);
    if (!length || *length < 0 || static_cast<std::size_t>(*length) > bytes.size()) {
      return std::nullopt;
    }
    texts.push_back(bytes.substr(0, static_cast<std::size_t>(*length)));
    bytes.remove_prefix(static_cast<std::size_t>(*length));
  }
  if (texts.size() != kTextCount) return std::nullopt;
  return texts;
}

}  // namespace

std::string EncodeLetter(const DeadLetter& letter, std::string_view stamp) {
  std::string bytes(stamp);
  const auto add = [&bytes](std::string_view text) {
    bytes += std::to_string(text.size()) + ":";
    bytes += text;
  };
  add(letter.stream);
  add(letter.producer);
  add(std::to_string(letter.epoch.value));
  add(letter.sequence ? std::to_string(letter.sequence->value) : "");
  add(letter.event_id);
  add(letter.key);
  add(letter.key_is_default ? "1" : "0");
  add(letter.operation == Operation::kDelete ? kDelete : kUpsert);
  add(letter.version ? ToDecimal(*letter.version) : "");
  add(letter.event_time ? std::to_string(letter.event_time->microseconds) : "");
  add(letter.value);
  add(letter.verdict);
  add(letter.code);
  add(letter.detail);
  add(std::to_string(letter.written_at.microseconds));
  return bytes;
}

std::optional<DeadLetter> DecodeLetter(std::string_view id, std::string_view bytes) {
  if (bytes.size() < kLetterStampBytes) return std::nullopt;
  const auto texts = SplitTexts(bytes.substr(kLetterStampBytes));
  if (!texts) return std::nullopt;
  const auto epoch = ReadNumber((*texts)[kEpoch]);
  const auto written_at = ReadNumber((*texts)[kWrittenAt]);
  if (!epoch || !written_at) return std::nullopt;
  DeadLetter letter;
  letter.id = id;
  letter.stream = (*texts)[kStream];
  letter.producer = (*texts)[kProducer];
  letter.epoch = {*epoch};
  if (const auto sequence = ReadNumber((*texts)[kSequence])) letter.sequence = Sequence{*sequence};
  letter.event_id = (*texts)[kEventId];
  letter.key = (*texts)[kKey];
  letter.key_is_default = (*texts)[kKeyIsDefault] == "1";
  letter.operation = (*texts)[kOperation] == kDelete ? Operation::kDelete : Operation::kUpsert;
  letter.version = ParseVersion((*texts)[kVersion]);
  if (const auto time = ReadNumber((*texts)[kEventTime])) letter.event_time = WallTime{*time};
  letter.value = (*texts)[kValue];
  letter.verdict = (*texts)[kVerdict];
  letter.code = (*texts)[kCode];
  letter.detail = (*texts)[kDetail];
  letter.written_at = {*written_at};
  return letter;
}

}  // namespace oncegate::redis
