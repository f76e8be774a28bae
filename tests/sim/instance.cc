#include "tests/sim/instance.h"

#include <algorithm>
#include <utility>

#include "dedupe/types/check.h"
#include "server/ingest/backoff.h"
#include "server/ingest/catalogue.h"
#include "tests/sim/oracle.h"

namespace oncegate::sim {
namespace {

constexpr std::size_t kLanes = 2;
constexpr std::size_t kGroupEvents = 24;
constexpr std::chrono::seconds kFingerprintRetention{40};
constexpr std::int64_t kWallStartMicroseconds = 1'800'000'000'000'000;
// Above the highest level: nothing is written, and nothing is made to be written.
constexpr auto kSilent = static_cast<LogLevel>(255);

}  // namespace

SimClock::SimClock(World* world)
    : world_(world),
      started_(world->scheduler.now()),
      wall_at_start_us_(kWallStartMicroseconds + world->scheduler.now_us() +
                        world->wall_offset.count()) {}

WallTime SimClock::Wall() {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(Now() - started_);
  return {wall_at_start_us_ + since.count()};
}

Token SimRandom::NewToken() {
  Token token;
  for (std::uint8_t& byte : token.bytes) {
    byte = static_cast<std::uint8_t>(world_->scheduler.random().Next());
  }
  return token;
}

Instance::Instance(World* world, int number, Disks* disks)
    : world_(world),
      number_(number),
      clock_(world),
      random_(world),
      observer_(world),
      logger_(kSilent),
      index_(world, &disks->index),
      journal_store_(world, &disks->journal),
      registry_({.create_streams = false, .streams_max = 100, .defaults = {}}, &observer_),
      sink_("main", "sim", std::make_unique<SimSink>(world), kLanes, &observer_) {
  for (const SimStream& stream : world->streams) registry_.Register(stream.spec);
  if (world->HasJournal()) StartJournal();
  StartLanes();
  Maintenance::Settings sweeps{"main", true, kFingerprintRetention};
  maintenance_ = std::make_unique<Maintenance>(
      sweeps, Dependencies(), &registry_, [this](SinkSession* session) -> SinkStatus {
        const auto records = session->ListStreams();
        if (!records) return records.error();
        const Status taken = TakeCatalogue("main", *records, StreamSpec{}, &registry_);
        if (!taken) world_->oracle->Fail("the catalogue contradicts: " + taken.error().message);
        return {};
      });
  control_ = world->scheduler.Spawn(number, name() + ".control", [this] { RunControl(); });
}

Instance::~Instance() {
  dead_ = true;
  world_->scheduler.Kill(number_);
}

IngestDependencies Instance::Dependencies() {
  return {&clock_, &random_, &index_, &observer_, &logger_, FingerprintOfText, &journal_store_};
}

void Instance::StartLanes() {
  LaneSettings settings;
  settings.group_events_max = kGroupEvents;
  settings.queue_bytes_max = world_->bounds.lane_bytes;
  lanes_.resize(kLanes);
  for (std::size_t l = 0; l < kLanes; ++l) {
    settings.number = static_cast<std::uint32_t>(l);
    lanes_[l].lane = std::make_unique<Lane>(settings, Dependencies(), &sink_);
    Spawn(".lane" + std::to_string(l), &lanes_[l].worker, [this, lane = lanes_[l].lane.get()] {
      const std::optional<SteadyTime> due = lane->RunOnce();
      WakeJournal();  // Entries may be settled.
      return due;
    });
  }
}

void Instance::Spawn(const std::string& name, Worker* worker,
                     std::function<std::optional<SteadyTime>()> step) {
  const auto run = [this, worker, label = name.substr(1), step = std::move(step)] {
    for (;;) {
      worker->woken = false;
      const std::optional<SteadyTime> due = step();
      if (worker->woken || (due && *due <= clock_.Now())) {
        world_->scheduler.Point(label);
      } else {
        world_->scheduler.SleepUntil(due.value_or(SteadyTime::max()));
      }
    }
  };
  worker->fiber = world_->scheduler.Spawn(number_, this->name() + name, run);
}

void Instance::Wake(Worker* worker) {
  worker->woken = true;
  if (worker->fiber != nullptr) world_->scheduler.Wake(worker->fiber);
}

void Instance::Post(ControlWork work) {
  work_.push_back(std::move(work));
  world_->scheduler.Wake(control_);
}

SinkResult<SimSession*> Instance::ControlSession() {
  if (!control_session_ || !control_session_->IsUsable()) {
    control_session_.reset();
    SinkResult<std::unique_ptr<SinkSession>> session = sink_.Connect();
    if (!session) return session.error();
    control_session_ = std::move(*session);
  }
  return static_cast<SimSession*>(control_session_.get());
}

SinkStatus Instance::RunControlStep(SteadyTime* background_due) {
  const SinkResult<SimSession*> session = ControlSession();
  if (!session) return session.error();
  if (!work_.empty()) {
    (*session)->SetPurpose(work_.front().purpose);
    SinkStatus ran = work_.front().run(*session);
    if (ran) work_.pop_front();
    return ran;
  }
  (*session)->SetPurpose(Purpose::kExpire);
  const SinkResult<SteadyTime> next = maintenance_->RunSlice(*session);
  if (!next) return next.error();
  *background_due = *next;
  return {};
}

void Instance::RunControl() {
  Backoff backoff;
  SteadyTime background_due = clock_.Now();
  for (;;) {
    if (work_.empty() && clock_.Now() < background_due) {
      world_->scheduler.SleepUntil(background_due);
      continue;
    }
    if (RunControlStep(&background_due)) {
      backoff.Reset();
      world_->scheduler.Point("control");
      continue;
    }
    if (control_session_ && control_session_->IsUsable()) control_session_->Rollback();
    world_->scheduler.SleepUntil(backoff.Next(clock_.Now()));
  }
}

}  // namespace oncegate::sim
