// The commands that talk to the ops listener of a running service.
#pragma once

#include "server/cli/commands.h"
#include "server/cli/program_streams.h"

namespace oncegate {

int RunProducers(const ProducersCommand& command, const ProgramStreams& streams);
int RunDeadLetters(const DeadLettersCommand& command, const ProgramStreams& streams);
int RunPurge(const PurgeCommand& command, const ProgramStreams& streams);

}  // namespace oncegate
