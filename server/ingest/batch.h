// Batch: what one request sent, from decoding to the answer. Owns the memory that its events view.
//
// Threading: filled by one thread before Submit. From then on events are read-only, results are
// published by lanes under the batch's mutex, and exactly one thread gets to take them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "dedupe/types/event.h"
#include "dedupe/types/verdict.h"
#include "server/ingest/clock.h"
#include "server/ingest/stream.h"

namespace oncegate {

/// One published answer: the record's position and its result.
struct IndexedResult {
  std::uint32_t index = 0;
  EventResult result;
};

class Batch {
 public:
  /// Runs exactly once, on a lane's thread or on the thread that called Submit or Expire. Must not
  /// block.
  using Completion = std::function<void(std::vector<EventResult> results)>;

  std::shared_ptr<const StreamSpec> stream;
  std::string body;              // Bytes that events view (decompressed).
  std::list<std::string> arena;  // Strings that had to be built (unescaped, defaults).
  std::vector<Event> events;     // The valid records, in request order.
  /// One per record, by Event::index; the decoder has set those of invalid records, the others are
  /// "retry" until a lane publishes them.
  std::vector<EventResult> results;
  bool atomic = false;
  /// When the answer is given; kJournal in streams that allow it.
  Acknowledgement ack = Acknowledgement::kSink;
  /// Its events were answered `accepted` before, so none of them may be dropped: what is refused
  /// for good becomes a dead letter with that verdict as its reason, whatever the stream's
  /// on_reject says. Not together with `atomic`.
  bool forwarded = false;
  /// Of a forwarded batch: a `gap` is for good, too; nothing that could fill it is on its way.
  bool gaps_are_final = false;
  SteadyTime deadline;
  Completion on_complete;

  /// Memory that the batch answers for, in bytes; what the queues count.
  std::size_t Bytes() const;

  /// For ingest: the number of parts still to be finished. Set before the first part is queued.
  /// Each event is answered once by each of `sinks`; until all of them did, it is "retry", then the
  /// worst of their results.
  void ExpectParts(std::uint32_t parts, std::uint32_t sinks = 1);
  /// A lane is done with one part. Completes the batch with the last one.
  void FinishPart(std::span<IndexedResult> results);
  /// Completes now with what is published; everything else stays "retry" with `code`. No effect if
  /// already complete. What the lanes still do for the batch is safe and unanswered.
  void Expire(Code code);

 private:
  /// What the sinks that have answered for an event say.
  struct PartialAnswer {
    std::uint32_t sinks = 0;
    EventResult worst;
  };

  void Take(IndexedResult item);
  void Complete(std::unique_lock<std::mutex> lock);

  std::mutex mutex_;
  std::uint32_t parts_left_ = 0;
  std::uint32_t sinks_ = 1;
  std::vector<PartialAnswer> partial_;  // By Event::index; empty where there is one sink.
  bool complete_ = false;
};

}  // namespace oncegate
