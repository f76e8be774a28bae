// A text either has faults, each with its place and a message, or gives a configuration within all
// bounds that can be shown without its secrets.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <set>
#include <string>

#include "dedupe/types/check.h"
#include "server/config/load.h"
#include "server/config/render.h"
#include "server/config/setting_tree.h"
#include "server/ingest/stream.h"
#include "tests/fuzz/targets.h"

namespace oncegate::fuzz {
namespace {

void CheckFaults(const std::vector<ConfigFault>& faults) {
  for (const ConfigFault& fault : faults) {
    CHECK(!fault.message.empty() && !ToText(fault).empty());
  }
}

void CheckLimits(const LimitsConfig& limits) {
  CHECK(limits.body_bytes > 0 && limits.body_bytes <= limits::kBodiesInFlightBytes);
  CHECK(limits.header_bytes <= limits::kConnectionBufferBytes && limits.header_bytes >= 256);
  CHECK(limits.connections > 0 && limits.records_per_request > 0 && limits.group_events > 0);
  CHECK(limits.key_bytes > 0 && limits.key_bytes <= 2048);
  for (const auto timeout : {limits.header_timeout, limits.body_timeout, limits.write_timeout,
                             limits.idle_timeout, limits.drain_timeout}) {
    CHECK(timeout.count() > 0);
  }
}

void CheckStreams(const Config& config) {
  std::set<std::string> names;
  for (const StreamConfig& stream : config.streams) {
    CHECK(IsValidStreamName(stream.name) && names.insert(stream.name).second);
    CHECK(stream.ranges_max >= 1 && stream.request_timeout.count() > 0);
    CHECK(stream.sink.empty() ||
          std::ranges::find(config.sinks, stream.sink, &SinkConfig::name) != config.sinks.end());
  }
}

/// The password of a URL never shows. Passwords that stand elsewhere in the configuration as well,
/// or are too short to be told from accident, prove nothing.
void CheckSecrets(const Config& config) {
  constexpr std::size_t kTellingBytes = 6;
  Config without = config;
  for (SinkConfig& sink : without.sinks) sink.settings.erase("url");
  const std::string public_text = RenderRedacted(without);
  const std::string shown = RenderRedacted(config);
  boost::json::error_code error;
  CHECK(boost::json::parse(shown, error).is_object() && !error);
  for (const SinkConfig& sink : config.sinks) {
    const auto url = sink.settings.find("url");
    if (url == sink.settings.end()) continue;
    const std::size_t at = url->second.rfind('@');
    const std::size_t colon = url->second.find(':', url->second.find("://") + 3);
    if (at == std::string::npos || colon == std::string::npos || colon + 1 >= at) continue;
    const std::string password = url->second.substr(colon + 1, at - colon - 1);
    const bool is_telling = password.size() >= kTellingBytes &&
                            public_text.find(password) == std::string::npos &&
                            url->second.find(password) == url->second.rfind(password);
    CHECK(!is_telling || shown.find(password) == std::string::npos);
  }
}

}  // namespace

void FuzzConfig(std::string_view input) {
  // What other files hold is not the input's.
  if (input.find("_file") != std::string_view::npos) return;
  const LoadedConfig loaded = LoadConfigText(input, "fuzz.toml", {});
  CheckFaults(loaded.faults);
  CheckFaults(loaded.warnings);
  const LoadedConfig again = LoadConfigText(input, "fuzz.toml", {});
  CHECK(std::ranges::equal(loaded.faults, again.faults, {}, &ToText, &ToText));
  if (!loaded.faults.empty()) return;
  CHECK(!loaded.config.sinks.empty());
  CheckLimits(loaded.config.limits);
  CheckStreams(loaded.config);
  CheckSecrets(loaded.config);
}

}  // namespace oncegate::fuzz
