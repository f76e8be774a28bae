#include "server/app/serve.h"

#include <string_view>

#include "server/app/process.h"
#include "server/config/load.h"

namespace oncegate {
namespace {

/// The level has been validated.
LogLevel ToLogLevel(std::string_view level) {
  if (level == "debug") return LogLevel::kDebug;
  if (level == "warn") return LogLevel::kWarning;
  if (level == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

}  // namespace

int RunServe(const ServeCommand& command, const ProgramStreams& streams,
             const ApplicationDecorators& decorators) {
  const LoadedConfig loaded = LoadConfig({command.config, ProcessEnvironment(), command.flags});
  for (const ConfigFault& fault : loaded.faults) *streams.error << ToText(fault) << '\n';
  streams.error->flush();
  if (!loaded.faults.empty()) return kExitFailed;

  TerminationSignals signals;
  IgnoreBrokenPipes();
  RaiseOpenFilesLimit();
  ReturnLargeMemory();
  Logger logger(ToLogLevel(loaded.config.log.level));
  for (const ConfigFault& warning : loaded.warnings) {
    logger.Log(LogLevel::kWarning, "configuration", {{"detail", ToText(warning)}});
  }
  auto application = Application::Start(loaded.config, &logger, decorators);
  if (application.has_error()) {
    *streams.error << "oncegate: " << application.error().message << std::endl;
    return kExitFailed;
  }
  logger.Log(LogLevel::kInfo, "ready", {{"version", ONCEGATE_VERSION}});
  const int signal = signals.Wait();
  logger.Log(LogLevel::kInfo, "draining", {{"signal", std::int64_t{signal}}});
  const bool finished = (*application)->Drain();
  application->reset();
  logger.Log(finished ? LogLevel::kInfo : LogLevel::kWarning, "stopped", {{"finished", finished}});
  return finished ? kExitDone : kExitFailed;
}

}  // namespace oncegate
