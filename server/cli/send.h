// `oncegate send`: ships NDJSON to a stream until every record is settled.
#pragma once

#include "server/cli/commands.h"
#include "server/cli/program_streams.h"

namespace oncegate {

/// The exit status: kExitDone only if every record is settled.
int RunSend(const SendCommand& command, const ProgramStreams& streams);

}  // namespace oncegate
