// Raw files: what one writes by hand for a data lake: lines of JSON in part files, a zstd frame per
// group, synced; a part of the size at which the sink rolls its own is renamed to where readers
// look. There is no ledger: whoever writes so can not tell what of a resend is in a part already.
#pragma once

#include <filesystem>

#include "bench/raw_run.h"

namespace oncegate::bench {

/// Synced rows per second. `folder` is there, and empty; every connection writes a part of its own.
double RunRawFiles(const std::filesystem::path& folder, const RawRun& run);

}  // namespace oncegate::bench
