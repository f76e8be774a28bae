#include "server/config/sink_options.h"

#include <algorithm>
#include <chrono>

#include "server/config/stream_sinks.h"

namespace oncegate {
namespace {

std::chrono::milliseconds LongestRequestTimeout(const Config& config, const std::string& sink) {
  std::chrono::milliseconds longest{0};
  const auto goes_there = [&](const StreamConfig& stream) {
    const std::vector<std::string> sinks = SinksOf(stream);
    return std::find(sinks.begin(), sinks.end(), sink) != sinks.end();
  };
  if (config.create_streams && goes_there(config.stream_defaults)) {
    longest = config.stream_defaults.request_timeout;
  }
  for (const StreamConfig& stream : config.streams) {
    if (goes_there(stream)) longest = std::max(longest, stream.request_timeout);
  }
  return longest.count() > 0 ? longest : config.stream_defaults.request_timeout;
}

}  // namespace

SinkOptions OptionsOf(const Config& config, const SinkConfig& sink) {
  SinkOptions options;
  options.name = sink.name;
  options.type = sink.type;
  options.data_dir = config.data_dir;
  options.request_timeout = LongestRequestTimeout(config, sink.name);
  options.settings = sink.settings;
  return options;
}

}  // namespace oncegate
