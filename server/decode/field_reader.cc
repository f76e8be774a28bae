#include "server/decode/field_reader.h"

#include <utility>

#include "server/decode/json_number.h"
#include "server/decode/rfc3339.h"
#include "server/decode/utf8.h"

namespace oncegate {
namespace {

// The limits that any text has; a key has no others, since NUL is refused everywhere.
std::optional<TextFault> CheckSize(std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return TextFault{Code::kEmptyValue, "must not be empty"};
  if (text.size() <= bytes_max) return std::nullopt;
  return TextFault{Code::kTooLong, "is longer than " + std::to_string(bytes_max) + " bytes"};
}

std::string Named(Field field, std::string_view text) {
  std::string detail(ToString(field));
  detail.push_back(' ');
  detail.append(text);
  return detail;
}

}  // namespace

std::optional<TextFault> CheckName(std::string_view text, std::size_t bytes_max) {
  if (auto fault = CheckSize(text, bytes_max)) return fault;
  if (!HasControlCharacter(text)) return std::nullopt;
  return TextFault{Code::kControlCharacter, "must not hold control characters"};
}

bool FieldReader::Refuse(Field field, Code code, std::string detail) const {
  Place place;
  place.name = ToString(field);
  problem_->Report(ProblemRank::kField, code, std::move(detail), &place);
  return false;
}

bool FieldReader::CheckType(Field field, FieldType wanted, const char* wanted_name) const {
  if (fields_[field].type == wanted) return true;
  return Refuse(field, Code::kWrongType, Named(field, "must be ") + wanted_name);
}

bool FieldReader::ReadName(Field field, std::size_t bytes_max, std::string_view* value) const {
  if (!Has(field)) return true;
  if (!CheckType(field, FieldType::kString, "a string")) return false;
  *value = fields_[field].text;
  const auto fault = CheckName(*value, bytes_max);
  return !fault || Refuse(field, fault->code, Named(field, fault->detail));
}

bool FieldReader::ReadKey(std::size_t bytes_max, std::string_view* value) const {
  if (!Has(Field::kKey)) return true;
  if (!CheckType(Field::kKey, FieldType::kString, "a string")) return false;
  *value = fields_[Field::kKey].text;
  const auto fault = CheckSize(*value, bytes_max);
  return !fault || Refuse(Field::kKey, fault->code, Named(Field::kKey, fault->detail));
}

bool FieldReader::ReadInteger(Field field, std::int64_t minimum,
                              std::optional<std::int64_t>* value) const {
  if (!Has(field)) return true;
  if (!CheckType(field, FieldType::kNumber, "an integer")) return false;
  std::int64_t parsed = 0;
  switch (ParseInteger(fields_[field].text, &parsed)) {
    case IntegerOutcome::kNotAnInteger:
      return Refuse(field, Code::kWrongType,
                    Named(field, "must be an integer, without fraction or exponent"));
    case IntegerOutcome::kInteger:
      if (parsed < minimum) break;
      *value = parsed;
      return true;
    case IntegerOutcome::kOutOfRange:
      break;
  }
  return Refuse(field, Code::kOutOfRange,
                Named(field, "must be from " + std::to_string(minimum) + " to 2^63-1"));
}

bool FieldReader::ReadOperation(Operation* value) const {
  if (!Has(Field::kOp)) return true;
  if (!CheckType(Field::kOp, FieldType::kString, "a string")) return false;
  const std::string_view text = fields_[Field::kOp].text;
  if (text != "upsert" && text != "delete") {
    return Refuse(Field::kOp, Code::kOutOfRange,
                  Named(Field::kOp, "must be \"upsert\" or \"delete\""));
  }
  *value = text == "delete" ? Operation::kDelete : Operation::kUpsert;
  return true;
}

bool FieldReader::ReadTime(std::optional<WallTime>* value) const {
  if (!Has(Field::kTime)) return true;
  if (!CheckType(Field::kTime, FieldType::kString, "a string")) return false;
  *value = ParseRfc3339(fields_[Field::kTime].text);
  return value->has_value() ||
         Refuse(Field::kTime, Code::kInvalidTime,
                Named(Field::kTime,
                      "must be an RFC 3339 date-time with offset, in the years 0001 to 9999"));
}

}  // namespace oncegate
