#include "server/cli/config_commands.h"

#include <filesystem>
#include <optional>
#include <vector>

#include "dedupe/store/set_aside.h"
#include "server/config/data_dir.h"
#include "server/config/load.h"

namespace oncegate {
namespace {

/// The configuration as this process sees it, or nothing after its faults were written.
std::optional<Config> LoadProcessConfig(const std::optional<std::filesystem::path>& file,
                                        const std::vector<FlagSetting>& flags,
                                        std::ostream* error) {
  LoadedConfig loaded = LoadConfig({file, ProcessEnvironment(), flags});
  for (const ConfigFault& warning : loaded.warnings) {
    *error << "warning: " << ToText(warning) << '\n';
  }
  for (const ConfigFault& fault : loaded.faults) *error << ToText(fault) << '\n';
  error->flush();
  if (!loaded.faults.empty()) return std::nullopt;
  return std::move(loaded.config);
}

}  // namespace

int RunCheckConfig(const CheckConfigCommand& command, const ProgramStreams& streams) {
  const auto config = LoadProcessConfig(command.config, command.flags, streams.error);
  if (!config) return kExitFailed;
  *streams.output << (command.config ? command.config->string() : "configuration")
                  << ": no faults, " << config->sinks.size()
                  << (config->sinks.size() == 1 ? " sink, " : " sinks, ") << config->streams.size()
                  << (config->streams.size() == 1 ? " stream" : " streams") << std::endl;
  return kExitDone;
}

int RunRebuildIndex(const RebuildIndexCommand& command, WallTime now,
                    const ProgramStreams& streams) {
  const auto config = LoadProcessConfig(command.config, command.flags, streams.error);
  if (!config) return kExitFailed;
  const std::filesystem::path directory = IndexDirectory(config->data_dir);
  std::filesystem::path moved_to;
  const Status status = SetAsideStore(directory, now, &moved_to);
  if (status.has_error()) {
    *streams.error << "oncegate rebuild-index: " << status.error().message << std::endl;
    return kExitFailed;
  }
  if (moved_to.empty()) {
    *streams.output << directory.string() << ": there is no index; nothing to do" << std::endl;
    return kExitDone;
  }
  *streams.output
      << directory.string() << ": set aside as " << moved_to.string()
      << "\nThe next start begins an empty index, which fills itself from the ledger of "
         "the sink.\n"
      << std::flush;
  return kExitDone;
}

}  // namespace oncegate
