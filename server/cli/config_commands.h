// The commands that read the configuration and need no running service.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "dedupe/types/identity.h"
#include "server/cli/commands.h"
#include "server/cli/program_streams.h"
#include "server/config/load.h"

namespace oncegate {

/// The configuration as this process sees it, or nothing after its faults were written to `error`.
/// Warnings are written in either case.
std::optional<Config> LoadProcessConfig(const std::optional<std::filesystem::path>& file,
                                        const std::vector<FlagSetting>& flags, std::ostream* error);

int RunCheckConfig(const CheckConfigCommand& command, const ProgramStreams& streams);
int RunRebuildIndex(const RebuildIndexCommand& command, WallTime now,
                    const ProgramStreams& streams);

}  // namespace oncegate
