#include "sinks/common/json_members.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace oncegate {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

/// Walks over text token by token. Every step fails at the end of the text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { SkipSpace(); }

  bool AtEnd() const { return at_ == text_.size(); }

  bool Take(char wanted) {
    if (AtEnd() || text_[at_] != wanted) return false;
    ++at_;
    SkipSpace();
    return true;
  }

  bool TakeString(std::string_view* token) {
    const std::size_t begin = at_;
    if (!SkipString()) return false;
    *token = text_.substr(begin, at_ - begin);
    SkipSpace();
    return true;
  }

  bool TakeValue(std::string_view* value) {
    const std::size_t begin = at_;
    if (AtEnd() || !SkipValue() || at_ == begin) return false;
    *value = text_.substr(begin, at_ - begin);
    SkipSpace();
    return true;
  }

 private:
  void SkipSpace() {
    while (!AtEnd() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool SkipString() {
    if (AtEnd() || text_[at_] != '"') return false;
    for (++at_; !AtEnd(); ++at_) {
      if (text_[at_] == '\\') {
        if (++at_ == text_.size()) return false;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }

  bool SkipNested() {
    std::size_t depth = 0;
    while (!AtEnd()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!SkipString()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  bool SkipValue() {
    const char first = text_[at_];
    if (first == '"') return SkipString();
    if (first == '{' || first == '[') return SkipNested();
    while (!AtEnd() && std::string_view(",]} \t\n\r").find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::uint32_t HexAt(std::string_view text, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4 && i < text.size(); ++i) {
    const auto digit = static_cast<unsigned char>(text[i]);
    const int lower = std::tolower(digit);
    number =
        number * 16 + static_cast<std::uint32_t>(lower >= 'a' ? lower - 'a' + 10 : lower - '0');
  }
  return number;
}

void AppendUtf8(std::uint32_t point, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80U | ((point >> shift) & 0x3fU)));
  };
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out->push_back(static_cast<char>(0xc0U | (point >> 6)));
    tail(0);
  } else if (point < 0x10000) {
    out->push_back(static_cast<char>(0xe0U | (point >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0U | ((point >> 18) & 0x7U)));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Takes the escape whose backslash stands at `at`; gives the place behind it.
std::size_t AppendEscape(std::string_view text, std::size_t at, std::string* out) {
  const char kind = text[at + 1];
  switch (kind) {
    case 'b':
      out->push_back('\b');
      return at + 2;
    case 'f':
      out->push_back('\f');
      return at + 2;
    case 'n':
      out->push_back('\n');
      return at + 2;
    case 'r':
      out->push_back('\r');
      return at + 2;
    case 't':
      out->push_back('\t');
      return at + 2;
    case 'u':
      break;
    default:
      out->push_back(kind);
      return at + 2;
  }
  std::uint32_t point = HexAt(text, at + 2);
  at = std::min(at + 6, text.size());
  if (point >= 0xd800 && point < 0xdc00 && text.substr(at).starts_with("\\u")) {
    point = 0x10000 + ((point - 0xd800) << 10) + (HexAt(text, at + 2) - 0xdc00);
    at = std::min(at + 6, text.size());
  }
  AppendUtf8(point, out);
  return at;
}

}  // namespace

JsonKind KindOf(std::string_view value) {
  switch (value.empty() ? 'n' : value.front()) {
    case 'n':
      return JsonKind::kNull;
    case 't':
    case 'f':
      return JsonKind::kBoolean;
    case '"':
      return JsonKind::kString;
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    default:
      return JsonKind::kNumber;
  }
}

bool ReadMembers(std::string_view text, std::vector<JsonMember>* members) {
  members->clear();
  Scanner scanner(text);
  if (!scanner.Take('{')) return false;
  if (scanner.Take('}')) return scanner.AtEnd();
  do {
    std::string_view name;
    JsonMember member;
    if (!scanner.TakeString(&name) || !scanner.Take(':') || !scanner.TakeValue(&member.value)) {
      return false;
    }
    member.name = Unescape(name);
    members->push_back(std::move(member));
  } while (scanner.Take(','));
  return scanner.Take('}') && scanner.AtEnd();
}

bool ReadElements(std::string_view text, std::vector<std::string_view>* elements) {
  elements->clear();
  Scanner scanner(text);
  if (!scanner.Take('[')) return false;
  if (scanner.Take(']')) return scanner.AtEnd();
  do {
    std::string_view element;
    if (!scanner.TakeValue(&element)) return false;
    elements->push_back(element);
  } while (scanner.Take(','));
  return scanner.Take(']') && scanner.AtEnd();
}

std::string Unescape(std::string_view token) {
  const std::string_view raw = token.substr(1, token.size() - 2);
  std::string text;
  text.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] == '\\' && at + 1 < raw.size()) {
      at = AppendEscape(raw, at, &text);
    } else {
      text.push_back(raw[at++]);
    }
  }
  return text;
}

std::string QuoteJson(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      const auto code = static_cast<unsigned char>(c);
      quoted.append("\\u00");
      quoted.push_back(kHexDigits[code >> 4]);
      quoted.push_back(kHexDigits[code & 0xf]);
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

void PutOnOneLine(std::size_t begin, std::string* text) {
  const auto is_break = [](char c) { return c == '\n' || c == '\r'; };
  std::replace_if(text->begin() + static_cast<std::ptrdiff_t>(begin), text->end(), is_break, ' ');
}

}  // namespace oncegate
