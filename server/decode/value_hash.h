// The hash of JSON values by their meaning: white space, escapes, member order and the spelling of
// numbers do not matter. Values are hashed from the leaves up; nothing is copied or sorted.
//
// Not cryptographic: it tells a changed payload from a repeated one, it does not keep out a client
// that searches for collisions with itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dedupe/types/event.h"
#include "dedupe/types/identity.h"

namespace oncegate {

struct ValueHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const ValueHash&, const ValueHash&) = default;
};

ValueHash HashNull();
ValueHash HashBoolean(bool value);
/// `text` is unescaped.
ValueHash HashString(std::string_view text);
/// By mathematical value, exactly, whatever the size: 100, 1e2 and 100.0 are equal, -0 is 0.
/// `token` is a valid JSON number; `scratch` is overwritten.
ValueHash HashNumber(std::string_view token, std::string* scratch);

/// Elements in order.
class ArrayHash {
 public:
  void Add(const ValueHash& element);
  ValueHash Finish() const;

 private:
  ValueHash state_;
  std::uint64_t count_ = 0;
};

/// Members in any order; no name twice.
class ObjectHash {
 public:
  void Add(const ValueHash& name, const ValueHash& value);
  ValueHash Finish() const;

 private:
  ValueHash sum_;
  std::uint64_t count_ = 0;
};

/// Never "none". `value` is null for a delete.
Fingerprint HashEvent(Operation operation, std::string_view key,
                      const std::optional<Version>& version, const std::optional<ValueHash>& value);

}  // namespace oncegate
