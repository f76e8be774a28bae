// SimProducer: a client that sends its events until each is settled or refused for good. It keeps
// everything it ever sent, gives up waiting for slow answers, sends again to any instance, and
// believes no answer that a restore has overtaken.
//
// Events come in segments of one epoch each; a producer enters the next one only when the one
// before is closed: by an explicit bump, or by simply sending the higher epoch.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/instance.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

/// The instances as the network sees them; null: not running.
class Cluster {
 public:
  virtual ~Cluster() = default;
  virtual Instance* Running(std::size_t number) = 0;
  virtual std::size_t size() const = 0;
};

enum class EpochChange : std::uint8_t { kImplicit, kBumpReset, kBumpContinue };

struct Segment {
  std::vector<Uid> events;
  EpochChange change = EpochChange::kImplicit;  // How it is entered; the first one simply begins.
  bool entered = false;
};

class SimProducer {
 public:
  SimProducer(World* world, Cluster* cluster, std::size_t stream, std::string name)
      : world_(world), cluster_(cluster), stream_(stream), name_(std::move(name)) {}
  /// Sends to no other instance.
  void StayWith(std::size_t instance) { home_ = instance; }

  void AddSegment(Segment segment) { segments_.push_back(std::move(segment)); }
  void Start();
  /// The sink was put back to `version`: what was settled later is open again.
  void OnRewind(std::size_t version);
  bool IsDone();
  const std::string& name() const { return name_; }
  std::size_t stream() const { return stream_; }
  /// No event is made available any later than now.
  void Hurry() { paced_ = false; }

 private:
  /// A request on its way; it may arrive twice.
  struct Sending {
    std::uint64_t number = 0;
    Request request;
    std::vector<SentEvent> sent;  // Parallel to request.events.
  };

  void Tick();
  Segment* CurrentSegment();
  void Enter(Segment* segment, std::int64_t epoch);
  void Send(Segment* segment);
  std::shared_ptr<const Sending> MakeSending(const std::vector<Uid>& picked);
  void Deliver(const std::shared_ptr<const Sending>& sending, Milliseconds delay);
  void OnAnswer(const std::shared_ptr<const Sending>& sending, int instance,
                const std::vector<EventResult>& results);
  std::vector<Uid> Pick(const Segment& segment);
  std::vector<Uid> PickInOrder(const Segment& segment);
  void Take(const SentEvent& sent, const EventResult& result, std::size_t version);
  void Settle(SimEvent* event, std::size_t version);
  void TakeRejection(SimEvent* event);
  void TakeGap(const SentEvent& sent, const EventResult& result);
  /// Goes on where its state says.
  void Resume(const SentEvent& sent);
  void SendAgainFrom(const SentEvent& sent, std::int64_t sequence);
  bool IsChained() const;
  const SimStream& spec() const { return world_->streams[stream_]; }
  SimEvent& At(Uid uid) { return world_->book.at(uid); }

  World* const world_;
  Cluster* const cluster_;
  const std::size_t stream_;
  const std::string name_;
  std::optional<std::size_t> home_;
  std::vector<Segment> segments_;
  SteadyTime started_;
  bool paced_ = true;
  bool bumping_ = false;
  std::uint64_t requests_ = 0;
  std::set<std::uint64_t> waiting_;  // Requests whose answer is still hoped for.
};

}  // namespace oncegate::sim
