// The sections of the configuration, one function per top-level table. Each reads what it knows
// into Config and reports everything else.
#pragma once

#include <vector>

#include "server/config/config.h"
#include "server/config/fault.h"
#include "server/config/setting_tree.h"
#include "server/config/table_reader.h"

namespace oncegate {

/// The whole tree.
void ReadSections(const SettingNode& root, Config* config, std::vector<ConfigFault>* faults);

/// Limits that are allowed but make some requests impossible.
void WarnOfTightLimits(const Config& config, std::vector<ConfigFault>* warnings);

// ---- Parts of ReadSections, in the order in which they depend on each other. ----

void ReadProcess(TableReader* root, Config* config, std::vector<ConfigFault>* faults);
/// Afterwards config->sinks is not empty, unless `sinks` is faulty.
void ReadSinks(const SettingNode* table, Config* config, std::vector<ConfigFault>* faults);
/// Needs the sinks.
void ReadStreams(const SettingNode* defaults, const SettingNode* table, Config* config,
                 std::vector<ConfigFault>* faults);
/// Lets every sink type check its settings. Needs streams and data_dir.
void CheckSinkSettings(const SettingNode* table, const Config& config,
                       std::vector<ConfigFault>* faults);

}  // namespace oncegate
