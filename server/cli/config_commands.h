// The commands that read the configuration and need no running service.
#pragma once

#include "dedupe/types/identity.h"
#include "server/cli/commands.h"
#include "server/cli/program_streams.h"

namespace oncegate {

int RunCheckConfig(const CheckConfigCommand& command, const ProgramStreams& streams);
int RunRebuildIndex(const RebuildIndexCommand& command, WallTime now,
                    const ProgramStreams& streams);

}  // namespace oncegate
