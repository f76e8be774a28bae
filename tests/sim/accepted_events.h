// AcceptedEvents: the oracle's book of what was answered as accepted. Every such event comes to the
// sink, and what one instance accepted of a producer comes there in the order of acceptance.
//
// Order is known from outside only where one answer came before another request was sent: then the
// later event may not take effect before the earlier one has, or has become a dead letter. Where
// the later event went another way, too, there is no order to expect. Looked at where every event
// has a row of its own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/sim/world.h"

namespace oncegate::sim {

class AcceptedEvents {
 public:
  explicit AcceptedEvents(World* world) : world_(world) {}

  /// A request with the event reaches an instance.
  void OnArrived(const SimEvent& event, int instance);
  /// `disturbances`: of the sink, so far.
  void OnAccepted(const SimEvent& event, int instance, std::uint64_t disturbances);
  /// One event, and one accepted earlier that is not in the sink yet.
  struct Disorder {
    Uid early = 0;
    Uid missing = 0;
  };
  /// These took effect, or became dead letters, in one commit.
  std::optional<Disorder> OnLanded(const std::vector<Uid>& uids);
  /// The sink was put back, or made to forget: from here on nothing is known of any order.
  void ForgetOrder();

  /// How many disturbances there had been when an event was accepted.
  struct Acceptance {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  const std::map<Uid, Acceptance>& all() const { return accepted_; }

 private:
  using Line = std::tuple<std::size_t, std::string, int>;  // Stream, producer, instance.

  bool IsOrderKnown(const SimEvent& event) const;
  Line LineOf(const SimEvent& event, int instance) const {
    return {event.stream, event.producer, instance};
  }

  World* const world_;
  std::map<Uid, Acceptance> accepted_;
  bool was_order_forgotten_ = false;
  std::set<Uid> landed_;
  std::map<Line, std::set<Uid>> pending_;
  std::map<Uid, std::set<Uid>> predecessors_;  // Of events that have arrived somewhere.
};

}  // namespace oncegate::sim
