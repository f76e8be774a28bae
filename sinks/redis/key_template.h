// The key of a row: text, {table}, text, {key}, text; "{{" and "}}" stand for braces. Pure.
//
// Two rows never share a key: the table's name does not hold the character that follows it in the
// template, so what stands before that character's first occurrence behind the leading text is the
// table, and the rest is the event's key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dedupe/types/result.h"

namespace oncegate::redis {

class KeyTemplate {
 public:
  /// The error completes "key_template …".
  static Result<KeyTemplate> Parse(std::string_view text);

  /// What stops a table from being used; empty: nothing does.
  std::string WhyNot(std::string_view table, std::string_view prefix) const;

  /// What the keys of a table begin with.
  std::string HeadOf(std::string_view table) const {
    return before_ + std::string(table) + between_;
  }
  const std::string& tail() const { return after_; }

  /// The hash tag that every key of every table has; empty: there is none.
  std::string HashTag() const;

 private:
  std::string before_;
  std::string between_;
  std::string after_;
};

/// What a cluster hashes of a key that begins with `text`, as far as `text` alone says it (Redis
/// cluster specification, "hash tags"); empty if it does not.
std::string HashTagOf(std::string_view text);

}  // namespace oncegate::redis
