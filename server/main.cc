#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "server/app/serve.h"
#include "server/app/system_clock.h"
#include "server/cli/admin_commands.h"
#include "server/cli/bench.h"
#include "server/cli/command_line.h"
#include "server/cli/config_commands.h"
#include "server/cli/send.h"

namespace oncegate {
namespace {

/// One overload for each command.
struct Runner {
  const ProgramStreams& streams;

  int operator()(const ServeCommand& command) const { return RunServe(command, streams); }
  int operator()(const CheckConfigCommand& command) const {
    return RunCheckConfig(command, streams);
  }
  int operator()(const VersionCommand&) const {
    *streams.output << "oncegate " ONCEGATE_VERSION << std::endl;
    return kExitDone;
  }
  int operator()(const SendCommand& command) const { return RunSend(command, streams); }
  int operator()(const ProducersCommand& command) const { return RunProducers(command, streams); }
  int operator()(const DeadLettersCommand& command) const {
    return RunDeadLetters(command, streams);
  }
  int operator()(const PurgeCommand& command) const { return RunPurge(command, streams); }
  int operator()(const BenchCommand& command) const { return RunBench(command, streams); }
  int operator()(const RebuildIndexCommand& command) const {
    return RunRebuildIndex(command, ReadClockAnchor().wall, streams);
  }
};

int Main(const std::vector<std::string>& arguments) {
  const ProgramStreams streams{&std::cin, &std::cout, &std::cerr};
  const ParsedCommandLine parsed = ParseCommandLine(arguments);
  *streams.output << parsed.output << std::flush;
  *streams.error << parsed.error << std::flush;
  if (!parsed.command) return parsed.exit_status;
  return std::visit(Runner{streams}, *parsed.command);
}

}  // namespace
}  // namespace oncegate

int main(int argc, char** argv) {
  try {
    return oncegate::Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "oncegate: " << error.what() << std::endl;
    return oncegate::kExitFailed;
  }
}
