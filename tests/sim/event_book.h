// EventBook: every event that a simulated producer ever made, by number. The producers' durable
// memory and the oracle's: it lies outside of the service and no fault touches it.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dedupe/types/event.h"
#include "tests/sim/database.h"

namespace oncegate::sim {

enum class Fate : std::uint8_t {
  kOpen,     // To be sent (again).
  kSettled,  // Answered as settled: must be in the sink, once.
  kRefused,  // Refused for good and truthfully; the producer gave it up.
};

struct SimEvent {
  Uid uid = 0;
  std::size_t stream = 0;  // Number in the scenario.
  std::string producer;
  Epoch epoch;
  std::optional<Sequence> sequence;
  std::optional<std::int64_t> after;
  std::string id;
  std::string key;
  std::optional<Version> version;
  Operation operation = Operation::kUpsert;
  std::string value;
  bool poison = false;

  Fate fate = Fate::kOpen;
  std::size_t settled_version = 0;  // Of the database, when the answer came.
  int rejections = 0;
  std::set<Fingerprint> payloads;  // All that were ever sent under this identity.
};

Fingerprint FingerprintOfText(Operation operation, std::string_view key,
                              const std::optional<Version>& version, std::string_view value);

class EventBook {
 public:
  SimEvent& Add(SimEvent event) {
    event.uid = static_cast<Uid>(events_.size());
    events_.push_back(std::move(event));
    return events_.back();
  }
  SimEvent& at(Uid uid) { return events_.at(static_cast<std::size_t>(uid)); }
  std::deque<SimEvent>& all() { return events_; }

 private:
  std::deque<SimEvent> events_;
};

}  // namespace oncegate::sim
