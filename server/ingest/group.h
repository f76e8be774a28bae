// Group: what one sink transaction commits, from the parts that batches gave to a lane.
//
// Threading: built and used by one lane. Events stay owned by their batches, which the parts keep
// alive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dedupe/store/index.h"
#include "dedupe/types/producer_state.h"
#include "server/ingest/batch.h"
#include "server/ingest/letter.h"
#include "server/ingest/stream_registry.h"

namespace oncegate {

/// What one batch gives to one lane.
struct Part {
  std::shared_ptr<Batch> batch;
  std::shared_ptr<StreamRuntime> stream;
  std::vector<std::uint32_t> events;  // Positions in batch->events, in request order.
  std::size_t records = 0;            // Of the whole batch, invalid ones included.
  std::size_t bytes = 0;  // Counted against the lane's queue until the part is finished.
  SteadyTime submitted_at;
};

/// One event on its way through a group.
struct GroupEvent {
  const Event* event = nullptr;
  StreamRuntime* stream = nullptr;
  std::uint32_t part = 0;
  EventResult result;
  /// The sink refuses the event; `result` says how and stands through every further judging.
  bool excluded = false;
  /// The sink refuses the event, which becomes a dead letter: it is judged like any other and
  /// marked, but writes no row.
  std::unique_ptr<LetterReason> refusal;
  /// Settled only through an event of this very group: void if the group is not committed.
  bool within_group = false;
};

/// One producer of one sequenced stream within a group.
struct ProducerSlot {
  /// What the local index knows it by.
  ProducerKey IndexKey() const { return {IndexNameOf(stream->spec), key.producer}; }

  ProducerKey key;  // In the ledger.
  StreamRuntime* stream = nullptr;
  std::uint32_t events_begin = 0;  // Into Group::slot_events.
  std::uint32_t events_end = 0;

  /// What the local index remembers; a hint, never an answer.
  std::optional<IndexedProducer> indexed;

  // The ledger's word in the current transaction; where the row was not read, the index's word for
  // it, which holds only once a write from its token took effect.
  bool was_read = false;
  bool found = false;
  Token token;
  ProducerState ledger;
  /// The index holds this very token, so its fingerprints belong to this state.
  bool lineage_holds = false;
  std::uint64_t generation = 0;

  // What the group makes of it.
  bool changed = false;
  ProducerState state;
  Token new_token;
  std::string encoded;
  std::vector<SequenceFingerprint> settled_here;  // Of state.epoch.
};

/// What a COMMIT without an answer tried to make durable.
struct Attempt {
  struct Slot {
    bool changed = false;
    Token token;
    ProducerState state;
    std::vector<SequenceFingerprint> settled_here;
  };
  std::vector<Slot> slots;           // Parallel to Group::slots.
  std::vector<EventResult> results;  // Parallel to Group::events.
};

struct Group {
  explicit Group(std::vector<Part> group_parts);

  bool IsAtomic() const;
  std::span<const std::uint32_t> EventsOf(const ProducerSlot& slot) const;

  std::vector<Part> parts;
  std::vector<GroupEvent> events;       // In arrival order.
  std::vector<StreamRuntime*> streams;  // By name, each once.
  std::vector<ProducerSlot> slots;      // Sorted by key.
  std::vector<std::uint32_t> slot_events;
  std::vector<Attempt> attempts;  // In-doubt commits of this group, oldest first.
};

}  // namespace oncegate
