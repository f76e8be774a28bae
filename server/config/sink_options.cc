#include "server/config/sink_options.h"

#include <algorithm>
#include <chrono>

namespace oncegate {
namespace {

std::chrono::milliseconds LongestRequestTimeout(const Config& config, const std::string& sink) {
  std::chrono::milliseconds longest{0};
  if (config.create_streams && config.stream_defaults.sink == sink) {
    longest = config.stream_defaults.request_timeout;
  }
  for (const StreamConfig& stream : config.streams) {
    if (stream.sink == sink) longest = std::max(longest, stream.request_timeout);
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
