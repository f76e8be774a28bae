// The keys that the sink makes besides those of rows, and the fields within them. Pure.
//
//     PREFIX:meta           hash: layout, key_template
//     PREFIX:streams        hash: stream -> "1 dedupe target format table"
//     PREFIX:tables         hash: table -> stream
//     PREFIX:ledger         hash: stream:producer -> mark (ledger.h)
//     PREFIX:ledger:order   sorted set of the same fields, all with score 0: their byte order
//     PREFIX:ids            hash: stream:id -> claim (ids.h)
//     PREFIX:ids:order      sorted set of the same fields
//     PREFIX:dead           hash: id of a dead letter -> letter (dead_letters.h)
//     PREFIX:dead:order     sorted set of the same fields
//     PREFIX:guards:TABLE   hash: key -> guard (row_guard.h)
//     PREFIX:turn:stream:producer   string: who is about to write this mark; expires by itself
//
// Names of streams hold no colon (see IsValidStreamName), so a field has one meaning.
#pragma once

#include <string>
#include <string_view>

#include "dedupe/types/check.h"

namespace oncegate::redis {

class Names {
 public:
  explicit Names(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string Meta() const { return prefix_ + ":meta"; }
  std::string Streams() const { return prefix_ + ":streams"; }
  std::string Tables() const { return prefix_ + ":tables"; }
  std::string Ledger() const { return prefix_ + ":ledger"; }
  std::string Ids() const { return prefix_ + ":ids"; }
  std::string DeadLetters() const { return prefix_ + ":dead"; }
  static std::string OrderOf(const std::string& hash) { return hash + ":order"; }
  std::string Guards(std::string_view table) const {
    return prefix_ + ":guards:" + std::string(table);
  }
  std::string Turn(std::string_view field) const { return prefix_ + ":turn:" + std::string(field); }

  static std::string Field(std::string_view stream, std::string_view name) {
    CHECK(stream.find(':') == std::string_view::npos);
    return std::string(stream) + ":" + std::string(name);
  }

 private:
  std::string prefix_;
};

}  // namespace oncegate::redis
