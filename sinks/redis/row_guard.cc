#include "sinks/redis/row_guard.h"

#include <array>
#include <charconv>
#include <random>
#include <tuple>

namespace oncegate::redis {
namespace {

constexpr std::size_t kStampCharacters = 16;

template <typename Number>
std::string Digits(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "-";
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes the text up to the next space off `rest`.
std::string_view NextWord(std::string_view* rest) {
  const std::size_t space = rest->find(' ');
  const std::string_view word = rest->substr(0, space);
  rest->remove_prefix(space == std::string_view::npos ? rest->size() : space + 1);
  return word;
}

}  // namespace

RowGuard GuardOf(const Event& event, WallTime now) {
  RowGuard guard;
  guard.deleted = event.operation == Operation::kDelete;
  guard.version = event.version;
  if (!event.producer.empty()) guard.epoch = event.epoch.value;
  if (event.sequence) guard.sequence = event.sequence->value;
  guard.applied_at = now;
  guard.producer = event.producer;
  return guard;
}

std::string EncodeGuard(const RowGuard& guard, std::string_view stamp) {
  std::string bytes = "1 ";
  bytes += stamp;
  bytes += guard.deleted ? " 1 " : " 0 ";
  bytes += guard.version ? ToDecimal(*guard.version) : "-";
  bytes += " " + Digits(guard.epoch) + " " + Digits(guard.sequence) + " " +
           std::to_string(guard.applied_at.microseconds) + " " + guard.producer;
  return bytes;
}

std::optional<RowGuard> DecodeGuard(std::string_view bytes) {
  if (NextWord(&bytes) != "1" || NextWord(&bytes).size() != kStampCharacters) return std::nullopt;
  RowGuard guard;
  const std::string_view deleted = NextWord(&bytes);
  const std::string_view version = NextWord(&bytes);
  const std::string_view epoch = NextWord(&bytes);
  const std::string_view sequence = NextWord(&bytes);
  const auto applied_at = ParseInteger(NextWord(&bytes));
  guard.version = ParseVersion(version);
  guard.epoch = ParseInteger(epoch);
  guard.sequence = ParseInteger(sequence);
  const bool is_whole = (deleted == "0" || deleted == "1") && (guard.version || version == "-") &&
                        (guard.epoch || epoch == "-") && (guard.sequence || sequence == "-") &&
                        applied_at;
  if (!is_whole) return std::nullopt;
  guard.deleted = deleted == "1";
  guard.applied_at = {*applied_at};
  guard.producer = bytes;
  return guard;
}

bool MayWrite(const RowGuard& stored, const Event& event) {
  if (event.version) return !stored.version || *event.version > *stored.version;
  if (stored.version) return false;
  const bool comparable = !event.producer.empty() && event.producer == stored.producer &&
                          event.sequence && stored.sequence;
  return !comparable || std::tuple(event.epoch.value, event.sequence->value) >=
                            std::tuple(stored.epoch.value_or(0), *stored.sequence);
}

std::string NewStamp() {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::random_device device;
  std::string stamp;
  for (std::size_t i = 0; i < kStampCharacters; ++i) {
    stamp.push_back(kAlphabet[device() % kAlphabet.size()]);
  }
  return stamp;
}

}  // namespace oncegate::redis
