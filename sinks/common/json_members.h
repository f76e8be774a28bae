// The outermost level of JSON text: the members of an object, the elements of an array. Values are
// not looked into. Pure; safe on any bytes, exact on valid JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oncegate {

enum class JsonKind : std::uint8_t { kNull, kBoolean, kNumber, kString, kObject, kArray };

/// Of a value that ReadMembers or ReadElements gave.
JsonKind KindOf(std::string_view value);

struct JsonMember {
  std::string name;        // Without escapes.
  std::string_view value;  // As it is written, without white space around it.
};

/// False if the text is no object. *members is replaced.
bool ReadMembers(std::string_view text, std::vector<JsonMember>* members);
/// False if the text is no array. *elements is replaced.
bool ReadElements(std::string_view text, std::vector<std::string_view>* elements);

/// What a string means; `token` stands in quotes.
std::string Unescape(std::string_view token);
/// The text as a JSON string with no more escapes than JSON asks for.
std::string QuoteJson(std::string_view text);

/// Makes one line of what stands in *text from `begin` on. JSON has line breaks between tokens
/// only; those within strings are escaped.
void PutOnOneLine(std::size_t begin, std::string* text);

}  // namespace oncegate
