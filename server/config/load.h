// Loads the configuration: defaults, then file, then environment, then flags. Every fault is found
// in one pass. Reads files (the configuration and `_file` secrets) and nothing else.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/config/config.h"
#include "server/config/environment.h"
#include "server/config/fault.h"

namespace oncegate {

/// A setting from the command line.
struct FlagSetting {
  std::string flag;               // As written, e.g. "--data-dir".
  std::vector<std::string> path;  // E.g. {"ingest", "listen"}.
  std::string value;
};

struct ConfigSources {
  std::optional<std::filesystem::path> file;
  std::vector<EnvironmentVariable> environment;
  std::vector<FlagSetting> flags;
};

struct LoadedConfig {
  Config config;  // Meaningful only without faults.
  std::vector<ConfigFault> faults;
  std::vector<ConfigFault> warnings;
};

LoadedConfig LoadConfig(const ConfigSources& sources);

/// The same with the file's text instead of a file; `name` stands for it in faults.
LoadedConfig LoadConfigText(std::string_view text, std::string_view name,
                            const ConfigSources& sources);

}  // namespace oncegate
