#include "sinks/redis/key_template.h"

#include <vector>

namespace oncegate::redis {
namespace {

constexpr std::string_view kTablePlaceholder = "{table}";
constexpr std::string_view kKeyPlaceholder = "{key}";

struct Pieces {
  std::vector<std::string> texts{1};  // One more than there are placeholders.
  std::vector<std::string_view> placeholders;
};

std::optional<Pieces> Split(std::string_view text) {
  Pieces pieces;
  while (!text.empty()) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      pieces.texts.back().push_back(text.front());
      text.remove_prefix(2);
      continue;
    }
    const std::string_view placeholder =
        text.starts_with(kTablePlaceholder) ? kTablePlaceholder : kKeyPlaceholder;
    if (text.starts_with(placeholder)) {
      pieces.placeholders.push_back(placeholder);
      pieces.texts.emplace_back();
      text.remove_prefix(placeholder.size());
      continue;
    }
    if (text.front() == '{' || text.front() == '}' || text.front() == '\0') return std::nullopt;
    pieces.texts.back().push_back(text.front());
    text.remove_prefix(1);
  }
  return pieces;
}

}  // namespace

Result<KeyTemplate> KeyTemplate::Parse(std::string_view text) {
  const std::optional<Pieces> pieces = Split(text);
  if (!pieces ||
      pieces->placeholders != std::vector<std::string_view>{kTablePlaceholder, kKeyPlaceholder}) {
    return Error{
        "must hold {table} and behind it {key}, each once, e.g. \"{table}:{key}\"; other braces "
        "are written twice"};
  }
  if (pieces->texts[1].empty()) {
    return Error{"must have a character between {table} and {key}, e.g. \"{table}:{key}\""};
  }
  KeyTemplate made;
  made.before_ = pieces->texts[0];
  made.between_ = pieces->texts[1];
  made.after_ = pieces->texts[2];
  return made;
}

std::string KeyTemplate::WhyNot(std::string_view table, std::string_view prefix) const {
  if (table.empty()) return "it is empty";
  if (table.find('\0') != std::string_view::npos) return "it holds a NUL character";
  if (table.find(between_.front()) != std::string_view::npos) {
    return std::string("it holds the character \"") + between_.front() +
           "\" that ends it in key_template";
  }
  const std::string own = std::string(prefix) + ":";
  const std::string head = HeadOf(table);
  if (head.starts_with(own) || own.starts_with(head)) {
    return "keys that begin with \"" + own + "\" belong to the ledger";
  }
  return "";
}

std::string KeyTemplate::HashTag() const { return HashTagOf(before_); }

std::string HashTagOf(std::string_view text) {
  const std::size_t open = text.find('{');
  if (open == std::string_view::npos) return "";
  const std::size_t close = text.find('}', open);
  if (close == std::string_view::npos) return "";
  return std::string(text.substr(open + 1, close - open - 1));
}

}  // namespace oncegate::redis
