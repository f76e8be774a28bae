// What a field of a value becomes as a parameter, for one column of the user's table. Pure.
//
// Values travel as text and the column converts them, since JSON_TABLE and JSON_VALUE would not do:
// MySQL's JSON rounds numbers to doubles, MariaDB's takes nothing deeper than 32 levels, and the
// two convert differently. But even in strict mode the servers change some texts in silence: they
// round and cut fractions of numbers and times, cut spaces, pad bytes, take a digit for the place
// of a value of an ENUM, and know nothing of time zones. Such texts are refused here, or brought
// into the form that means the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sinks/mysql/parameters.h"

namespace oncegate::mysql {

enum class ColumnForm : std::uint8_t {
  kNumber,
  kBits,
  kText,
  kLongText,    // TEXT, whose size counts bytes.
  kPaddedText,  // CHAR: loses spaces at its end.
  kBytes,
  kPaddedBytes,  // BINARY: gets NULs at its end.
  kJson,
  kMember,   // ENUM
  kMembers,  // SET
  kDate,
  kDateTime,  // In UTC.
  kTime,
  kYear,
  kOther,  // Converted as the server likes.
};

struct ColumnRules {
  std::string name;
  ColumnForm form = ColumnForm::kOther;
  /// Digits behind the point that a number, or the seconds of a time, keep; empty: it is a float,
  /// which approximates.
  std::optional<int> scale;
  std::uint64_t size_max = 0;  // Characters of kText; bytes of kLongText and kPaddedBytes; bits.
  bool takes_null = true;      // False where the server would put something else for NULL.
  std::string declared;        // The type as SQL has it, with the members of an ENUM or SET.
};

struct ColumnValue {
  ParameterKind kind = ParameterKind::kText;
  bool is_null = true;
  bool is_own = false;
  std::string_view sent;  // Of the event, or
  std::string own;        // where it is not as it was sent.

  std::string_view bytes() const { return is_own ? std::string_view(own) : sent; }
};

/// `json` is the field's value as it was sent. Empty if *value is filled in, else why the column
/// can not hold it, for the client.
std::string ConvertField(const ColumnRules& rules, std::string_view json, ColumnValue* value);

/// The same for the text of a key column.
std::string ConvertText(const ColumnRules& rules, std::string_view text, ColumnValue* value);

}  // namespace oncegate::mysql
