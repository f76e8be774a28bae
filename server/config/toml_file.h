// Reads a TOML 1.0 file into a setting tree, with the line and column of every setting.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "server/config/fault.h"
#include "server/config/setting_tree.h"

namespace oncegate {

/// Adds to *root. A file that can not be read or parsed is one fault; nothing is added then.
void ReadTomlFile(const std::filesystem::path& path, SettingNode* root,
                  std::vector<ConfigFault>* faults);

/// The same for text; `name` stands for the file in faults.
void ReadTomlText(std::string_view text, std::string_view name, SettingNode* root,
                  std::vector<ConfigFault>* faults);

}  // namespace oncegate
