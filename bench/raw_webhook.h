// Raw webhook: what one writes by hand to deliver events over HTTP: batches, each with a key,
// posted one after the other on a connection that stays open.
//
// With a log, the requests of a group are appended to it and synced before the first one is sent,
// and so is the mark that they were delivered: what is lost otherwise when the process dies.
// Without, the client promises nothing.
#pragma once

#include <filesystem>

#include "bench/raw_run.h"

namespace oncegate::bench {

struct RawWebhook {
  std::uint16_t port = 0;  // Of the receiver, on 127.0.0.1.
  std::uint32_t rows_per_request = 500;
  /// Of the logs, one a connection; empty: none.
  std::filesystem::path log_folder{};
};

/// Rows per second that the receiver has answered with 200.
double RunRawWebhook(const RawWebhook& webhook, const RawRun& run);

}  // namespace oncegate::bench
