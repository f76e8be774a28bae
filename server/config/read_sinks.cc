#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "server/config/duration.h"
#include "server/config/sections.h"
#include "server/config/sink_options.h"
#include "sinks/registry.h"

namespace oncegate {
namespace {

constexpr std::size_t kNameBytesMax = 63;
constexpr std::uintmax_t kSecretFileBytesMax = 64 * 1024;
constexpr std::string_view kFileSuffix = "_file";
constexpr std::array<std::string_view, 2> kDurationSuffixes{"_timeout", "_interval"};

SinkConfig EmbeddedSink() { return {"main", "sqlite", std::nullopt, {{"path", "sink.sqlite"}}}; }

bool IsValidSinkName(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

Result<std::string> ReadSecretFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return Error{"\"" + path + "\" is no file that can be read; check the path"};
  }
  if (std::filesystem::file_size(path, error) > kSecretFileBytesMax) {
    return Error{"\"" + path + "\" is larger than 64 KiB; it must hold the value alone"};
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Error{"\"" + path + "\" can not be read; check its permissions"};
  std::string value = text.str();
  while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
  if (value.empty()) return Error{"\"" + path + "\" is empty"};
  // In place: a string converts to an Error as well.
  return {boost::system::in_place_value, std::move(value)};
}

/// The text that a sink sees: durations in milliseconds.
std::optional<std::string> SettingText(std::string_view key, const SettingNode& node,
                                       TableReader* reader) {
  if (std::ranges::any_of(kDurationSuffixes, [&](auto suffix) { return key.ends_with(suffix); })) {
    std::chrono::milliseconds duration{0};
    reader->Duration(key, &duration);
    if (duration.count() == 0) return std::nullopt;
    return std::to_string(duration.count());
  }
  if (const auto* number = std::get_if<std::int64_t>(&node.value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&node.value)) return *flag ? "true" : "false";
  std::string text;
  const bool is_text = std::holds_alternative<std::string>(node.value) ||
                       std::holds_alternative<UntypedText>(node.value);
  reader->Text(key, &text);
  if (!is_text) return std::nullopt;
  return text;
}

/// The key that the path in `url_file` stands for; empty if `key` is no such spelling.
std::string_view SecretOfFileKey(std::string_view key) {
  if (!key.ends_with(kFileSuffix)) return "";
  const std::string_view stem = key.substr(0, key.size() - kFileSuffix.size());
  return IsSecretKey(stem) ? stem : "";
}

void ReadSecret(std::string_view key, std::string_view secret, TableReader* reader,
                SinkConfig* sink) {
  std::string path;
  reader->Text(key, &path);
  if (reader->Has(secret)) {
    reader->AddFault(key, "stands beside \"" + std::string(secret) + "\"; keep one of the two");
    return;
  }
  auto value = ReadSecretFile(path);
  if (value.has_error()) {
    reader->AddFault(key, value.error().message);
    return;
  }
  sink->settings[std::string(secret)] = std::move(*value);
}

void ReadType(TableReader* reader, SinkConfig* sink) {
  reader->Text("type", &sink->type);
  const std::vector<std::string_view> names = SinkTypeNames();
  if (!reader->Has("type")) {
    reader->AddFault("type", "is missing; write one of " + ListNames(names));
  } else if (FindSinkType(sink->type) == nullptr) {
    reader->AddFault("type", "\"" + sink->type + "\" is not one of " + ListNames(names) +
                                 DidYouMean(sink->type, names));
  }
}

SinkConfig ReadSink(const std::string& name, const SettingNode& table,
                    std::vector<ConfigFault>* faults) {
  TableReader reader(&table, JoinPath("sinks", name), faults);
  SinkConfig sink;
  sink.name = name;
  ReadType(&reader, &sink);
  std::uint32_t lanes = 0;
  reader.Integer("lanes", {1, limits::kLanesMax}, &lanes);
  if (lanes > 0) sink.lanes = lanes;
  for (const auto& [key, node] : table.children) {
    if (key == "type" || key == "lanes") continue;
    if (const auto secret = SecretOfFileKey(key); !secret.empty()) {
      ReadSecret(key, secret, &reader, &sink);
    } else if (auto text = SettingText(key, node, &reader)) {
      sink.settings[key] = std::move(*text);
    }
  }
  return sink;
}

/// Where a sink's setting was written: under its own name or as `_file`.
std::string WrittenKey(const SettingNode& table, const std::string& key) {
  const std::string as_file = key + std::string(kFileSuffix);
  return table.Find(key) == nullptr && table.Find(as_file) != nullptr ? as_file : key;
}

bool IsBlamed(const std::vector<ConfigFault>& faults, std::string_view key) {
  return std::ranges::find(faults, key, &ConfigFault::key) != faults.end();
}

}  // namespace

void ReadSinks(const SettingNode* table, Config* config, std::vector<ConfigFault>* faults) {
  if (table != nullptr) {
    TableReader reader(table, "sinks", faults);
    for (const auto& [name, node] : table->children) {
      if (reader.Table(name) == nullptr) continue;
      if (!IsValidSinkName(name)) {
        reader.AddFault(name, "a sink's name is 1 to 63 letters, digits, \"_\" or \"-\"");
      }
      config->sinks.push_back(ReadSink(name, node, faults));
    }
  }
  if (table == nullptr || table->children.empty()) config->sinks.push_back(EmbeddedSink());
}

void CheckSinkSettings(const SettingNode* table, const Config& config,
                       std::vector<ConfigFault>* faults) {
  for (const SinkConfig& sink : config.sinks) {
    const SinkType* type = FindSinkType(sink.type);
    if (type == nullptr) continue;
    const SettingNode* node = table == nullptr ? nullptr : table->Find(sink.name);
    const std::string path = JoinPath("sinks", sink.name);
    TableReader reader(node, path, faults);
    for (const OptionFault& fault : type->check(OptionsOf(config, sink))) {
      const std::string key = node == nullptr ? fault.key : WrittenKey(*node, fault.key);
      // A value that could not be read looks absent to the sink; its own fault says more.
      if (!IsBlamed(*faults, JoinPath(path, key))) reader.AddFault(key, fault.message);
    }
  }
}

}  // namespace oncegate
