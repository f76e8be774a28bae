#include "tests/sim/producer.h"

#include <algorithm>
#include <utility>

#include "server/ingest/producer_bump.h"

namespace oncegate::sim {
namespace {

constexpr std::size_t kInFlightMax = 3;
constexpr std::size_t kHorizon = 12;  // So far apart may events overtake each other.
constexpr Milliseconds kPace{350};    // One more event becomes available each time.
constexpr int kRejectionsMax = 2;
constexpr std::uint64_t kAsksSinkPermille = 150;  // In streams that need not wait for it.
// Settled at a version that is not known: whatever state the sink is put back to may lack it.
constexpr std::size_t kAnyVersion = SIZE_MAX;

}  // namespace

void SimProducer::Start() {
  started_ = world_->scheduler.now();
  segments_.front().entered = true;
  Tick();
}

bool SimProducer::IsChained() const {
  return spec().spec.mode == DedupeMode::kStrict || spec().spec.mode == DedupeMode::kMonotonic;
}

void SimProducer::OnRewind(std::size_t version) {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    if (s > 0) segments_[s].entered = false;
    for (const Uid uid : segments_[s].events) {
      SimEvent& event = At(uid);
      if (event.fate != Fate::kSettled || event.settled_version <= version) continue;
      event.fate = Fate::kOpen;
      world_->Count(Happening::kTakenAway);
      if (event.operation == Operation::kUpsert && world_->scheduler.random().Chance(300)) {
        event.value = "{\"redone\":" + std::to_string(uid) + "}";
      }
    }
  }
}

Segment* SimProducer::CurrentSegment() {
  for (Segment& segment : segments_) {
    const bool open = std::any_of(segment.events.begin(), segment.events.end(),
                                  [&](Uid uid) { return At(uid).fate == Fate::kOpen; });
    if (open) return &segment;
  }
  return nullptr;
}

bool SimProducer::IsDone() { return CurrentSegment() == nullptr; }

void SimProducer::Tick() {
  SeededRandom& random = world_->scheduler.random();
  if (Segment* const segment = CurrentSegment()) {
    if (!segment->entered) {
      Enter(segment, At(segment->events.front()).epoch.value);
    } else if (waiting_.size() < (IsChained() ? 1 : kInFlightMax)) {
      Send(segment);
    }
  }
  world_->scheduler.After(Milliseconds(random.Between(10, 250)), [this] { Tick(); });
}

