#include "tests/sim/scenario.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace oncegate::sim {
namespace {

constexpr std::array kModes{DedupeMode::kWindow,    DedupeMode::kWindow, DedupeMode::kStrict,
                            DedupeMode::kMonotonic, DedupeMode::kId,     DedupeMode::kVersion,
                            DedupeMode::kOff};

SimStream MakeStream(std::size_t number, SeededRandom* random) {
  SimStream stream;
  StreamSpec& spec = stream.spec;
  spec.mode = kModes[random->Below(kModes.size())];
  spec.name = std::string(ToString(spec.mode)) + std::to_string(number);
  spec.sink = "main";
  spec.target = {spec.name, spec.name, spec.mode, TargetKind::kDocument};
  spec.ranges_max = random->Chance(400) ? static_cast<std::size_t>(random->Between(1, 4)) : 256;
  spec.keeps_dead_letters = random->Chance(500);
  stream.uses_after = spec.mode == DedupeMode::kMonotonic && random->Chance(500);
  stream.expires = random->Chance(250);
  if (stream.expires) {
    spec.producer_retention = std::chrono::seconds(random->Between(4, 20));
    spec.id_retention = std::chrono::seconds(random->Between(4, 20));
  }
  stream.keys = static_cast<KeySharing>(random->Below(3));
  if (spec.mode == DedupeMode::kVersion) stream.keys = KeySharing::kOneProducer;
  const bool guards_rows = spec.mode == DedupeMode::kVersion || spec.mode == DedupeMode::kOff;
  if (!guards_rows && random->Chance(250)) {
    spec.target.kind = TargetKind::kAppend;
    stream.keys = KeySharing::kOwnKey;
  }
  return stream;
}

/// Answers before the sink has the events; see the journal in design.md for what goes with it.
void MakeJournaled(SimStream* stream, SeededRandom* random) {
  stream->spec.ack = Acknowledgement::kJournal;
  stream->spec.keeps_dead_letters = true;
  if (random->Chance(500) && stream->spec.mode != DedupeMode::kVersion) {
    stream->keys = KeySharing::kOwnKey;
  }
  const bool in_order =
      stream->spec.mode == DedupeMode::kStrict || stream->spec.mode == DedupeMode::kMonotonic;
  stream->one_instance = random->Chance(in_order ? 850 : 500);
}

Bounds MakeBounds(SeededRandom* random) {
  Bounds bounds;
  bounds.lane_bytes = static_cast<std::size_t>(random->Between(12'000, 60'000));
  bounds.journal_bytes = static_cast<std::uint64_t>(random->Between(1'500, 40'000));
  bounds.journal_age = Milliseconds(random->Between(3'000, 60'000));
  return bounds;
}

std::string KeyOf(const SimStream& stream, const SimEvent& event, SeededRandom* random) {
  switch (stream.keys) {
    case KeySharing::kOwnKey:
      if (stream.spec.target.kind == TargetKind::kAppend) return event.id;
      return event.producer + "/" + std::to_string(event.epoch.value) + "/" +
             std::to_string(event.uid);
    case KeySharing::kOneProducer:
      return event.producer + "/" + std::to_string(random->Below(4));
    case KeySharing::kAllProducers:
      break;
  }
  return "key" + std::to_string(random->Below(5));
}

/// What makes the segments of one producer.
class EventMaker {
 public:
  EventMaker(World* world, std::size_t stream, std::string producer)
      : world_(world),
        stream_(stream),
        producer_(std::move(producer)),
        poison_permille_(world->scheduler.random().Chance(400) ? 60 : 0),
        versioned_(spec().spec.mode == DedupeMode::kVersion ||
                   (spec().spec.target.kind != TargetKind::kAppend &&
                    spec().keys != KeySharing::kAllProducers &&
                    world->scheduler.random().Chance(150))) {}

  Segment Make(std::int64_t epoch, EpochChange change, std::size_t count) {
    SeededRandom& random = world_->scheduler.random();
    Segment segment;
    segment.change = change;
    if (change != EpochChange::kBumpContinue) {
      const bool anywhere = spec().spec.mode != DedupeMode::kStrict && random.Chance(300);
      next_ = anywhere ? random.Between(0, 50) : 0;
    }
    std::optional<std::int64_t> previous;
    for (std::size_t i = 0; i < count; ++i) {
      SimEvent& event = world_->book.Add({});
      event.stream = stream_;
      event.epoch = Epoch{epoch};
      Identify(&event, &previous);
      event.key = KeyOf(spec(), event, &random);
      Fill(&event);
      segment.events.push_back(event.uid);
    }
    return segment;
  }

 private:
  const SimStream& spec() const { return world_->streams[stream_]; }

  void Identify(SimEvent* event, std::optional<std::int64_t>* previous) {
    const DedupeMode mode = spec().spec.mode;
    if (mode == DedupeMode::kId) {
      event->id = "e" + std::to_string(event->uid);
      event->epoch = Epoch{};
    }
    event->producer = producer_;
    if (!IsSequenced(mode) && mode != DedupeMode::kOff) return;
    if (mode == DedupeMode::kMonotonic) next_ += world_->scheduler.random().Between(0, 3);
    event->sequence = Sequence{next_++};
    if (spec().uses_after) event->after = *previous;
    *previous = event->sequence->value;
  }

