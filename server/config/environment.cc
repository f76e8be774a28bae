#include "server/config/environment.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace oncegate {
namespace {

constexpr std::string_view kPrefix = "ONCEGATE_";
constexpr std::string_view kLevelSeparator = "__";
/// The settings that stand in no table.
constexpr std::string_view kTopLevelKey = "data_dir";

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::vector<std::string> SplitLevels(std::string_view name) {
  std::vector<std::string> levels;
  for (;;) {
    const std::size_t at = name.find(kLevelSeparator);
    levels.push_back(ToLower(name.substr(0, at)));
    if (at == std::string_view::npos) return levels;
    name.remove_prefix(at + kLevelSeparator.size());
  }
}

}  // namespace

std::vector<EnvironmentVariable> ProcessEnvironment() {
  std::vector<EnvironmentVariable> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.push_back(
        {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
  }
  std::ranges::sort(variables, {}, &EnvironmentVariable::name);
  return variables;
}

void OverlayEnvironment(const std::vector<EnvironmentVariable>& environment, SettingNode* root,
                        std::vector<ConfigFault>* warnings) {
  for (const EnvironmentVariable& variable : environment) {
    if (!variable.name.starts_with(kPrefix)) continue;
    const auto levels = SplitLevels(std::string_view(variable.name).substr(kPrefix.size()));
    const ConfigOrigin origin{ConfigOrigin::Layer::kEnvironment, variable.name};
    if (levels.size() == 1 && levels.front() != kTopLevelKey) {
      warnings->push_back({origin, "",
                           "is no setting and is ignored; levels are separated by two underscores, "
                           "as in ONCEGATE_INGEST__LISTEN"});
      continue;
    }
    Overlay(root, levels, {origin, UntypedText{variable.value}, {}});
  }
}

}  // namespace oncegate
