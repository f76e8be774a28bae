// FieldReader: reads the fields of one record as the types of the contract. The first field that
// does not fit is reported to the Problem.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dedupe/types/event.h"
#include "server/decode/problem.h"
#include "server/decode/record_fields.h"

namespace oncegate {

struct TextFault {
  Code code = Code::kEmptyValue;
  std::string detail;
};

/// Why `text` can not be a producer or an id; null if it can. `text` is valid UTF-8.
std::optional<TextFault> CheckName(std::string_view text, std::size_t bytes_max);

class FieldReader {
 public:
  /// Both outlive this object.
  FieldReader(const RecordFields& fields, Problem* problem) : fields_(fields), problem_(problem) {}

  bool Has(Field field) const { return fields_.Has(field); }
  const RecordFields& fields() const { return fields_; }

  // Each leaves *value alone if the field is absent, and returns false after a report.
  bool ReadName(Field field, std::size_t bytes_max, std::string_view* value) const;
  bool ReadKey(std::size_t bytes_max, std::string_view* value) const;
  bool ReadInteger(Field field, std::int64_t minimum, std::optional<std::int64_t>* value) const;
  bool ReadOperation(Operation* value) const;
  bool ReadTime(std::optional<WallTime>* value) const;

  /// Reports and returns false.
  bool Refuse(Field field, Code code, std::string detail) const;

 private:
  bool CheckType(Field field, FieldType wanted, const char* wanted_name) const;

  const RecordFields& fields_;
  Problem* problem_;
};

}  // namespace oncegate
