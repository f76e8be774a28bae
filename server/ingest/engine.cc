#include "server/ingest/engine.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "dedupe/types/check.h"
#include "server/ingest/control_service.h"
#include "server/ingest/journal.h"
#include "server/ingest/lane.h"
#include "server/ingest/lane_thread.h"
#include "server/ingest/sink_runtime.h"
#include "server/ingest/stream_registry.h"

namespace oncegate {
namespace {

/// Events that must be judged or written one after another have one lane: those of a producer in
/// sequenced streams, those of a key in the others.
std::size_t LaneHash(const StreamSpec& spec, const Event& event) {
  const std::string_view name = IsSequenced(spec.mode) ? event.producer : event.key;
  return std::hash<std::string_view>{}(name) ^ (std::hash<std::string>{}(spec.name) * 31);
}

struct SinkLanes {
  std::unique_ptr<SinkRuntime> runtime;
  std::vector<std::unique_ptr<LaneThread>> lanes;
};

}  // namespace

struct IngestEngine::Impl {
  Impl(IngestDependencies deps, EngineSettings engine_settings,
       std::vector<EngineSink> engine_sinks)
      : dependencies(std::move(deps)),
        settings(std::move(engine_settings)),
        registry({settings.create_streams, settings.streams_max, settings.stream_defaults},
                 dependencies.observer) {
    std::vector<SinkRuntime*> runtimes;
    for (EngineSink& sink : engine_sinks) {
      SinkLanes& entry = sinks[sink.name];
      entry.runtime =
          std::make_unique<SinkRuntime>(sink.name, sink.type, std::move(sink.sink), sink.lanes,
                                        &dependencies.observer->ForSink(sink.name));
      for (std::uint32_t number = 0; number < sink.lanes; ++number) {
        LaneSettings lane{number, settings.queue_bytes_per_lane, settings.group_events,
                          settings.group_bytes};
        entry.lanes.push_back(
            std::make_unique<LaneThread>(lane, dependencies, entry.runtime.get()));
      }
      runtimes.push_back(entry.runtime.get());
    }
    if (dependencies.journal != nullptr) journal = MakeJournal();
    const auto queue_bytes = [this](const std::string& sink) {
      std::uint64_t bytes = 0;
      for (const auto& lane : sinks.at(sink).lanes) bytes += lane->lane().QueueBytes();
      return bytes;
    };
    control = std::make_unique<ControlService>(dependencies, settings, &registry,
                                               std::move(runtimes), queue_bytes, journal.get());
  }
  ~Impl() {
    if (journal) journal->StopForwarding();  // Before there are no lanes any more.
  }

  std::unique_ptr<Journal> MakeJournal();
  std::shared_ptr<const StreamSpec> FindSpec(const std::string& name) const;
  /// Into the lanes, whatever the journal holds.
  SubmitOutcome SubmitToLanes(const std::shared_ptr<Batch>& batch, bool counted);

  struct Split {
    std::vector<Lane*> lanes;
    std::vector<Part> parts;
  };

  /// A part for each lane that gets something, of every sink that the stream goes to.
  Split SplitBatch(const std::shared_ptr<Batch>& batch,
                   const std::shared_ptr<StreamRuntime>& stream);
  void SplitForSink(const std::shared_ptr<Batch>& batch,
                    const std::shared_ptr<StreamRuntime>& stream, Split* split);
  bool Reserve(const Split& split);
  bool HasRoomForIds(const Batch& batch, const StreamRuntime& stream) const;
  /// True if `holds` of each sink that the stream goes to.
  template <typename Predicate>
  bool AllSinksOf(const StreamSpec& stream, Predicate holds) const;
  void CountVerdicts(Batch* batch, StreamRuntime* stream);

