#include "server/http/json_writer.h"

#include <algorithm>
#include <charconv>

#include "server/decode/utf8.h"

namespace oncegate {
namespace {

bool NeedsNoEscape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void AppendEscaped(std::string* out, char c) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out->append("\\u00");
  out->push_back(kHex[byte >> 4]);
  out->push_back(kHex[byte & 15]);
}

template <typename Number>
void AppendNumber(std::string* out, Number value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out->append(digits, end);
}

}  // namespace

void AppendJsonString(std::string* out, std::string_view text) {
  out->push_back('"');
  if (std::all_of(text.begin(), text.end(), NeedsNoEscape)) {
    out->append(text);
    out->push_back('"');
    return;
  }
  while (!text.empty()) {
    const std::string_view valid = text.substr(0, ValidUtf8Prefix(text));
    for (const char c : valid) {
      if (NeedsNoEscape(c) || static_cast<unsigned char>(c) >= 0x80) {
        out->push_back(c);
      } else {
        AppendEscaped(out, c);
      }
    }
    text.remove_prefix(valid.size());
    if (text.empty()) break;
    out->append("\xEF\xBF\xBD");
    text.remove_prefix(1);
  }
  out->push_back('"');
}

void AppendInteger(std::string* out, std::int64_t value) { AppendNumber(out, value); }
void AppendUnsigned(std::string* out, std::uint64_t value) { AppendNumber(out, value); }

std::string* JsonObject::Member(std::string_view name) {
  if (!first_) out_->push_back(',');
  first_ = false;
  out_->push_back('"');
  out_->append(name);
  out_->append("\":");
  return out_;
}

void JsonObject::String(std::string_view name, std::string_view value) {
  AppendJsonString(Member(name), value);
}
void JsonObject::Integer(std::string_view name, std::int64_t value) {
  AppendInteger(Member(name), value);
}
void JsonObject::Unsigned(std::string_view name, std::uint64_t value) {
  AppendUnsigned(Member(name), value);
}
void JsonObject::Boolean(std::string_view name, bool value) {
  Member(name)->append(value ? "true" : "false");
}
void JsonObject::Null(std::string_view name) { Member(name)->append("null"); }

}  // namespace oncegate
