#include "bench/micro/inputs.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include "dedupe/types/check.h"
#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kSeed = 20240229;

std::string Record(const BodyShape& shape, std::size_t number) {
  const std::size_t producer = shape.first_producer + number % shape.producers;
  const auto turn = static_cast<std::int64_t>(number / shape.producers);
  return R"({"producer":"producer-)" + std::to_string(producer) + R"(","epoch":0,"seq":)" +
         std::to_string(shape.first_sequence + turn) + R"(,"key":")" +
         RowKey(producer * 1'000'003 + number) + R"(","value":)" + RowValue(number) + "}";
}

std::shared_ptr<const StreamSpec> WindowStream() {
  auto spec = std::make_shared<StreamSpec>();
  spec->name = "orders";
  spec->target = {"orders", "orders"};
  return spec;
}

}  // namespace

std::string NdjsonBody(const BodyShape& shape) {
  std::string body;
  for (std::size_t i = 0; i < shape.records; ++i) body += Record(shape, i) + "\n";
  return body;
}

std::string JsonArrayBody(const BodyShape& shape) {
  std::string body;
  for (std::size_t i = 0; i < shape.records; ++i) body += (i == 0 ? "[" : ",") + Record(shape, i);
  return body + "]";
}

std::shared_ptr<Batch> BatchOf(std::string body) {
  auto batch = std::make_shared<Batch>();
  batch->stream = WindowStream();
  batch->body = std::move(body);
  return batch;
}

void Decode(BodyFormat format, Batch* batch) {
  CHECK(DecodeBody(format, RecordDefaults{}, DecodeLimits{}, batch).has_value());
  CHECK(batch->events.size() == batch->results.size());
}

std::vector<Part> Parts(std::size_t batches, const BodyShape& shape) {
  const auto stream = std::make_shared<StreamRuntime>(*WindowStream(), nullptr);
  std::vector<Part> parts(batches);
  BodyShape next = shape;
  for (Part& part : parts) {
    part.batch = BatchOf(NdjsonBody(next));
    part.stream = stream;
    Decode(BodyFormat::kNdjson, part.batch.get());
    part.events.resize(part.batch->events.size());
    std::iota(part.events.begin(), part.events.end(), 0);
    part.records = part.events.size();
    part.bytes = part.batch->Bytes();
    next.first_producer += next.producers;
  }
  return parts;
}

FoldInput::FoldInput(const FoldShape& shape) : events_(shape.events) {
  for (std::size_t i = 0; i < shape.keys; ++i) keys_.push_back(RowKey(i));
  const std::vector<std::int64_t> order = Shuffled(shape.events);
  for (std::size_t i = 0; i < shape.events; ++i) {
    Event& event = events_[i];
    event.producer = "producer";
    event.sequence = Sequence{static_cast<std::int64_t>(i)};
    event.key = keys_[static_cast<std::size_t>(order[i]) % shape.keys];
    if (shape.versioned) event.version = Version{0, i};
    event.index = static_cast<std::uint32_t>(i);
    pointers_.push_back(&event);
  }
}

OvertakingSequences::OvertakingSequences(std::size_t distance) {
  constexpr std::size_t kBlock = 65536;
  std::mt19937 random(kSeed);
  std::vector<std::pair<std::size_t, std::int64_t>> arrivals;
  for (std::size_t i = 0; i < kBlock; ++i) {
    arrivals.emplace_back(i + random() % distance, static_cast<std::int64_t>(i));
  }
  std::sort(arrivals.begin(), arrivals.end());
  for (const auto& [time, sequence] : arrivals) order_.push_back(sequence);
}

std::int64_t OvertakingSequences::Next() {
  if (position_ == order_.size()) {
    position_ = 0;
    first_ += static_cast<std::int64_t>(order_.size());
  }
  return first_ + order_[position_++];
}

ProducerState GappedState(std::size_t ranges) {
  ProducerState state;
  state.known = true;
  for (std::size_t i = 0; i < ranges; ++i) {
    const auto sequence = static_cast<std::int64_t>(2 * i);
    state.window.ranges.push_back({sequence, sequence});
  }
  return state;
}

std::vector<std::int64_t> Shuffled(std::size_t count) {
  std::vector<std::int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::mt19937 random(kSeed);
  for (std::size_t i = count; i > 1; --i) std::swap(numbers[i - 1], numbers[random() % i]);
  return numbers;
}

}  // namespace oncegate::bench
