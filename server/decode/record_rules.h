// RecordRules: what the fields of a record mean in a stream, and what is refused. The table
// "Ingest" of the HTTP contract.
//
// The first problem is told: types and ranges in the order of that table, then fields that are not
// allowed, then missing ones, then the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dedupe/types/event.h"
#include "server/decode/batch_text.h"
#include "server/decode/decode.h"
#include "server/decode/field_reader.h"
#include "server/decode/problem.h"
#include "server/decode/record_fields.h"

namespace oncegate {

class RecordRules {
 public:
  /// All of them outlive this object.
  RecordRules(const StreamSpec& stream, const RecordDefaults& defaults, const DecodeLimits& limits,
              BatchText* text)
      : stream_(stream), defaults_(defaults), limits_(limits), text_(text) {}

  /// Fills in *event, all of whose strings are in the memory of the batch then; or reports the
  /// first problem and returns false.
  bool Apply(const RecordFields& fields, std::uint32_t index, Event* event, Problem* problem);

 private:
  /// What the fields say, before defaults.
  struct Reading {
    Event event;
    std::optional<std::int64_t> epoch;
    std::optional<std::int64_t> sequence;
    std::optional<std::int64_t> version;
  };

  bool ReadFields(const FieldReader& reader, Reading* reading) const;
  bool ApplyDefaults(const FieldReader& reader, Reading* reading) const;
  bool CheckAllowed(const FieldReader& reader, const Event& event) const;
  bool CheckRequired(const FieldReader& reader, const Event& event) const;
  bool CheckPredecessor(const FieldReader& reader, const Event& event) const;
  /// Columns targets: the fields of the value name the row where the record does not.
  bool TakeKeyFromValue(const FieldReader& reader, Event* event);
  bool FillInKey(const FieldReader& reader, Event* event);
  void KeepText(const FieldReader& reader, Event* event);

  const StreamSpec& stream_;
  const RecordDefaults& defaults_;
  const DecodeLimits& limits_;
  BatchText* text_;
  std::string_view kept_default_producer_;
  bool key_from_value_ = false;  // Of the record at hand.
};

}  // namespace oncegate
