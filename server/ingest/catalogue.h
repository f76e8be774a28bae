// Catalogue: compares the streams of this process with what a sink's catalogue says they were
// written as, and takes over streams that an earlier run or another instance made.
#pragma once

#include <span>
#include <string>

#include "dedupe/types/result.h"
#include "server/ingest/stream_registry.h"
#include "sinks/sink.h"

namespace oncegate {

/// Registers streams of `records` that this process does not know yet as they were made. Fails,
/// naming both sides and the way out, if a configured stream of the sink contradicts its record.
Status TakeCatalogue(const std::string& sink, std::span<const StreamRecord> records,
                     const StreamSpec& defaults, StreamRegistry* registry);

}  // namespace oncegate
