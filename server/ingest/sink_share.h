// What the sinks of one stream report together: counters add up as they come, and a gauge of the
// stream is one number made of those of its sinks.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "server/ingest/observer.h"

namespace oncegate {

/// One observer for each of `sinks`, in front of `stream`, which outlives them. Of producers and
/// ids the stream has as many as the sink that remembers most; dead letters and queued bytes are
/// added up.
std::vector<std::unique_ptr<StreamObserver>> ObserveSinks(StreamObserver* stream,
                                                          std::size_t sinks);

}  // namespace oncegate
