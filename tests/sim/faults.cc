#include "tests/sim/faults.h"

#include <algorithm>
#include <utility>

#include "server/ingest/letter_run.h"
#include "server/ingest/purge.h"
#include "tests/sim/oracle.h"

namespace oncegate::sim {
namespace {

constexpr std::chrono::microseconds kDay = std::chrono::hours(24);
// A failed-over replica lacks so many commits at most.
constexpr std::size_t kReplicaLagMax = 6;
// Fibers that are no part of any instance.
constexpr int kForeignOwner = -1;

}  // namespace

void SimCluster::Make(std::size_t instances) {
  for (std::size_t i = 0; i < instances; ++i)
    slots_.push_back({std::make_unique<Disks>(), nullptr});
  for (std::size_t i = 0; i < instances; ++i) Start(i);
}

void SimCluster::Start(std::size_t number) {
  Slot& slot = slots_[number];
  if (slot.instance) return;
  slot.instance = std::make_unique<Instance>(world_, static_cast<int>(number), slot.disks.get());
}

void SimCluster::Crash(std::size_t number) { slots_[number].instance.reset(); }

std::string SimCluster::WhatIsLeft() const {
  std::string left;
  for (const Slot& slot : slots_) {
    for (const auto& [key, entry] : slot.disks->journal.disk.state().entries) {
      left += "; entry " + std::to_string(key.second) + " of " + key.first;
    }
    if (slot.instance && slot.instance->HasWork()) left += "; control work or requests";
  }
  return left;
}

void SimCluster::StopAll() {
  world_->scheduler.Kill(kForeignOwner);
  for (Slot& slot : slots_) slot.instance.reset();
}

void Faults::Strike(int times, Milliseconds duration, void (Faults::*fault)()) {
  for (int i = 0; i < times; ++i) {
    const Milliseconds when(world_->scheduler.random().Between(1, duration.count()));
    world_->scheduler.After(when, [this, fault] {
      if (!healed_) (this->*fault)();
    });
  }
}

void Faults::Plan(Milliseconds duration) {
  const FaultPlan& plan = scenario_->faults;
  world_->rates = plan.rates;
  Strike(plan.crashes, duration, &Faults::CrashOne);
  Strike(plan.zombies, duration, &Faults::FreezeOne);
  Strike(plan.outages, duration, &Faults::SinkOutage);
  Strike(plan.restores, duration, &Faults::PutSinkBack);
  Strike(plan.ledger_losses, duration, &Faults::EmptyLedger);
  Strike(plan.clock_jumps, duration, &Faults::JumpClock);
  Strike(plan.purges, duration, &Faults::Purge);
  Strike(plan.index_copies, duration, &Faults::CopyIndex);
  Strike(plan.foreign_writers, duration, &Faults::ForeignWriter);
  Strike(plan.long_outages, duration, &Faults::LongOutage);
  Strike(plan.mends ? 1 : 0, duration, &Faults::MendTables);
  Strike(plan.replays, duration, &Faults::Replay);
}

void Faults::Heal() {
  healed_ = true;
  world_->scheduler.Note("heal");
  world_->rates = FaultRates{};
  world_->sink_away_until = {};
  for (std::size_t i = 0; i < cluster_->size(); ++i) {
    world_->scheduler.Thaw(static_cast<int>(i));
    cluster_->Start(i);
  }
  for (const auto& producer : scenario_->producers) producer->Hurry();
  if (scenario_->faults.mends) ReplayAll();
}

std::size_t Faults::AnyInstance() { return world_->scheduler.random().Below(cluster_->size()); }

void Faults::StrikeInstance(void (Faults::*fault)(int number)) {
  SeededRandom& random = world_->scheduler.random();
  if (random.Chance(300)) return (this->*fault)(static_cast<int>(AnyInstance()));
  world_->LieInWait(random.Below(40), [this, fault](int owner) {
    if (!healed_) (this->*fault)(owner);
  });
}

void Faults::CrashOne() { StrikeInstance(&Faults::Crash); }
void Faults::FreezeOne() { StrikeInstance(&Faults::Freeze); }

void Faults::Crash(int instance) {
  const auto number = static_cast<std::size_t>(instance);
  if (cluster_->Running(number) == nullptr) return;
  SeededRandom& random = world_->scheduler.random();
  world_->Count(Happening::kCrash);
  cluster_->Crash(number);
  IndexDisk* const index = &cluster_->disks(number)->index;
  // The machine went down with it.
  const bool is_power_lost = random.Chance(400);
  if (is_power_lost && world_->HasJournal()) {
    const bool lost = cluster_->disks(number)->journal.disk.LoseTail(&random);
    world_->Count(lost ? Happening::kJournalTailLost : Happening::kJournalTailKept);
  }
  if (is_power_lost && index->LoseTail(&random)) world_->Count(Happening::kIndexTailLost);
  switch (random.Below(5)) {
    case 0:
      index->LoseAll();
      world_->Count(Happening::kIndexLost);
      break;
    case 1:
      index->PutCopyBack();
      world_->Count(Happening::kIndexOldCopy);
      break;
    default:
      break;
  }
  world_->scheduler.After(Milliseconds(random.Between(1, 8'000)), [this, number] {
    world_->Count(Happening::kRestart);
    cluster_->Start(number);
  });
}

void Faults::CopyIndex() { cluster_->disks(AnyInstance())->index.KeepCopy(); }

void Faults::Freeze(int number) {
  world_->Count(Happening::kZombie);
  world_->scheduler.Freeze(number);
  world_->scheduler.After(Milliseconds(world_->scheduler.random().Between(500, 25'000)),
                          [this, number] { world_->scheduler.Thaw(number); });
}

void Faults::SinkOutage() {
  world_->Count(Happening::kSinkOutage);
  world_->sink_away_until =
      world_->scheduler.now() + Milliseconds(world_->scheduler.random().Between(100, 6'000));
}

void Faults::LongOutage() {
  world_->Count(Happening::kLongOutage);
  const Milliseconds lasts(world_->scheduler.random().Between(10'000, 35'000));
  world_->sink_away_until = std::max(world_->sink_away_until, world_->scheduler.now() + lasts);
}

void Faults::PutSinkBack() {
  SeededRandom& random = world_->scheduler.random();
  const std::size_t version = world_->database.version();
  const bool failover = random.Chance(500);
  const std::size_t lost = failover ? random.Below(kReplicaLagMax) : random.Below(version + 1);
  const bool broken = random.Chance(500);
  if (broken) ++world_->connection_generation;
  world_->Count(failover ? Happening::kFailover
                : broken ? Happening::kRestoreBroken
                         : Happening::kRestoreSilent);
  const std::size_t to = version - std::min(lost, version);
  world_->scheduler.Note("rewind",
                         [&] { return std::to_string(version) + " -> " + std::to_string(to); });
  ++world_->lineages;
  world_->database.Rewind(to);
  world_->oracle->OnRewound();
  for (const auto& producer : scenario_->producers) producer->OnRewind(to);
}

void Faults::EmptyLedger() {
  world_->Count(Happening::kLedgerEmptied);
  world_->database.AbortAll();
  Changes changes;
  for (const auto& [name, cell] : world_->database.cells()) {
    if (name.front() == 'L' || name.front() == 'I') changes[name] = std::nullopt;
    if (name.front() == 'E') changes[name] = EffectCell{};
  }
  world_->oracle->NoteLedgerEmptied();
  world_->database.Change(std::move(changes));
}

void Faults::JumpClock() {
  const bool forward = world_->scheduler.random().Chance(500);
  world_->Count(forward ? Happening::kClockForward : Happening::kClockBack);
  world_->wall_offset += forward ? kDay : -kDay;
}

void Faults::ForeignWriter() {
  SeededRandom& random = world_->scheduler.random();
  std::vector<std::string> rows;
  for (const auto& [name, cell] : world_->database.cells()) {
    if (name.front() == 'R') rows.push_back(name);
  }
  random.Shuffle(&rows);
  rows.resize(std::min<std::size_t>(rows.size(), 8));
  world_->scheduler.Spawn(kForeignOwner, "foreign", [this, rows] {
    SimSession session(world_);
    if (session.Begin()) static_cast<void>(session.LockRows(rows));
    session.Rollback();
  });
}

void Faults::MendTables() {
  world_->Count(Happening::kMended);
  for (SimStream& stream : world_->streams) stream.is_mended = true;
}

void Faults::Replay() {
  SeededRandom& random = world_->scheduler.random();
  const StreamSpec& stream = world_->streams[random.Below(world_->streams.size())].spec;
  LetterRequest request;
  request.dry_run = random.Chance(100);
  if (random.Chance(600)) {
    request.stream = stream.name;
    request.page.limit = static_cast<std::uint32_t>(random.Between(1, 20));
  } else {
    const std::string head = LetterName(stream.name + ":");
    const Cells& cells = world_->database.cells();
    for (auto cell = cells.lower_bound(head); cell != cells.end() && cell->first.starts_with(head);
         ++cell) {
      if (random.Chance(500)) request.ids.push_back(std::get<LetterCell>(cell->second).letter.id);
    }
    if (request.ids.empty()) return;
  }
  const bool twice = random.Chance(500);
  if (twice) world_->Count(Happening::kReplayTwice);
  const std::size_t first = AnyInstance();
  PostReplay(cluster_->Running(first), stream, request);
  if (twice) PostReplay(cluster_->Running((first + 1) % cluster_->size()), stream, request);
}

void Faults::ReplayAll() {
  for (const SimStream& stream : world_->streams) {
    LetterRequest request;
    request.stream = stream.spec.name;
    request.dry_run = false;
    PostReplay(cluster_->Running(AnyInstance()), stream.spec, request);
  }
}

void Faults::PostReplay(Instance* instance, const StreamSpec& stream,
                        const LetterRequest& request) {
  if (instance == nullptr || !stream.keeps_dead_letters) return;
  auto run = std::make_shared<LetterRun>(LetterAction::kReplay, request, instance->Dependencies());
  instance->Post({Purpose::kReplay, [this, run, &stream](SinkSession* session) -> SinkStatus {
                    if (!run->is_collected()) {
                      if (SinkStatus found = run->Collect(session, stream); !found) return found;
                    }
                    if (SinkStatus done = run->Run(session, stream); !done) return done;
                    world_->Count(Happening::kReplay);
                    for (std::size_t i = 0; i < run->report().refused.size(); ++i) {
                      world_->Count(Happening::kLetterRefused);
                    }
                    return {};
                  }});
}

void Faults::Purge() {
  SeededRandom& random = world_->scheduler.random();
  const SimProducer& producer = *scenario_->producers[random.Below(scenario_->producers.size())];
  const StreamSpec& spec = world_->streams[producer.stream()].spec;
  Instance* const instance = cluster_->Running(AnyInstance());
  if (instance == nullptr) return;
  PurgeRequest request;
  request.stream = spec.name;
  request.dry_run = false;
  if (spec.mode == DedupeMode::kId) {
    request.ids_older_than = std::chrono::seconds(random.Between(0, 10));
  } else if (IsSequenced(spec.mode)) {
    switch (random.Below(4)) {
      case 0:
        request.producer_prefix = "p";
        break;
      case 1:
        request.idle_longer_than = std::chrono::seconds(random.Between(0, 10));
        break;
      default:
        request.producer = producer.name();
        break;
    }
    request.mode = random.Chance(500) ? PurgeMode::kForget : PurgeMode::kSeal;
    if (spec.mode == DedupeMode::kWindow && random.Chance(500)) {
      request.through_sequence = random.Between(0, 20);
    }
  } else {
    return;
  }
  const bool forgets = request.mode != PurgeMode::kSeal;
  if (!forgets) world_->sealed.insert(spec.name);
  auto run = std::make_shared<PurgeRun>(request, spec, instance->purge_dependencies());
  instance->Post({forgets ? Purpose::kForget : Purpose::kSeal,
                  [this, run, forgets, request, instance](SinkSession* session) -> SinkStatus {
                    if (run->done() == 0 && instance->IsPending(request)) return {};
                    const SinkResult<bool> done = run->DoSlice(session);
                    if (!done) return done.error();
                    world_->Count(forgets ? Happening::kForget : Happening::kSeal);
                    return {};
                  }});
}

}  // namespace oncegate::sim
