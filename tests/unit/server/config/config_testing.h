// Verbs for the configuration's tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "server/config/load.h"

namespace oncegate {

inline LoadedConfig LoadText(std::string_view text, const ConfigSources& sources = {}) {
  return LoadConfigText(text, "oncegate.toml", sources);
}

inline std::vector<std::string> Texts(const std::vector<ConfigFault>& faults) {
  std::vector<std::string> texts;
  for (const ConfigFault& fault : faults) texts.push_back(ToText(fault));
  return texts;
}

/// The faults of a file, as a person reads them.
inline std::vector<std::string> FaultsOf(std::string_view text) {
  return Texts(LoadText(text).faults);
}

/// Expects a file without faults and returns what it says.
inline Config LoadGood(std::string_view text, const ConfigSources& sources = {}) {
  LoadedConfig loaded = LoadText(text, sources);
  EXPECT_THAT(Texts(loaded.faults), testing::IsEmpty()) << text;
  return std::move(loaded.config);
}

}  // namespace oncegate
