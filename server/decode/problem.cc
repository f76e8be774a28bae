#include "server/decode/problem.h"

#include <memory>
#include <utility>
#include <vector>

#include "server/decode/utf8.h"

namespace oncegate {
namespace {

constexpr std::size_t kQuotedBytesMax = 64;

void AppendReferenceToken(std::string_view name, std::string* pointer) {
  for (const char byte : name) {
    if (byte == '~') {
      pointer->append("~0");
    } else if (byte == '/') {
      pointer->append("~1");
    } else {
      pointer->push_back(byte);
    }
  }
}

}  // namespace

std::string ToPointer(const Place* place) {
  std::vector<const Place*> path;
  for (; place != nullptr; place = place->parent) path.push_back(place);
  std::string pointer;
  for (auto step = path.rbegin(); step != path.rend(); ++step) {
    pointer.push_back('/');
    if ((*step)->is_element) {
      pointer.append(std::to_string((*step)->index));
    } else {
      AppendReferenceToken((*step)->name, &pointer);
    }
  }
  return pointer;
}

std::string Quoted(std::string_view name) {
  const std::string_view kept = TruncateUtf8(name, kQuotedBytesMax);
  std::string quoted = "\"";
  quoted.append(kept);
  if (kept.size() < name.size()) quoted.append("…");
  quoted.push_back('"');
  return quoted;
}

void Problem::Report(ProblemRank rank, Code code, std::string detail, const Place* place) {
  if (!Takes(rank)) return;
  rank_ = rank;
  code_ = code;
  detail_ = std::move(detail);
  pointer_ = ToPointer(place);
}

void Problem::Clear() { rank_ = ProblemRank::kNone; }

EventResult Problem::TakeResult() {
  EventResult result;
  result.verdict = Verdict::kInvalid;
  result.code = code_;
  result.text = std::make_unique<EventResult::Text>(
      EventResult::Text{std::move(detail_), std::move(pointer_)});
  Clear();
  return result;
}

}  // namespace oncegate
