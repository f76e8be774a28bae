#include "server/config/table_reader.h"

#include <algorithm>
#include <charconv>

#include "server/config/duration.h"

namespace oncegate {
namespace {

std::optional<std::int64_t> ParseInteger(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::string KindName(const SettingValue& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "a table"; }
    std::string operator()(const std::string&) const { return "text"; }
    std::string operator()(std::int64_t) const { return "a number"; }
    std::string operator()(bool) const { return "true or false"; }
    std::string operator()(const TextList&) const { return "an array"; }
    std::string operator()(const UntypedText&) const { return "text"; }
    std::string operator()(const UnsupportedValue& unsupported) const { return unsupported.kind; }
  };
  return std::visit(Visitor{}, value);
}

std::string Expected(std::string_view what, const SettingValue& value) {
  return "must be " + std::string(what) + ", not " + KindName(value);
}

std::vector<std::string> SplitAtCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace

std::string JoinPath(std::string_view parent, std::string_view key) {
  if (parent.empty()) return std::string(key);
  return std::string(parent) + "." + std::string(key);
}

TableReader::TableReader(const SettingNode* table, std::string path,
                         std::vector<ConfigFault>* faults)
    : table_(table), path_(std::move(path)), faults_(faults) {}

const SettingNode* TableReader::Find(std::string_view key) {
  known_.emplace_back(key);
  return table_ == nullptr ? nullptr : table_->Find(key);
}

bool TableReader::Has(std::string_view key) const {
  return table_ != nullptr && table_->Find(key) != nullptr;
}

void TableReader::AddFault(std::string_view key, std::string message) {
  const SettingNode* node = table_ == nullptr ? nullptr : table_->Find(key);
  if (node == nullptr) node = table_;
  faults_->push_back(
      {node == nullptr ? ConfigOrigin{} : node->origin, JoinPath(path_, key), std::move(message)});
}

std::optional<std::string> TableReader::ReadText(std::string_view key, std::string_view example) {
  const SettingNode* node = Find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&node->value)) return *text;
  if (const auto* untyped = std::get_if<UntypedText>(&node->value)) return untyped->text;
  AddFault(key, Expected("text in quotes" + std::string(example), node->value));
  return std::nullopt;
}

void TableReader::Text(std::string_view key, std::string* value) {
  if (auto text = ReadText(key, "")) *value = std::move(*text);
}

void TableReader::List(std::string_view key, std::vector<std::string>* values) {
  const SettingNode* node = Find(key);
  if (node == nullptr) return;
  if (const auto* list = std::get_if<TextList>(&node->value)) {
    *values = *list;
  } else if (const auto* untyped = std::get_if<UntypedText>(&node->value)) {
    *values = SplitAtCommas(untyped->text);
  } else {
    AddFault(key, Expected("a list of texts such as [\"a\", \"b\"]", node->value));
  }
}

void TableReader::Flag(std::string_view key, bool* value) {
  const SettingNode* node = Find(key);
  if (node == nullptr) return;
  if (const auto* flag = std::get_if<bool>(&node->value)) {
    *value = *flag;
    return;
  }
  if (const auto* untyped = std::get_if<UntypedText>(&node->value)) {
    if (untyped->text == "true" || untyped->text == "false") {
      *value = untyped->text == "true";
      return;
    }
  }
  AddFault(key, Expected("true or false (without quotes)", node->value));
}

std::optional<std::int64_t> TableReader::ReadInteger(std::string_view key, IntegerBounds bounds) {
  const SettingNode* node = Find(key);
  if (node == nullptr) return std::nullopt;
  std::optional<std::int64_t> number;
  if (const auto* value = std::get_if<std::int64_t>(&node->value)) number = *value;
  if (const auto* untyped = std::get_if<UntypedText>(&node->value)) {
    number = ParseInteger(untyped->text);
  }
  if (!number) {
    AddFault(key, Expected("a whole number (without quotes)", node->value));
    return std::nullopt;
  }
  if (*number < bounds.min || *number > bounds.max) {
    AddFault(key, "must be a whole number from " + std::to_string(bounds.min) + " to " +
                      std::to_string(bounds.max) + "; it is " + std::to_string(*number));
    return std::nullopt;
  }
  return number;
}

std::optional<std::chrono::milliseconds> TableReader::ReadDuration(std::string_view key,
                                                                   std::chrono::milliseconds unit) {
  const auto text = ReadText(key, ", a duration such as \"10s\"");
  if (!text) return std::nullopt;
  const auto duration = ParseDuration(*text);
  if (!duration) {
    AddFault(key, "\"" + *text +
                      "\" is no duration; write a whole number and a unit: \"250ms\", \"10s\", "
                      "\"30m\", \"720h\", \"7d\"");
    return std::nullopt;
  }
  if (*duration < unit || duration->count() % unit.count() != 0) {
    AddFault(key,
             "must be at least " + ToText(unit) + " and a multiple of it; it is \"" + *text + "\"");
    return std::nullopt;
  }
  return duration;
}

bool TableReader::Choice(std::string_view key, std::span<const std::string_view> choices,
                         std::string* value) {
  auto text = ReadText(key, "");
  if (!text) return false;
  if (std::ranges::find(choices, *text) == choices.end()) {
    AddFault(key,
             "\"" + *text + "\" is not one of " + ListNames(choices) + DidYouMean(*text, choices));
    return false;
  }
  *value = std::move(*text);
  return true;
}

const SettingNode* TableReader::Table(std::string_view key) {
  const SettingNode* node = Find(key);
  if (node == nullptr || node->IsTable()) return node;
  AddFault(key, Expected("a table, [" + JoinPath(path_, key) + "]", node->value));
  return nullptr;
}

void TableReader::RejectUnknown() {
  if (table_ == nullptr) return;
  const std::vector<std::string_view> names(known_.begin(), known_.end());
  for (const auto& [name, node] : table_->children) {
    if (std::ranges::find(names, name) != names.end()) continue;
    AddFault(name, "unknown key; remove or correct it" + DidYouMean(name, names));
  }
}

}  // namespace oncegate
