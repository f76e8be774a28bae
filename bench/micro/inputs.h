// What the micro-benchmarks and the workload work on. Made from fixed seeds: the same in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dedupe/types/producer_state.h"
#include "server/decode/decode.h"
#include "server/ingest/group.h"

namespace oncegate::bench {

struct BodyShape {
  std::size_t records = 500;
  /// How many producers take turns; record i of a body belongs to producer i modulo this.
  std::size_t producers = 1;
  std::size_t first_producer = 0;
  std::int64_t first_sequence = 0;
};

/// Records with a value of about 150 bytes and a key each, as a client would send them.
std::string NdjsonBody(const BodyShape& shape);
std::string JsonArrayBody(const BodyShape& shape);

/// A batch of a window stream that has `body` and is not decoded yet.
std::shared_ptr<Batch> BatchOf(std::string body);
/// Ends the process if a record of the batch is invalid.
void Decode(BodyFormat format, Batch* batch);

/// What a lane is given when `batches` requests arrived while it was busy.
std::vector<Part> Parts(std::size_t batches, const BodyShape& shape);

struct FoldShape {
  std::size_t events = 4000;
  std::size_t keys = 4000;
  bool versioned = false;
};

/// Events of one producer in order, whose keys are hit in random order.
class FoldInput {
 public:
  explicit FoldInput(const FoldShape& shape);
  std::span<const Event* const> events() const { return pointers_; }

 private:
  std::vector<std::string> keys_;
  std::vector<Event> events_;
  std::vector<const Event*> pointers_;
};

/// Sequences in the order in which they arrive by many connections that overtake each other. An
/// event overtakes no further than `distance`, and the window of what has arrived is made of about
/// distance / 6 ranges.
class OvertakingSequences {
 public:
  explicit OvertakingSequences(std::size_t distance);
  std::int64_t Next();

 private:
  std::vector<std::int64_t> order_;
  std::size_t position_ = 0;
  std::int64_t first_ = 0;
};

/// A known producer with every second sequence settled, from 0.
ProducerState GappedState(std::size_t ranges);

/// 0 … count-1 in some order.
std::vector<std::int64_t> Shuffled(std::size_t count);

}  // namespace oncegate::bench
