// `oncegate serve`: runs the service until SIGTERM or SIGINT.
#pragma once

#include "server/app/application.h"
#include "server/cli/commands.h"
#include "server/cli/program_streams.h"

namespace oncegate {

/// The exit status: kExitDone after everything admitted was finished.
int RunServe(const ServeCommand& command, const ProgramStreams& streams,
             const ApplicationDecorators& decorators = {});

}  // namespace oncegate
