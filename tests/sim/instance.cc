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

// std::hash gives the same on every run, but not on every library.
std::size_t HashName(std::string_view name) {
  std::size_t hash = 17;
  for (const char character : name) hash = hash * 31 + static_cast<unsigned char>(character);
  return hash;
}

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

Instance::Instance(World* world, int number, SimDisk* disk)
    : world_(world),
      number_(number),
      clock_(world),
      random_(world),
      observer_(world),
      logger_(kSilent),
      index_(world, disk),
      registry_({.create_streams = false, .streams_max = 100, .defaults = {}}, &observer_),
      sink_("main", "sim", std::make_unique<SimSink>(world), kLanes, &observer_) {
  for (const SimStream& stream : world->streams) registry_.Register(stream.spec);
  const std::string name = "i" + std::to_string(number);
  LaneSettings settings;
  settings.group_events_max = kGroupEvents;
  for (std::size_t l = 0; l < kLanes; ++l) {
    settings.number = static_cast<std::uint32_t>(l);
    lanes_.push_back({std::make_unique<Lane>(settings, Dependencies(), &sink_), nullptr});
    Lane* const lane = lanes_.back().lane.get();
    lanes_.back().fiber = world->scheduler.Spawn(number, name + ".lane" + std::to_string(l),
                                                 [this, lane] { RunLane(lane); });
  }
  Maintenance::Settings sweeps{"main", true, kFingerprintRetention};
  maintenance_ = std::make_unique<Maintenance>(
      sweeps, Dependencies(), &registry_, [this](SinkSession* session) -> SinkStatus {
        const auto records = session->ListStreams();
        if (!records) return records.error();
        const Status taken = TakeCatalogue("main", *records, StreamSpec{}, &registry_);
        if (!taken) world_->oracle->Fail("the catalogue contradicts: " + taken.error().message);
        return {};
      });
  control_ = world->scheduler.Spawn(number, name + ".control", [this] { RunControl(); });
}

Instance::~Instance() { world_->scheduler.Kill(number_); }

IngestDependencies Instance::Dependencies() {
  return {&clock_, &random_, &index_, &observer_, &logger_, FingerprintOfText};
}

void Instance::RunLane(Lane* lane) {
  for (;;) {
    const std::optional<SteadyTime> due = lane->RunOnce();
    if (due && *due <= clock_.Now()) {
      world_->scheduler.Point("lane");
    } else {
      world_->scheduler.SleepUntil(due.value_or(SteadyTime::max()));
    }
  }
}

std::size_t Instance::LaneOf(const StreamSpec& spec, const Event& event) const {
  const std::string_view name = IsSequenced(spec.mode) ? event.producer : event.key;
  return (HashName(name) ^ HashName(spec.name)) % lanes_.size();
}

std::shared_ptr<Batch> Instance::MakeBatch(const Request& request, Answer answer) const {
  auto batch = std::make_shared<Batch>();
  const StreamSpec& spec = world_->streams[request.stream].spec;
  batch->stream = std::make_shared<StreamSpec>(spec);
  batch->results.resize(request.events.size());
  batch->atomic = request.atomic;
  batch->deadline = world_->scheduler.now() + request.timeout;
  const auto keep = [&](const std::string& text) -> std::string_view {
    return batch->arena.emplace_back(text);
  };
  for (const SimEvent& sent : request.events) {
    Event event;
    event.producer = keep(sent.producer);
    event.epoch = sent.epoch;
    event.sequence = sent.sequence;
    event.id = keep(sent.id);
    event.key = keep(sent.key);
    event.operation = sent.operation;
    event.version = sent.version;
    event.after = sent.after;
    event.event_time = WallTime{sent.uid};
    event.value = keep(sent.value);
    event.fingerprint = FingerprintOfText(sent.operation, sent.key, sent.version, sent.value);
    event.index = static_cast<std::uint32_t>(batch->events.size());
    batch->events.push_back(event);
  }
  batch->on_complete = [answer = std::move(answer)](std::vector<EventResult> results) {
    answer(results);
  };
  return batch;
}

void Instance::Submit(const Request& request, Answer answer) {
  const std::shared_ptr<Batch> batch = MakeBatch(request, std::move(answer));
  const std::shared_ptr<StreamRuntime> stream = registry_.Find(batch->stream->name);
  std::vector<Part> parts(lanes_.size());
  const std::size_t first_lane = LaneOf(stream->spec, batch->events.front());
  for (std::uint32_t e = 0; e < batch->events.size(); ++e) {
    const std::size_t lane = batch->atomic ? first_lane : LaneOf(stream->spec, batch->events[e]);
    parts[lane].events.push_back(e);
  }
  std::uint32_t parts_used = 0;
  for (Part& part : parts) {
    if (part.events.empty()) continue;
    ++parts_used;
    part.batch = batch;
    part.stream = stream;
    part.records = batch->results.size();
    part.bytes = batch->Bytes() * part.events.size() / batch->events.size();
    part.submitted_at = clock_.Now();
  }
  batch->ExpectParts(parts_used);
  for (std::size_t l = 0; l < parts.size(); ++l) {
    if (parts[l].events.empty()) continue;
    CHECK(lanes_[l].lane->TryReserve(parts[l].bytes));  // No producer sends that much.
    lanes_[l].lane->Push(std::move(parts[l]));
    world_->scheduler.Wake(lanes_[l].fiber);
  }
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
