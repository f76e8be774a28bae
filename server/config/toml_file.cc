#include "server/config/toml_file.h"

#include <toml++/toml.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace oncegate {
namespace {

ConfigOrigin OriginAt(std::string_view name, const toml::source_position& position) {
  return {ConfigOrigin::Layer::kFile, std::string(name), position.line, position.column};
}

std::string KindName(toml::node_type type) {
  switch (type) {
    case toml::node_type::array:
      return "an array";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
    case toml::node_type::table:
    case toml::node_type::string:
    case toml::node_type::integer:
    case toml::node_type::boolean:
      break;
  }
  return "a value";
}

/// Empty if an element is no text.
std::optional<TextList> TextsOf(const toml::array& array) {
  TextList texts;
  for (const toml::node& element : array) {
    const auto* text = element.as_string();
    if (text == nullptr) return std::nullopt;
    texts.push_back(text->get());
  }
  return texts;
}

SettingValue ValueOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* array = node.as_array()) {
    if (std::optional<TextList> list = TextsOf(*array)) return *std::move(list);
  }
  return UnsupportedValue{KindName(node.type())};
}

void AddTable(const toml::table& table, std::string_view name, SettingNode* parent) {
  for (const auto& [key, node] : table) {
    SettingNode& child = parent->children[std::string(key.str())];
    child.origin = OriginAt(name, key.source().begin);
    if (const toml::table* inner = node.as_table()) {
      AddTable(*inner, name, &child);
    } else {
      child.value = ValueOf(node);
    }
  }
}

}  // namespace

void ReadTomlText(std::string_view text, std::string_view name, SettingNode* root,
                  std::vector<ConfigFault>* faults) {
  try {
    AddTable(toml::parse(text), name, root);
  } catch (const toml::parse_error& error) {
    faults->push_back({OriginAt(name, error.source().begin), "",
                       "not valid TOML: " + std::string(error.description())});
  }
}

void ReadTomlFile(const std::filesystem::path& path, SettingNode* root,
                  std::vector<ConfigFault>* faults) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || std::filesystem::is_directory(path)) {
    faults->push_back({{ConfigOrigin::Layer::kFile, path.string()},
                       "",
                       "can not be read; check the path and its permissions"});
    return;
  }
  ReadTomlText(text.str(), path.string(), root, faults);
}

}  // namespace oncegate
