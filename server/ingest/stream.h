// StreamSpec: everything that is fixed about one stream while the process runs. Immutable after
// construction and shared between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/judge/judge.h"
#include "dedupe/types/dedupe_mode.h"
#include "sinks/sink.h"

namespace oncegate {

/// What an answer stands for: the event is in the sink, or in the journal on its way there.
enum class Acknowledgement : std::uint8_t { kSink, kJournal };

/// A sink that gets the stream besides its first one, and what the stream's rows are there.
struct FurtherSink {
  std::string sink;
  TargetKind kind = TargetKind::kDocument;
};

struct StreamSpec {
  std::string name;
  std::string sink;  // Name of the [sinks.NAME] table.
  /// Every event goes to these, too, and is settled when all have settled it.
  std::vector<FurtherSink> further_sinks;
  /// What the local index knows the stream by; empty: its name. Each sink has a ledger of its own,
  /// so that what the index remembers of one must never be taken for another's.
  std::string index_name;
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

inline JudgeRules RulesOf(const StreamSpec& spec) { return {spec.mode, spec.ranges_max}; }

std::string_view IndexNameOf(const StreamSpec& spec);
/// The stream as a further sink has it.
StreamSpec SpecOn(const FurtherSink& further, const StreamSpec& spec);
/// True if its events go there, first or further.
bool GoesTo(const StreamSpec& spec, std::string_view sink);

/// `^[a-z_][a-z0-9_]{0,62}$`, without `__`, not beginning with a reserved prefix.
bool IsValidStreamName(std::string_view name);

}  // namespace oncegate
