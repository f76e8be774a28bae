// The files sink, for data lakes: NDJSON compressed with zstd, in part files by stream and date.
//
// Settings: path (a folder, relative to data_dir), roll_bytes (compressed; default 128 MiB),
// roll_interval (default 5m), compression_level (1 to 19, default 3).
#pragma once

#include "sinks/registry.h"

namespace oncegate {

extern const SinkType kFilesSinkType;

}  // namespace oncegate
