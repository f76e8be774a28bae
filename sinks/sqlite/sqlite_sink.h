// The SQLite sink: one file, the embedded default.
//
// Settings: path (default "sink.sqlite", relative to data_dir), busy_timeout (how long to wait
// behind another writer of the file; default 2s or half of request_timeout, whichever is less).
#pragma once

#include "sinks/registry.h"

namespace oncegate {

extern const SinkType kSqliteSinkType;

}  // namespace oncegate
