// StreamSpec: everything that is fixed about one stream while the process runs. Immutable after
// construction and shared between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "dedupe/types/dedupe_mode.h"
#include "sinks/sink.h"

namespace oncegate {

/// What an answer stands for: the event is in the sink, or in the journal on its way there.
enum class Acknowledgement : std::uint8_t { kSink, kJournal };

struct StreamSpec {
  std::string name;
  std::string sink;  // Name of the [sinks.NAME] table.
  StreamTarget target;
  DedupeMode mode = DedupeMode::kWindow;
  Acknowledgement ack = Acknowledgement::kSink;  // kJournal: a request may still ask for kSink.
  std::size_t ranges_max = 256;
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::seconds producer_retention{720 * 3600};
  std::chrono::seconds id_retention{168 * 3600};
  std::uint64_t ids_max = 100'000'000;
  bool fingerprints = true;
  /// What the sink refuses by its data is kept as a dead letter, and settled by that.
  bool keeps_dead_letters = false;
  /// Made by the first POST rather than by a [streams.NAME] table.
  bool implicit = false;
};

/// `^[a-z_][a-z0-9_]{0,62}$`, without `__`, not beginning with a reserved prefix.
bool IsValidStreamName(std::string_view name);

}  // namespace oncegate