  void Fill(SimEvent* event) {
    SeededRandom& random = world_->scheduler.random();
    if (versioned_) event->version = Version{0, ++versions_[event->key]};
    if (random.Chance(150)) {
      event->operation = Operation::kDelete;
      return;
    }
    event->poison = random.Chance(poison_permille_);
    event->value =
        (event->poison ? "{\"poison\":" : "{\"event\":") + std::to_string(event->uid) + "}";
  }

  World* const world_;
  const std::size_t stream_;
  const std::string producer_;
  const std::uint64_t poison_permille_;
  const bool versioned_;
  std::int64_t next_ = 0;
  std::map<std::string, std::uint64_t> versions_;
};

int Often(SeededRandom* random, int most) {
  return random->Chance(500) ? static_cast<int>(random->Between(1, most)) : 0;
}

std::uint64_t Rate(SeededRandom* random, std::int64_t most) {
  return random->Chance(500) ? static_cast<std::uint64_t>(random->Between(1, most)) : 0;
}

FaultPlan MakeFaults(SeededRandom* random) {
  FaultPlan plan;
  plan.rates.connection_lost = Rate(random, 12);
  plan.rates.lock_timeout = Rate(random, 8);
  plan.rates.commit_refused = Rate(random, 50);
  plan.rates.commit_in_doubt = Rate(random, 200);
  plan.rates.index_write = Rate(random, 60);
  plan.rates.index_reopen = Rate(random, 300);
  plan.rates.reply_lost = Rate(random, 200);
  plan.rates.request_duplicated = Rate(random, 200);
  plan.crashes = Often(random, 6);
  plan.zombies = Often(random, 6);
  plan.outages = Often(random, 3);
  plan.restores = random->Chance(350) ? static_cast<int>(random->Between(1, 3)) : 0;
  plan.ledger_losses = random->Chance(150) ? 1 : 0;
  plan.clock_jumps = Often(random, 4);
  plan.purges = random->Chance(350) ? static_cast<int>(random->Between(1, 4)) : 0;
  plan.index_copies = Often(random, 3);
  plan.foreign_writers = Often(random, 30);
  plan.replays = random->Chance(400) ? static_cast<int>(random->Between(1, 12)) : 0;
  plan.mends = random->Chance(700);
  return plan;
}

void AddJournalFaults(FaultPlan* plan, SeededRandom* random) {
  plan->rates.journal_write = Rate(random, 40);
  plan->rates.journal_sync = Rate(random, 40);
  plan->rates.journal_reopen = Rate(random, 300);
  plan->long_outages = random->Chance(300) ? 1 : 0;
}

EpochChange ChooseChange(const SimStream& stream, const FaultPlan& faults, SeededRandom* random) {
  const auto change = static_cast<EpochChange>(random->Below(3));
  // What a restore or a purge made a strict stream forget could not be sent again in the epoch
  // that went on from it.
  // The same is true of what was accepted and not settled before a bump.
  const bool journaled = stream.spec.ack == Acknowledgement::kJournal;
  const bool forgets = faults.restores + faults.ledger_losses + faults.purges != 0;
  const bool stuck = stream.spec.mode == DedupeMode::kStrict && (forgets || journaled);
  return change == EpochChange::kBumpContinue && stuck ? EpochChange::kBumpReset : change;
}

}  // namespace

Scenario MakeScenario(World* world, Cluster* cluster) {
  SeededRandom& random = world->scheduler.random();
  Scenario scenario;
  scenario.instances = static_cast<std::size_t>(random.Between(1, 3));
  scenario.faults = MakeFaults(&random);
  const std::int64_t streams = random.Between(1, 3);
  for (std::int64_t s = 0; s < streams; ++s) {
    world->streams.push_back(MakeStream(static_cast<std::size_t>(s), &random));
  }
  if (random.Chance(350)) {
    for (SimStream& stream : world->streams) {
      if (random.Chance(600)) MakeJournaled(&stream, &random);
    }
    AddJournalFaults(&scenario.faults, &random);
    world->bounds = MakeBounds(&random);
  }
  for (std::size_t s = 0; s < world->streams.size(); ++s) {
    const std::int64_t producers = random.Between(1, 3);
    for (std::int64_t p = 0; p < producers; ++p) {
      const std::string name = "p" + std::to_string(p);
      auto producer = std::make_unique<SimProducer>(world, cluster, s, name);
      if (world->streams[s].one_instance) producer->StayWith(random.Below(scenario.instances));
      EventMaker maker(world, s, name);
      const std::int64_t segments = random.Chance(400) ? random.Between(2, 3) : 1;
      for (std::int64_t epoch = 0; epoch < segments; ++epoch) {
        const EpochChange change = epoch == 0
                                       ? EpochChange::kImplicit
                                       : ChooseChange(world->streams[s], scenario.faults, &random);
        const auto count = static_cast<std::size_t>(random.Between(16, 100) / segments);
        producer->AddSegment(maker.Make(epoch, change, count));
      }
      scenario.producers.push_back(std::move(producer));
    }
  }
  return scenario;
}

}  // namespace oncegate::sim
