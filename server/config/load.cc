#include "server/config/load.h"

#include <algorithm>
#include <tuple>

#include "server/config/sections.h"
#include "server/config/setting_tree.h"
#include "server/config/toml_file.h"

namespace oncegate {
namespace {

void OverlayFlags(const std::vector<FlagSetting>& flags, SettingNode* root) {
  for (const FlagSetting& flag : flags) {
    Overlay(root, flag.path,
            {{ConfigOrigin::Layer::kFlag, flag.flag}, UntypedText{flag.value}, {}});
  }
}

void SortByPlace(std::vector<ConfigFault>* faults) {
  std::ranges::stable_sort(*faults, {}, [](const ConfigFault& fault) {
    const ConfigOrigin& origin = fault.origin;
    return std::tuple(origin.layer, std::string_view(origin.name), origin.line, origin.column);
  });
}

/// `loaded` holds what reading the file already complained of.
LoadedConfig Interpret(SettingNode root, const ConfigSources& sources, LoadedConfig loaded) {
  OverlayEnvironment(sources.environment, &root, &loaded.warnings);
  OverlayFlags(sources.flags, &root);
  // Without the file nothing can be said of the whole: every key in it would look absent.
  if (loaded.faults.empty()) ReadSections(root, &loaded.config, &loaded.faults);
  WarnOfTightLimits(loaded.config, &loaded.warnings);
  SortByPlace(&loaded.faults);
  return loaded;
}

}  // namespace

LoadedConfig LoadConfig(const ConfigSources& sources) {
  LoadedConfig loaded;
  SettingNode root;
  if (sources.file) ReadTomlFile(*sources.file, &root, &loaded.faults);
  return Interpret(std::move(root), sources, std::move(loaded));
}

LoadedConfig LoadConfigText(std::string_view text, std::string_view name,
                            const ConfigSources& sources) {
  LoadedConfig loaded;
  SettingNode root;
  ReadTomlText(text, name, &root, &loaded.faults);
  return Interpret(std::move(root), sources, std::move(loaded));
}

}  // namespace oncegate
