// What the configuration says about one sink, in the form that the sink registry takes.
#pragma once

#include "server/config/config.h"
#include "sinks/registry.h"

namespace oncegate {

/// `sink` is one of config.sinks. The request timeout is the longest of the streams that use it.
SinkOptions OptionsOf(const Config& config, const SinkConfig& sink);

}  // namespace oncegate
