// What is wrong with one record, and where in it. Of several problems the one of the lowest rank is
// told, and of those the first in the text, so that a resend gets the same answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dedupe/types/verdict.h"

namespace oncegate {

/// A place within a record: a chain from the innermost member or element up to the record, which
/// itself is the null pointer. Lives on the stack of the walk.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;  // Unescaped; of a member.
  std::size_t index = 0;  // Of an element.
  bool is_element = false;
};

/// JSON pointer (RFC 6901) from the record to `place`; empty for the record itself.
std::string ToPointer(const Place* place);

/// A name in quotes for a message, shortened if it is long.
std::string Quoted(std::string_view name);

enum class ProblemRank : std::uint8_t { kShape, kJson, kUnknownField, kField, kNone };

class Problem {
 public:
  bool IsNone() const { return rank_ == ProblemRank::kNone; }
  /// True if a problem of `rank` would be the one to tell; saves building its text.
  bool Takes(ProblemRank rank) const { return rank < rank_; }
  void Report(ProblemRank rank, Code code, std::string detail, const Place* place);
  void Clear();
  /// The answer for the record. Leaves the problem cleared.
  EventResult TakeResult();

 private:
  ProblemRank rank_ = ProblemRank::kNone;
  Code code_ = Code::kMalformedJson;
  std::string detail_;
  std::string pointer_;
};

}  // namespace oncegate
