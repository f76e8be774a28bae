// Settings from the environment: ONCEGATE_INGEST__LISTEN is ingest.listen, two underscores between
// levels. The environment is handed in, so that nothing here is global.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/config/fault.h"
#include "server/config/setting_tree.h"

namespace oncegate {

struct EnvironmentVariable {
  std::string name;
  std::string value;
};

/// All variables of this process.
std::vector<EnvironmentVariable> ProcessEnvironment();

/// Lays the ONCEGATE_ variables over *root. One without two underscores that is no setting may
/// belong to somebody else: it is a warning, not a fault.
void OverlayEnvironment(const std::vector<EnvironmentVariable>& environment, SettingNode* root,
                        std::vector<ConfigFault>* warnings);

}  // namespace oncegate
