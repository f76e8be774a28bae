// Appending JSON text to a string, with the escaping of RFC 8259. Answers are small and flat;
// building them in place costs no tree of values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncegate {

/// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that the output is
/// JSON whatever the input was.
void AppendJsonString(std::string* out, std::string_view text);

void AppendInteger(std::string* out, std::int64_t value);
void AppendUnsigned(std::string* out, std::uint64_t value);

/// Members of one object, commas included. The names are constants that need no escaping.
class JsonObject {
 public:
  explicit JsonObject(std::string* out) : out_(out) { out_->push_back('{'); }
  void String(std::string_view name, std::string_view value);
  void Integer(std::string_view name, std::int64_t value);
  void Unsigned(std::string_view name, std::uint64_t value);
  void Boolean(std::string_view name, bool value);
  void Null(std::string_view name);
  /// The name and its colon; the caller appends the value.
  std::string* Member(std::string_view name);
  void Close() { out_->push_back('}'); }

 private:
  std::string* out_;
  bool first_ = true;
};

}  // namespace oncegate