void SimProducer::Enter(Segment* segment, std::int64_t epoch) {
  if (segment->change == EpochChange::kImplicit || !IsSequenced(spec().spec.mode)) {
    if (IsSequenced(spec().spec.mode)) world_->Count(Happening::kImplicitEpoch);
    segment->entered = true;
    return;
  }
  if (bumping_) return;
  Instance* const instance = cluster_->Running(world_->scheduler.random().Below(cluster_->size()));
  if (instance == nullptr) return;
  bumping_ = true;
  world_->bumped.insert(LedgerName(spec().spec.name, name_));
  BumpRequest request;
  request.stream = spec().spec.name;
  request.producer = name_;
  request.expected_epoch = Epoch{epoch - 1};
  request.sequence =
      segment->change == EpochChange::kBumpReset ? BumpSequence::kReset : BumpSequence::kContinue;
  request.idempotency_key = "bump-" + std::to_string(epoch);
  auto bump = std::make_shared<ProducerBump>(request, instance->clock(), instance->random());
  instance->Post({Purpose::kBump, [this, bump, segment](SinkSession* session) -> SinkStatus {
                    const auto answer = bump->Run(session);
                    if (!answer) return answer.error();
                    // Refused because the ledger was put back, emptied, or knows the epoch already:
                    // sending the epoch will do.
                    const bool reset = segment->change == EpochChange::kBumpReset;
                    world_->Count(reset ? Happening::kBumpReset : Happening::kBumpContinue);
                    segment->entered = true;
                    bumping_ = false;
                    return {};
                  }});
  // The instance may die with the work; a bump twice is recognised by its key.
  world_->scheduler.After(Milliseconds(15'000), [this] { bumping_ = false; });
}

std::vector<Uid> SimProducer::PickInOrder(const Segment& segment) {
  auto first = std::find_if(segment.events.begin(), segment.events.end(),
                            [&](Uid uid) { return At(uid).fate == Fate::kOpen; });
  std::vector<Uid> picked;
  const std::size_t count = 1 + world_->scheduler.random().Below(5);
  for (; first != segment.events.end() && picked.size() < count; ++first) picked.push_back(*first);
  return picked;
}

std::vector<Uid> SimProducer::Pick(const Segment& segment) {
  if (IsChained()) return PickInOrder(segment);
  SeededRandom& random = world_->scheduler.random();
  std::vector<Uid> near;
  for (const Uid uid : segment.events) {
    if (At(uid).fate == Fate::kOpen) near.push_back(uid);
    if (near.size() == kHorizon) break;
  }
  random.Shuffle(&near);
  near.resize(std::min<std::size_t>(near.size(), 1 + random.Below(6)));
  // Some are sent though they need not be.
  for (const Uid uid : segment.events) {
    if (At(uid).fate == Fate::kSettled && random.Chance(40)) near.push_back(uid);
  }
  if (!near.empty() && random.Chance(60)) near.push_back(near.front());  // Twice in one request.
  return near;
}

void SimProducer::Send(Segment* segment) {
  std::vector<Uid> picked = Pick(*segment);
  if (paced_) {
    const auto available = static_cast<Uid>((world_->scheduler.now() - started_) / kPace);
    const Uid first = segments_.front().events.front();
    std::erase_if(picked, [&](Uid uid) { return uid - first > available; });
  }
  if (picked.empty()) return;
  const std::shared_ptr<const Sending> sending = MakeSending(picked);
  waiting_.insert(sending->number);
  SeededRandom& random = world_->scheduler.random();
  world_->scheduler.After(Milliseconds(random.Between(500, 12'000)), [this, sending] {
    if (waiting_.erase(sending->number) != 0) world_->happenings.Count(Happening::kClientTimeout);
  });
  Deliver(sending, Milliseconds(random.Between(0, 30)));
  if (random.Chance(world_->rates.request_duplicated)) {
    world_->Count(Happening::kRequestDuplicated);
    Deliver(sending, Milliseconds(random.Between(0, 20'000)));
  }
}

std::shared_ptr<const SimProducer::Sending> SimProducer::MakeSending(
    const std::vector<Uid>& picked) {
  SeededRandom& random = world_->scheduler.random();
  auto sending = std::make_shared<Sending>();
  sending->number = ++requests_;
  Request& request = sending->request;
  request.stream = stream_;
  request.atomic = random.Chance(100);
  request.timeout = Milliseconds(random.Between(300, 10'000));
  if (spec().spec.ack == Acknowledgement::kJournal && !random.Chance(kAsksSinkPermille)) {
    request.ack = Acknowledgement::kJournal;
  }
  if (request.atomic) world_->happenings.Count(Happening::kAtomicBatch);
  for (const Uid uid : picked) {
    SimEvent event = At(uid);
    if (event.fate == Fate::kSettled && event.operation == Operation::kUpsert && !event.poison &&
        random.Chance(100)) {
      // As from a producer that lost its state and began to number other events from the start.
      event.value = "{\"other\":" + std::to_string(uid) + "}";
      world_->Count(Happening::kOtherPayload);
    }
    At(uid).payloads.insert(
        FingerprintOfText(event.operation, event.key, event.version, event.value));
    sending->sent.push_back(world_->oracle->Send(event, request.atomic));
    sending->sent.back().ack = request.ack;
    request.events.push_back(std::move(event));
  }
  world_->scheduler.Note("send", [&] {
    std::string text = name_ + " #" + std::to_string(sending->number);
    for (const Uid uid : picked) text += " " + std::to_string(uid);
    return text;
  });
  return sending;
}

void SimProducer::Deliver(const std::shared_ptr<const Sending>& sending, Milliseconds delay) {
  const std::size_t to = home_ ? *home_ : world_->scheduler.random().Below(cluster_->size());
  world_->scheduler.After(delay, [this, sending, to] {
    Instance* const instance = cluster_->Running(to);
    if (instance == nullptr) {
      waiting_.erase(sending->number);  // Connection refused.
      return;
    }
    const int number = instance->number();
    for (const SentEvent& sent : sending->sent) world_->oracle->OnArrived(sent, number);
    const auto answer = [this, sending, number](const std::vector<EventResult>& results) {
      OnAnswer(sending, number, results);
    };
    instance->Submit(sending->request, answer);
  });
}

void SimProducer::OnAnswer(const std::shared_ptr<const Sending>& sending, int instance,
                           const std::vector<EventResult>& results) {
  if (sending->request.atomic) world_->oracle->OnAtomicAnswer(results);
  auto kept = std::make_shared<std::vector<EventResult>>(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    world_->oracle->OnAnswer(sending->sent[i], results[i], instance);
    (*kept)[i].verdict = results[i].verdict;
    (*kept)[i].code = results[i].code;
    (*kept)[i].hint = results[i].hint;
  }
  const std::size_t version = world_->database.version();
  SeededRandom& random = world_->scheduler.random();
  if (random.Chance(world_->rates.reply_lost)) return world_->Count(Happening::kReplyLost);
  world_->scheduler.After(Milliseconds(random.Between(0, 50)), [this, sending, kept, version] {
    waiting_.erase(sending->number);
    for (std::size_t i = 0; i < kept->size(); ++i) Take(sending->sent[i], (*kept)[i], version);
  });
}

void SimProducer::Settle(SimEvent* event, std::size_t version) {
  // It was there at both moments, if there are two.
  if (event->fate == Fate::kSettled) version = std::min(version, event->settled_version);
  event->fate = Fate::kSettled;
  event->settled_version = version;
}

void SimProducer::Take(const SentEvent& sent, const EventResult& result, std::size_t version) {
  SimEvent& event = At(sent.uid);
  switch (result.verdict) {
    case Verdict::kApplied:
    case Verdict::kDuplicate:
    case Verdict::kSuperseded:
    case Verdict::kDeadLettered:
      if (sent.lineages == world_->lineages) Settle(&event, version);
      return;
    case Verdict::kTooOld:
      if (event.fate != Fate::kOpen || sent.atomic) return;
      // With `after`, whatever lies below the last position was settled before it.
      if (!spec().uses_after) {
        event.fate = Fate::kRefused;
      } else if (sent.lineages == world_->lineages) {
        Settle(&event, version);
      }
      return;
    case Verdict::kConflict:
    case Verdict::kFenced:
      if (event.fate == Fate::kOpen && !sent.atomic) event.fate = Fate::kRefused;
      return;
    case Verdict::kGap:
      return TakeGap(sent, result);
    case Verdict::kRejected:
      return TakeRejection(&event);
    case Verdict::kRetry:
      if (result.code == Code::kAtomicAborted) {
        world_->happenings.Count(Happening::kAtomicAborted);
      }
      // What comes before may have been lost with a sink that was put back.
      if (result.code == Code::kBlocked && world_->scheduler.random().Chance(200)) Resume(sent);
      return;
    case Verdict::kAccepted:
      if (sent.lineages == world_->lineages) Settle(&event, kAnyVersion);
      return;
    case Verdict::kInvalid:
      return;  // The oracle has complained.
  }
}

void SimProducer::TakeRejection(SimEvent* event) {
  world_->happenings.Count(Happening::kPoisonFound);
  if (event->fate != Fate::kOpen || !event->poison) return;
  ++event->rejections;
  if (event->rejections < kRejectionsMax) return;
  if (IsChained() || world_->scheduler.random().Chance(500)) {
    event->poison = false;
    event->value = "{\"healed\":" + std::to_string(event->uid) + "}";
    world_->Count(Happening::kPoisonHealed);
  } else {
    event->fate = Fate::kRefused;
  }
}

void SimProducer::TakeGap(const SentEvent& sent, const EventResult& result) {
  if (result.code == Code::kPredecessorNotSettled) return Resume(sent);
  SendAgainFrom(sent, result.hint);
}

void SimProducer::Resume(const SentEvent& sent) {
  // What the ledger holds now, as the state endpoint would tell.
  const ProducerState state = world_->oracle->StateOf(spec().spec.name, name_);
  const bool of_epoch = state.known && state.epoch == sent.epoch;
  SendAgainFrom(sent, of_epoch ? HighestSequence(state.window) + 1 : 0);
}

void SimProducer::SendAgainFrom(const SentEvent& sent, std::int64_t sequence) {
  for (const Segment& segment : segments_) {
    for (const Uid uid : segment.events) {
      SimEvent& event = At(uid);
      if (event.epoch == sent.epoch && event.sequence->value >= sequence) event.fate = Fate::kOpen;
    }
  }
}

}  // namespace oncegate::sim
