#include "server/cli/send_answer.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>

namespace oncegate {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kSettledVerdicts{"applied", "duplicate", "superseded",
                                                           "dead_lettered", "accepted"};
constexpr std::string_view kRetryVerdict = "retry";
constexpr std::size_t kMissingMax = 100;  // Gaps that the service lists.

const json::value* Find(const json::value& value, std::string_view name) {
  return value.is_object() ? value.as_object().if_contains(name) : nullptr;
}

std::string TextOf(const json::value& value, std::string_view name) {
  const json::value* member = Find(value, name);
  return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
}

std::optional<std::int64_t> NumberOf(const json::value& value, std::string_view name) {
  const json::value* member = Find(value, name);
  if (member == nullptr) return std::nullopt;
  // Only the number behind the last sequence is that large.
  if (member->is_uint64()) return std::numeric_limits<std::int64_t>::max();
  if (!member->is_int64()) return std::nullopt;
  return member->as_int64();
}

void ReadCounts(const json::value& body, SendAnswer* answer) {
  const json::value* counts = Find(body, "counts");
  if (counts == nullptr || !counts->is_object()) return;
  for (const auto& [verdict, count] : counts->as_object()) {
    if (count.is_int64() && count.as_int64() >= 0) {
      answer->counts[std::string(verdict)] = static_cast<std::uint64_t>(count.as_int64());
    }
  }
}

/// `invalid (unknown_field): unknown field "vaule"`.
std::string ProblemText(const json::value& item) {
  std::string text = TextOf(item, "verdict");
  if (const std::string code = TextOf(item, "code"); !code.empty()) text.append(" (" + code + ")");
  if (const std::string detail = TextOf(item, "detail"); !detail.empty())
    text.append(": " + detail);
  return text;
}

void ReadProblems(const json::value& body, SendAnswer* answer) {
  const json::value* items = Find(body, "items");
  if (items == nullptr || !items->is_array()) return;
  for (const json::value& item : items->as_array()) {
    const std::string verdict = TextOf(item, "verdict");
    if (verdict == kRetryVerdict) continue;
    if (std::ranges::find(kSettledVerdicts, verdict) != kSettledVerdicts.end()) continue;
    const auto index = static_cast<std::uint64_t>(NumberOf(item, "index").value_or(0));
    answer->problems.push_back({index, ProblemText(item)});
  }
}

bool IsPassing(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

SendDecision Decide(const HttpAnswer& answer, const SendAnswer& read, std::uint32_t records) {
  std::uint64_t counted = 0;
  for (const auto& [verdict, count] : read.counts) counted += count;
  if (counted != records) {
    const bool claims_success = answer.status >= 200 && answer.status < 300;
    return IsPassing(answer.status) || claims_success ? SendDecision::kRetry
                                                      : SendDecision::kHopeless;
  }
  if (read.counts.contains(std::string(kRetryVerdict))) return SendDecision::kRetry;
  return read.settled == records ? SendDecision::kSettled : SendDecision::kRefused;
}

/// False if some sequence from `first_sequence` on is at or below the floor: it may be unsettled,
/// and only sending it tells. In the shape of a monotonic stream the floor is merely its last
/// position.
bool CoversFloor(const json::value& body, std::int64_t first_sequence) {
  const auto floor = NumberOf(body, "floor");
  if (!floor) return false;
  if (*floor < first_sequence) return true;
  const auto contiguous = NumberOf(body, "contiguous_through");
  return contiguous == *floor + 1 && contiguous == NumberOf(body, "highest_seq");
}

/// The first sequence of the lowest of the sorted gaps that reaches to or beyond `first_sequence`.
std::optional<std::int64_t> LowestGap(const json::array& gaps, std::int64_t first_sequence) {
  for (const json::value& gap : gaps) {
    if (!gap.is_array() || gap.as_array().size() != 2) continue;
    const json::value& first = gap.as_array()[0];
    const json::value& last = gap.as_array()[1];
    if (!first.is_int64() || !last.is_int64()) continue;
    if (last.as_int64() >= first_sequence) return first.as_int64();
  }
  return std::nullopt;
}

json::value ParseBody(const std::string& body) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  return error ? json::value(nullptr) : value;
}

}  // namespace

SendAnswer InterpretAnswer(const HttpAnswer& answer, std::uint32_t records) {
  const json::value body = ParseBody(answer.body);
  SendAnswer read;
  ReadCounts(body, &read);
  ReadProblems(body, &read);
  for (const std::string_view verdict : kSettledVerdicts) {
    const auto found = read.counts.find(std::string(verdict));
    if (found != read.counts.end()) read.settled += found->second;
  }
  read.decision = Decide(answer, read, records);
  const std::string code = TextOf(body, "code");
  const std::string detail = TextOf(body, "detail");
  read.detail = "status " + std::to_string(answer.status) + (code.empty() ? "" : ", " + code) +
                (detail.empty() ? "" : ": " + detail);
  return read;
}

ResumePoint InterpretProducer(const HttpAnswer& answer, std::int64_t first_sequence) {
  ResumePoint point{false, 0, first_sequence};
  const json::value body = ParseBody(answer.body);
  const auto epoch = NumberOf(body, "epoch");
  const auto next = NumberOf(body, "next_seq");
  if (answer.status != 200 || !epoch || !next) return point;
  point.known = true;
  point.epoch = *epoch;
  if (!CoversFloor(body, first_sequence)) return point;
  const json::value* missing = Find(body, "missing");
  const bool has_gaps = missing != nullptr && missing->is_array();
  const auto gap = has_gaps ? LowestGap(missing->as_array(), first_sequence) : std::nullopt;
  // A list of that length may be cut, and then says nothing of what lies behind it.
  const bool is_cut = has_gaps && missing->as_array().size() >= kMissingMax;
  if (gap || !is_cut) point.next_sequence = std::max(first_sequence, gap.value_or(*next));
  return point;
}

}  // namespace oncegate
