// RecordFields: one record as it stands in the request, before its fields mean anything: which are
// there, of which JSON type, with which text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/decode/json_walker.h"
#include "server/decode/value_hash.h"

namespace oncegate {

enum class Field : std::uint8_t {
  kProducer,
  kEpoch,
  kSeq,
  kId,
  kKey,
  kOp,
  kVersion,
  kAfter,
  kTime,
  kValue,
};
inline constexpr std::size_t kFieldCount = 10;

std::string_view ToString(Field field);
std::optional<Field> ParseField(std::string_view name);

enum class FieldType : std::uint8_t { kAbsent, kString, kNumber, kOther };

class RecordFields {
 public:
  struct Entry {
    FieldType type = FieldType::kAbsent;
    /// Unescaped for a string; for `value`, of whatever type (kOther), its JSON text.
    std::string_view text;
  };

  /// Takes one record, which is the next value of the walk. False on a syntax error. What else is
  /// wrong is in the walker's problem; the fields are meaningful if there is none.
  bool Read(JsonWalker* walker);

  const Entry& operator[](Field field) const { return entries_[static_cast<std::size_t>(field)]; }
  bool Has(Field field) const { return (*this)[field].type != FieldType::kAbsent; }
  const ValueHash& value_hash() const { return value_hash_; }

 private:
  bool ReadMember(JsonWalker* walker);
  bool ReadKnown(JsonWalker* walker, Field field, const Place* place);
  bool ReadUnknown(JsonWalker* walker, const Place* place);

  std::array<Entry, kFieldCount> entries_;
  ValueHash value_hash_;
};

}  // namespace oncegate
