// Ingest: the one door from the outside (HTTP, sources) to the lanes.
//
//     submit(batch) -> lane: judge -> commit (rows + ledger, one transaction) -> index -> answer
//
// Thread-safe. Constructed with its dependencies, which outlive it; Start launches the threads,
// Drain ends them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/ingest/batch.h"
#include "server/ingest/stream.h"

namespace oncegate {

enum class SubmitOutcome : std::uint8_t {
  kAdmitted,       // on_complete runs later (or has run).
  kQueueFull,      // 429; nothing of the batch was admitted, on_complete never runs.
  kIdCapacity,     // 429; the stream remembers as many ids as it may.
  kGroupTooLarge,  // 413; an atomic batch beyond the limits of one group.
  kJournalFull,    // 503; the journal holds as much, or has held it for as long, as it may.
  kShuttingDown,   // 503
};

enum class StreamLookup : std::uint8_t { kFound, kUnknown, kLimitReached };

struct FoundStream {
  StreamLookup lookup = StreamLookup::kUnknown;
  std::shared_ptr<const StreamSpec> stream;  // kFound.
};

class IngestDoor {
 public:
  virtual ~IngestDoor() = default;

  /// The stream that a POST to `name` goes to. With `create` allowed by configuration, a valid
  /// unknown name gives a new stream (its table is made when its first valid record is committed).
  virtual FoundStream ResolveStream(std::string_view name) = 0;
  /// Only streams that exist (configured, or made by an earlier POST).
  virtual FoundStream FindStream(std::string_view name) = 0;

  /// False while no lane of the stream has room for `bytes` more: what is refused then (429) need
  /// not be decoded first. True promises nothing; Submit has the last word.
  virtual bool HasRoom(const StreamSpec& stream, std::size_t bytes) const = 0;
  virtual SubmitOutcome Submit(std::shared_ptr<Batch> batch) = 0;
};

}  // namespace oncegate
