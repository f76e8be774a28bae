// BodyDecoder: the walk over the body of one request, record by record. Used once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/decode/batch_text.h"
#include "server/decode/decode.h"
#include "server/decode/json_walker.h"
#include "server/decode/record_fields.h"
#include "server/decode/record_rules.h"
#include "server/decode/structural_index.h"

namespace oncegate {

class BodyDecoder {
 public:
  /// All of them outlive this object.
  BodyDecoder(const RecordDefaults& defaults, const DecodeLimits& limits, Batch* batch);

  std::optional<DecodeFault> DecodeJson();
  std::optional<DecodeFault> DecodeNdjson();

 private:
  std::optional<DecodeFault> DecodeArray();
  std::optional<DecodeFault> DecodeObject();
  std::optional<DecodeFault> DecodeScalar();
  /// False if the line is malformed; what is wrong is in the walker's problem then.
  bool ReadLine(std::string_view line, std::size_t line_number);
  /// Null if there is room for one more record.
  std::optional<DecodeFault> AdmitRecord() const;
  /// Null unless Idempotency-Key would name several records.
  std::optional<DecodeFault> CheckIdempotencyKey() const;
  void ReserveFor(std::size_t record_bytes);
  /// Judges the record that was just read: one result, and an event if it is valid.
  void AddRecord();
  void AddInvalid();
  DecodeFault FaultAtSyntaxError() const;
  DecodeFault FaultAt(std::size_t offset, Code code, std::string_view message) const;

  const RecordDefaults& defaults_;
  const DecodeLimits& limits_;
  Batch* batch_;
  BatchText text_;
  StructuralIndex index_;
  JsonWalker walker_;
  RecordFields fields_;
  RecordRules rules_;
};

}  // namespace oncegate
