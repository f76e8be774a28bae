#include "sinks/files/settings.h"

#include <algorithm>
#include <string_view>

#include "sinks/common/options.h"
#include "sinks/files/frame.h"

namespace oncegate::files {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMebibyte = 1024 * 1024;
// What engines like to read in one piece; the most is what one retry of an upload bears.
constexpr IntegerRange kRollBytes{4'096, 4'096 * kMebibyte};
constexpr std::int64_t kRollBytesDefault = 128 * kMebibyte;
constexpr DurationRange kRollInterval{milliseconds{100}, std::chrono::hours{24}};
constexpr milliseconds kRollIntervalDefault = std::chrono::minutes{5};
constexpr std::int64_t kCompressionLevelDefault = 3;
// Lanes wait behind each other and behind the publisher, for as long as a disk takes to sync.
constexpr milliseconds kBusyTimeoutMax{2'000};

void CheckPath(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const auto path = FindSetting(options, "path");
  if (!path || path->empty()) {
    faults->push_back({"path", "is missing; write the folder that the files shall lie in"});
  } else if (path->find('\0') != std::string_view::npos) {
    faults->push_back({"path", "must not hold a NUL character"});
  }
}

}  // namespace

Settings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults) {
  CheckKnownSettings(options, {"path", "roll_bytes", "roll_interval", "compression_level"}, faults);
  CheckPath(options, faults);
  Settings settings;
  settings.path = (options.data_dir / FindSetting(options, "path").value_or("")).lexically_normal();
  if (!settings.path.has_filename()) settings.path = settings.path.parent_path();
  settings.roll_bytes = static_cast<std::uint64_t>(
      IntegerSetting(options, "roll_bytes", kRollBytes, kRollBytesDefault, faults));
  settings.roll_interval =
      DurationSetting(options, "roll_interval", kRollInterval, kRollIntervalDefault, faults);
  settings.compression_level = static_cast<int>(IntegerSetting(
      options, "compression_level", {1, kCompressionLevelMax}, kCompressionLevelDefault, faults));
  settings.busy_timeout = std::clamp(options.request_timeout / 2, milliseconds{1}, kBusyTimeoutMax);
  return settings;
}

}  // namespace oncegate::files
