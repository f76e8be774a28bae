// How the key of an event names a row of a columns target. Pure.
//
//     one key column:  the key is its value as text: 42, eu, 0b9f6e0a-…
//     several:         a JSON array of their values in the order of key_columns: ["eu",42]
//
// Every value has one spelling, so that equal rows have equal keys: whatever is spelled otherwise
// is refused. In an array, numbers and booleans stand bare and everything else in quotes, without
// white space and with no more escapes than JSON asks for (QuoteJson).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oncegate {

/// What a key column can hold: types whose values have one spelling.
enum class KeyType : std::uint8_t {
  kInteger,     // 0, -7: no leading zeros, at most 64 bits.
  kNumeric,     // 0, 1.5: neither leading zeros nor trailing ones behind the point.
  kText,        // Any.
  kPaddedText,  // Any that does not end in a space, which the type may cut off.
  kUuid,        // Lower-case, with hyphens.
  kDate,        // 2026-01-31
  kBoolean,     // true, false
};

/// What a key has to look like for one column, for a person.
std::string_view SpellingOf(KeyType type);

/// The value of each key column as text. Empty if the key is spelled otherwise.
std::optional<std::vector<std::string>> SplitRowKey(std::span<const KeyType> types,
                                                    std::string_view key);

/// The key that the fields of a value give. Empty if one of them is missing or is neither text,
/// number nor boolean.
std::string RowKeyOf(std::span<const std::string> key_columns, std::string_view value);

}  // namespace oncegate
