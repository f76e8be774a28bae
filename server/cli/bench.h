// `oncegate bench`: measures a running service.
#pragma once

#include "server/cli/commands.h"
#include "server/cli/program_streams.h"

namespace oncegate {

/// Sends new events for the duration, then the same ones again, and prints the rates and latencies
/// of both. kExitFailed with a message as soon as a request is not settled.
int RunBench(const BenchCommand& command, const ProgramStreams& streams);

}  // namespace oncegate
