// The part of Instance that takes requests: into the journal, and into the lanes.
#include <algorithm>
#include <utility>

#include "dedupe/types/check.h"
#include "tests/sim/instance.h"
#include "tests/sim/oracle.h"

namespace oncegate::sim {
namespace {

constexpr std::size_t kDoors = 2;

// std::hash gives the same on every run, but not on every library.
std::size_t HashName(std::string_view name) {
  std::size_t hash = 17;
  for (const char character : name) hash = hash * 31 + static_cast<unsigned char>(character);
  return hash;
}

}  // namespace

void Instance::StartJournal() {
  JournalSettings settings;
  settings.bytes_max = world_->bounds.journal_bytes;
  settings.age_max = world_->bounds.journal_age;
  settings.window_bytes = world_->bounds.lane_bytes / 2;
  Journal::Hooks hooks;
  hooks.find_stream = [this](const std::string& stream) {
    return registry_.Resolve(stream).stream;
  };
  hooks.submit = [this](const std::shared_ptr<Batch>& batch) { return SubmitToLanes(batch); };
  journal_ = std::make_unique<Journal>(&journal_store_, Dependencies(), settings, hooks);
  const Status recovered = journal_->Recover();
  if (!recovered) world_->oracle->Fail("no start: " + recovered.error().message);
  for (const JournalFigures& figures : journal_->Figures()) {
    if (figures.events != 0) world_->Count(Happening::kJournalRecovered);
  }
  Spawn(".writer", &writer_, [this] {
    const std::optional<SteadyTime> due = journal_->RunWriterOnce();
    Wake(&forwarder_);
    return due;
  });
  Spawn(".forwarder", &forwarder_, [this] { return journal_->RunForwarderOnce(); });
  doors_.resize(kDoors);
  for (std::size_t d = 0; d < kDoors; ++d) {
    Spawn(".door" + std::to_string(d), &doors_[d], [this] { return TakeRequest(); });
  }
}

void Instance::WakeJournal() {
  if (!journal_) return;
  Wake(&writer_);
  Wake(&forwarder_);
}

bool Instance::IsPending(const PurgeRequest& request) const {
  const bool forgets = request.mode == PurgeMode::kForget || request.ids_older_than;
  if (!journal_ || !forgets) return false;
  if (request.producer) return journal_->IsPending(request.stream, *request.producer);
  if (request.producer_prefix) {
    return journal_->IsPrefixPending(request.stream, *request.producer_prefix);
  }
  return journal_->HasEntries(request.stream);
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
  batch->ack = request.ack;
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
  batch->on_complete = [this, answer = std::move(answer)](std::vector<EventResult> results) {
    if (!dead_) answer(results);
  };
  return batch;
}

void Instance::Submit(const Request& request, Answer answer) {
  const std::shared_ptr<Batch> batch = MakeBatch(request, std::move(answer));
  if (!journal_) return Admit(batch);
  arrived_.push_back(batch);
  for (Worker& door : doors_) Wake(&door);
}

std::optional<SteadyTime> Instance::TakeRequest() {
  if (arrived_.empty()) return std::nullopt;
  const std::shared_ptr<Batch> batch = std::move(arrived_.front());
  arrived_.pop_front();
  Admit(batch);
  WakeJournal();
  return clock_.Now();
}

void Instance::Admit(const std::shared_ptr<Batch>& batch) {
  Journal::Outcome outcome = Journal::Outcome::kToSink;
  if (journal_) {
    outcome =
        journal_->Pass(batch, *batch->stream, [this] { return sink_.State() == SinkState::kUp; });
  }
  if (outcome == Journal::Outcome::kTaken) return;
  if (outcome == Journal::Outcome::kToSink && SubmitToLanes(batch) == SubmitOutcome::kAdmitted) {
    return;
  }
  // 429 or 503: nothing was taken.
  world_->Count(Happening::kRefusedFull);
  batch->Expire(Code::kShuttingDown);
}

SubmitOutcome Instance::SubmitToLanes(const std::shared_ptr<Batch>& batch) {
  const std::shared_ptr<StreamRuntime> stream = registry_.Find(batch->stream->name);
  std::vector<Part> parts(lanes_.size());
  const std::size_t first_lane = LaneOf(stream->spec, batch->events.front());
  for (std::uint32_t e = 0; e < batch->events.size(); ++e) {
    const std::size_t lane = batch->atomic ? first_lane : LaneOf(stream->spec, batch->events[e]);
    parts[lane].events.push_back(e);
  }
  std::uint32_t parts_used = 0;
  for (std::size_t l = 0; l < parts.size(); ++l) {
    Part& part = parts[l];
    if (part.events.empty()) continue;
    ++parts_used;
    part.batch = batch;
    part.stream = stream;
    part.records = batch->results.size();
    part.bytes = batch->Bytes() * part.events.size() / batch->events.size();
    part.submitted_at = clock_.Now();
    if (lanes_[l].lane->TryReserve(part.bytes)) continue;
    while (l-- > 0) {
      if (!parts[l].events.empty()) lanes_[l].lane->Release(parts[l].bytes);
    }
    return SubmitOutcome::kQueueFull;
  }
  batch->ExpectParts(parts_used);
  for (std::size_t l = 0; l < parts.size(); ++l) {
    if (parts[l].events.empty()) continue;
    lanes_[l].lane->Push(std::move(parts[l]));
    Wake(&lanes_[l].worker);
  }
  return SubmitOutcome::kAdmitted;
}

}  // namespace oncegate::sim