  IngestDependencies dependencies;
  EngineSettings settings;
  StreamRegistry registry;
  std::unique_ptr<Journal> journal;  // Outlives the lanes, which complete its batches.
  std::map<std::string, SinkLanes> sinks;
  std::unique_ptr<ControlService> control;
  /// Held shared while a batch is admitted, so that Drain sees either all of it or nothing.
  std::shared_mutex admission;
  bool draining = false;  // Guarded by admission.
};

IngestEngine::Impl::Split IngestEngine::Impl::SplitBatch(
    const std::shared_ptr<Batch>& batch, const std::shared_ptr<StreamRuntime>& stream) {
  Split split;
  SplitForSink(batch, stream, &split);
  for (const std::shared_ptr<StreamRuntime>& further : stream->further) {
    SplitForSink(batch, further, &split);
  }
  return split;
}

void IngestEngine::Impl::SplitForSink(const std::shared_ptr<Batch>& batch,
                                      const std::shared_ptr<StreamRuntime>& stream, Split* split) {
  const auto& lanes = sinks.at(stream->spec.sink).lanes;
  std::vector<Part> by_lane(lanes.size());
  const std::size_t first_lane = LaneHash(stream->spec, batch->events.front()) % lanes.size();
  for (std::uint32_t e = 0; e < batch->events.size(); ++e) {
    const std::size_t lane = lanes.size() == 1 || batch->atomic
                                 ? first_lane
                                 : LaneHash(stream->spec, batch->events[e]) % lanes.size();
    by_lane[lane].events.push_back(e);
  }
  const std::size_t bytes = batch->Bytes();
  const SteadyTime now = dependencies.clock->Now();
  for (std::size_t l = 0; l < lanes.size(); ++l) {
    Part& part = by_lane[l];
    if (part.events.empty()) continue;
    part.batch = batch;
    part.stream = stream;
    part.records = batch->results.size();
    part.bytes = bytes * part.events.size() / batch->events.size();
    part.submitted_at = now;
    split->lanes.push_back(&lanes[l]->lane());
    split->parts.push_back(std::move(part));
  }
}

template <typename Predicate>
bool IngestEngine::Impl::AllSinksOf(const StreamSpec& stream, Predicate holds) const {
  return holds(sinks.at(stream.sink)) &&
         std::all_of(stream.further_sinks.begin(), stream.further_sinks.end(),
                     [&](const FurtherSink& further) { return holds(sinks.at(further.sink)); });
}

bool IngestEngine::Impl::Reserve(const Split& split) {
  for (std::size_t i = 0; i < split.lanes.size(); ++i) {
    if (split.lanes[i]->TryReserve(split.parts[i].bytes)) continue;
    while (i-- > 0) split.lanes[i]->Release(split.parts[i].bytes);
    return false;
  }
  return true;
}

/// At the cap only what looks like a resend is let in; the ledger has the last word on it.
bool IngestEngine::Impl::HasRoomForIds(const Batch& batch, const StreamRuntime& stream) const {
  const std::uint64_t ids = stream.ids;
  if (ids + batch.events.size() <= stream.spec.ids_max) return true;
  std::vector<std::string_view> names;
  names.reserve(batch.events.size());
  for (const Event& event : batch.events) names.push_back(event.id);
  const auto remembered = dependencies.index->ReadIds(IndexNameOf(stream.spec), names);
  if (!remembered) return false;
  const auto unknown = static_cast<std::uint64_t>(
      std::count_if(remembered->begin(), remembered->end(),
                    [](const std::optional<IndexedId>& id) { return !id.has_value(); }));
  return unknown == 0 || ids + unknown <= stream.spec.ids_max;
}

void IngestEngine::Impl::CountVerdicts(Batch* batch, StreamRuntime* stream) {
  batch->on_complete = [done = std::move(batch->on_complete),
                        stream](std::vector<EventResult> results) {
    std::array<std::uint64_t, kVerdictCount> counts{};
    for (const EventResult& result : results) ++counts[static_cast<std::size_t>(result.verdict)];
    for (std::size_t v = 0; v < counts.size(); ++v) {
      if (counts[v] != 0) stream->observer->OnVerdicts(static_cast<Verdict>(v), counts[v]);
    }
    done(std::move(results));
  };
}

std::unique_ptr<Journal> IngestEngine::Impl::MakeJournal() {
  JournalSettings journal_settings;
  journal_settings.bytes_max = settings.journal_bytes;
  journal_settings.age_max = settings.journal_age;
  journal_settings.window_bytes = settings.queue_bytes_per_lane / 2;
  const auto find = [this](const std::string& name) { return FindSpec(name); };
  const auto submit = [this](const std::shared_ptr<Batch>& batch) {
    // What was parked was counted when it came.
    return SubmitToLanes(batch, !batch->forwarded);
  };
  return std::make_unique<Journal>(dependencies.journal, dependencies, journal_settings,
                                   Journal::Hooks{find, submit});
}

std::shared_ptr<const StreamSpec> IngestEngine::Impl::FindSpec(const std::string& name) const {
  return registry.Resolve(name).stream;
}

SubmitOutcome IngestEngine::Impl::SubmitToLanes(const std::shared_ptr<Batch>& batch, bool counted) {
  const std::shared_ptr<StreamRuntime> stream = registry.Register(*batch->stream);
  if (!stream) return SubmitOutcome::kQueueFull;
  Split split = SplitBatch(batch, stream);
  if (!Reserve(split)) return SubmitOutcome::kQueueFull;
  if (!counted) CountVerdicts(batch.get(), stream.get());
  batch->ExpectParts(static_cast<std::uint32_t>(split.parts.size()),
                     static_cast<std::uint32_t>(1 + stream->further.size()));
  for (std::size_t i = 0; i < split.parts.size(); ++i) {
    split.lanes[i]->Push(std::move(split.parts[i]));
  }
  return SubmitOutcome::kAdmitted;
}

IngestEngine::IngestEngine(IngestDependencies dependencies, EngineSettings settings,
                           std::vector<EngineSink> sinks)
    : impl_(
          std::make_unique<Impl>(std::move(dependencies), std::move(settings), std::move(sinks))) {}

IngestEngine::~IngestEngine() = default;

Status IngestEngine::Start() {
  for (const StreamSpec& spec : impl_->settings.streams) {
    CHECK(impl_->sinks.contains(spec.sink));
    for (const FurtherSink& further : spec.further_sinks) {
      CHECK(impl_->sinks.contains(further.sink));
    }
    impl_->registry.Register(spec);
  }
  if (Status compared = impl_->control->CompareCatalogues(); !compared) return compared;
  if (impl_->journal) {
    if (Status recovered = impl_->journal->Recover(); !recovered) return recovered;
  }
  for (auto& [name, entry] : impl_->sinks) {
    for (auto& lane : entry.lanes) lane->Start();
  }
  if (impl_->journal) impl_->journal->Start();
  impl_->control->Start();
  return Ok();
}

bool IngestEngine::Drain(SteadyTime deadline) {
  {
    std::unique_lock lock(impl_->admission);
    impl_->draining = true;
  }
  if (impl_->journal) impl_->journal->StopForwarding();
  for (auto& [name, entry] : impl_->sinks) {
    for (auto& lane : entry.lanes) lane->FinishBy(deadline);
  }
  bool finished = true;
  for (auto& [name, entry] : impl_->sinks) {
    for (auto& lane : entry.lanes) finished = lane->Join() && finished;
  }
  if (impl_->journal) impl_->journal->Stop();
  impl_->control->Stop();
  return finished;
}

Control& IngestEngine::control() { return *impl_->control; }

std::vector<SinkReadiness> IngestEngine::Sinks() const {
  std::vector<SinkReadiness> all;
  for (const auto& [name, entry] : impl_->sinks) {
    const SinkRuntime& runtime = *entry.runtime;
    all.push_back({name, runtime.type(), runtime.State(), runtime.LastError()});
  }
  return all;
}

std::map<std::string, DeliveryReport> IngestEngine::Deliveries() const {
  std::map<std::string, DeliveryReport> all;
  for (const auto& [name, entry] : impl_->sinks) {
    if (const std::optional<DeliveryReport> report = entry.runtime->Delivery()) {
      all.emplace(name, *report);
    }
  }
  return all;
}

std::vector<JournalFigures> IngestEngine::JournalPending() const {
  return impl_->journal ? impl_->journal->Figures() : std::vector<JournalFigures>();
}

FoundStream IngestEngine::ResolveStream(std::string_view name) {
  return impl_->registry.Resolve(name);
}

FoundStream IngestEngine::FindStream(std::string_view name) {
  const std::shared_ptr<StreamRuntime> runtime = impl_->registry.Find(name);
  if (!runtime) return {};
  return {StreamLookup::kFound, std::shared_ptr<const StreamSpec>(runtime, &runtime->spec)};
}

bool IngestEngine::HasRoom(const StreamSpec& stream, std::size_t bytes) const {
  if (stream.ack == Acknowledgement::kJournal) return true;  // Whatever the lanes have.
  return impl_->AllSinksOf(stream, [bytes](const SinkLanes& sink) {
    return std::any_of(sink.lanes.begin(), sink.lanes.end(),
                       [&](const auto& lane) { return lane->lane().HasRoom(bytes); });
  });
}

SubmitOutcome IngestEngine::Submit(std::shared_ptr<Batch> batch) {
  if (batch->events.empty()) {
    // Nothing to judge and no stream to make: the decoder's results are the answer.
    if (const auto stream = impl_->registry.Find(batch->stream->name)) {
      impl_->CountVerdicts(batch.get(), stream.get());
    }
    batch->Expire(Code::kAtomicAborted);
    return SubmitOutcome::kAdmitted;
  }
  if (batch->atomic && (batch->events.size() > impl_->settings.group_events ||
                        batch->Bytes() > impl_->settings.group_bytes)) {
    return SubmitOutcome::kGroupTooLarge;
  }
  std::shared_lock lock(impl_->admission);
  if (impl_->draining) return SubmitOutcome::kShuttingDown;
  const std::shared_ptr<StreamRuntime> stream = impl_->registry.Register(*batch->stream);
  if (!stream) return SubmitOutcome::kQueueFull;
  if (stream->spec.mode == DedupeMode::kId) {
    bool has_room = impl_->HasRoomForIds(*batch, *stream);
    for (const auto& further : stream->further) {
      has_room = has_room && impl_->HasRoomForIds(*batch, *further);
    }
    if (!has_room) return SubmitOutcome::kIdCapacity;
  }
  if (!impl_->journal) return impl_->SubmitToLanes(batch, false);
  impl_->CountVerdicts(batch.get(), stream.get());
  const auto sinks_are_up = [&] {
    return impl_->AllSinksOf(stream->spec, [](const SinkLanes& sink) {
      return sink.runtime->State() == SinkState::kUp;
    });
  };
  switch (impl_->journal->Pass(batch, stream->spec, sinks_are_up)) {
    case Journal::Outcome::kTaken:
      return SubmitOutcome::kAdmitted;
    case Journal::Outcome::kFull:
      return batch->ack == Acknowledgement::kJournal ? SubmitOutcome::kJournalFull
                                                     : SubmitOutcome::kQueueFull;
    case Journal::Outcome::kToSink:
      break;
  }
  return impl_->SubmitToLanes(batch, true);
}

}  // namespace oncegate
