#include "server/ingest/control_service.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "server/config/limits.h"
#include "server/ingest/catalogue.h"
#include "server/ingest/journal.h"
#include "server/ingest/ledger_edit.h"
#include "server/ingest/producer_bump.h"
#include "server/ingest/producer_report.h"

namespace oncegate {
namespace {

constexpr std::size_t kJobsMax = 100;
// A job's slices have no caller who waits; a sink that stays away longer fails the job.
constexpr std::chrono::minutes kJobSliceTimeout{10};

ControlError NotFound(std::string message) {
  return {ControlErrorKind::kNotFound, std::move(message), std::nullopt};
}

ControlError UnknownStream() {
  return {ControlErrorKind::kUnknownStream, "there is no stream of that name", std::nullopt};
}

std::string DescribePurge(const PurgeRequest& request) {
  std::string text =
      request.mode == PurgeMode::kForget || request.ids_older_than ? "forget" : "seal";
  if (request.producer) text += " producer " + *request.producer;
  if (request.producer_prefix) text += " producers with prefix " + *request.producer_prefix;
  if (request.idle_longer_than) {
    text += " producers idle for " + std::to_string(request.idle_longer_than->count()) + " s";
  }
  if (request.ids_older_than) {
    text += " ids older than " + std::to_string(request.ids_older_than->count()) + " s";
  }
  if (request.through_sequence) text += " through " + std::to_string(*request.through_sequence);
  return text;
}

/// Cuts an ordered list to one page; `name_of` gives what `after` compares with.
template <typename T, typename NameOf>
Listing<T> Cut(std::vector<T> all, const Page& page, NameOf name_of) {
  Listing<T> listing;
  for (T& item : all) {
    if (!page.after.empty() && name_of(item) <= page.after) continue;
    if (listing.items.size() == page.limit) {
      listing.next = name_of(listing.items.back());
      break;
    }
    listing.items.push_back(std::move(item));
  }
  return listing;
}

}  // namespace

ControlService::ControlService(const IngestDependencies& dependencies,
                               const EngineSettings& settings, StreamRegistry* registry,
                               std::vector<SinkRuntime*> sinks, QueueBytes queue_bytes,
                               const Journal* journal)
    : dependencies_(dependencies),
      defaults_(settings.stream_defaults),
      registry_(registry),
      queue_bytes_(std::move(queue_bytes)),
      journal_(journal) {
  for (SinkRuntime* runtime : sinks) {
    ControlledSink& entry = sinks_[runtime->name()];
    entry.runtime = runtime;
    Maintenance::Settings maintenance{runtime->name(), runtime == sinks.front(),
                                      settings.fingerprint_retention};
    entry.maintenance =
        std::make_unique<Maintenance>(maintenance, dependencies_, registry_,
                                      [this, name = runtime->name()](SinkSession* session) {
                                        return RefreshCatalogue(name, session);
                                      });
    entry.thread = std::make_unique<ControlThread>(
        dependencies_.clock, runtime, [maintained = entry.maintenance.get()](SinkSession* session) {
          return maintained->RunSlice(session);
        });
  }
}

Status ControlService::CompareCatalogues() {
  for (auto& [name, entry] : sinks_) {
    const SinkResult<SinkSession*> session = entry.thread->Session();
    if (!session) {
      if (session.error().error_class == SinkErrorClass::kRefused) {
        return Error{"sink \"" + name + "\": " + session.error().message};
      }
      dependencies_.logger->Log(
          LogLevel::kWarning, "The sink can not be reached yet; events wait until it can",
          {{"sink", std::string_view(name)}, {"error", std::string_view(session.error().message)}});
      continue;
    }
    const auto records = (*session)->ListStreams();
    if (!records) continue;
    if (Status taken = TakeCatalogue(name, *records, defaults_, registry_); !taken) return taken;
    for (const auto& stream : registry_->List()) {
      if (stream->spec.sink != name || stream->spec.implicit) continue;
      const SinkStatus ensured = (*session)->EnsureStream(stream->spec.target);
      if (ensured) {
        stream->ensured = true;
      } else if (ensured.error().error_class == SinkErrorClass::kRefused) {
        return Error{"stream \"" + stream->spec.name + "\": " + ensured.error().message};
      }
    }
  }
  return Ok();
}

void ControlService::Start() {
  for (auto& [name, entry] : sinks_) entry.thread->Start();
}

void ControlService::Stop() {
  for (auto& [name, entry] : sinks_) entry.thread->Stop();
}

SinkStatus ControlService::RefreshCatalogue(const std::string& sink, SinkSession* session) {
  const auto records = session->ListStreams();
  if (!records) return records.error();
  const Status taken = TakeCatalogue(sink, *records, defaults_, registry_);
  if (!taken) {
    dependencies_.logger->Log(
        LogLevel::kError, "A stream contradicts the sink's catalogue",
        {{"sink", std::string_view(sink)}, {"error", std::string_view(taken.error().message)}});
  }
  return {};
}

void ControlService::PostForStream(const std::string& stream, SteadyTime deadline, StreamWork work,
                                   const std::function<void(ControlError)>& refuse) {
  if (!IsValidStreamName(stream)) {
    refuse(UnknownStream());
    return;
  }
  const std::shared_ptr<StreamRuntime> known = registry_->Find(stream);
  const std::string sink = known ? known->spec.sink : defaults_.sink;
  ControlTask task;
  task.deadline = deadline;
  task.run = [this, stream, sink, work = std::move(work),
              refuse](SinkSession* session) -> SinkStatus {
    std::shared_ptr<StreamRuntime> runtime = registry_->Find(stream);
    if (!runtime) {
      // Another instance may have made it.
      if (const SinkStatus refreshed = RefreshCatalogue(sink, session); !refreshed) {
        return refreshed.error();
      }
      runtime = registry_->Find(stream);
    }
    if (!runtime) {
      refuse(UnknownStream());
      return {};
    }
    return work(session, runtime->spec);
  };
  task.give_up = [refuse](const std::string& reason) {
    refuse({ControlErrorKind::kUnavailable, "the sink did not answer in time: " + reason,
            std::nullopt});
  };
  sinks_.at(sink).thread->Post(std::move(task));
}

void ControlService::ReadProducer(const std::string& stream, const std::string& producer,
                                  SteadyTime deadline, ControlCallback<ProducerReport> done) {
  const auto work = [this, producer, done](SinkSession* session,
                                           const StreamSpec& spec) -> SinkStatus {
    if (!IsSequenced(spec.mode)) {
      done(NotFound("the stream has no sequences"));
      return {};
    }
    std::optional<ProducerState> accepted;
    if (journal_ != nullptr) accepted = journal_->Accepted(spec.name, producer);
    SinkResult<LockedProducer> row = ReadLedgerRow(session, spec.name, producer);
    if (!row) return row.error();
    if (!row->state.known && accepted) row = OnlyAccepted(*accepted, dependencies_.clock->Wall());
    if (!row->state.known) {
      done(NotFound("the stream knows no such producer"));
      return {};
    }
    ProducerReport report = MakeReport(spec.name, producer, *row);
    if (spec.ack == Acknowledgement::kJournal) AddAccepted(*row, accepted, &report);
    done(std::move(report));
    return {};
  };
  PostForStream(stream, deadline, work, [done](ControlError error) { done(std::move(error)); });
}

void ControlService::Bump(const BumpRequest& request, SteadyTime deadline,
                          ControlCallback<ProducerReport> done) {
  const auto bump =
      std::make_shared<ProducerBump>(request, dependencies_.clock, dependencies_.random);
  const auto work = [bump, request, done](SinkSession* session,
                                          const StreamSpec& spec) -> SinkStatus {
    if (!IsSequenced(spec.mode)) {
      done(NotFound("the stream has no sequences"));
      return {};
    }
    SinkResult<ControlResult<LockedProducer>> bumped = bump->Run(session);
    if (!bumped) return bumped.error();
    if (*bumped) {
      done(MakeReport(spec.name, request.producer, **bumped));
    } else {
      done(bumped->error());
    }
    return {};
  };
  PostForStream(request.stream, deadline, work,
                [done](ControlError error) { done(std::move(error)); });
}

void ControlService::ListProducers(const ProducerQuery& query, SteadyTime deadline,
                                   ControlCallback<Listing<ProducerReport>> done) {
  const auto work = [query, done](SinkSession* session, const StreamSpec& spec) -> SinkStatus {
    Listing<ProducerReport> listing;
    if (IsSequenced(spec.mode)) {
      const LedgerQuery ledger{spec.name, query.prefix, query.page.after, query.page.limit + 1};
      const SinkResult<std::vector<ListedProducer>> listed = session->ListProducers(ledger);
      if (!listed) return listed.error();
      for (const ListedProducer& item : *listed) {
        if (listing.items.size() == query.page.limit) {
          listing.next = listing.items.back().producer;
          break;
        }
        const SinkResult<LockedProducer> row = DecodeLedgerRow(spec.name, item.row);
        if (!row) return row.error();
        listing.items.push_back(MakeReport(spec.name, item.producer, *row));
      }
    }
    done(std::move(listing));
    return {};
  };
  PostForStream(query.stream, deadline, work,
                [done](ControlError error) { done(std::move(error)); });
}

bool ControlService::IsPending(const PurgeRequest& request) const {
  const bool forgets = request.mode == PurgeMode::kForget || request.ids_older_than;
  if (journal_ == nullptr || !forgets) return false;
  if (request.producer) return journal_->IsPending(request.stream, *request.producer);
  if (request.producer_prefix) {
    return journal_->IsPrefixPending(request.stream, *request.producer_prefix);
  }
  return journal_->HasEntries(request.stream);
}

void ControlService::Purge(const PurgeRequest& request, SteadyTime deadline,
                           ControlCallback<PurgeReport> done) {
  const auto work = [this, request, done](SinkSession* session,
                                          const StreamSpec& spec) -> SinkStatus {
    if (const std::optional<std::string> fault = CheckPurge(request, spec)) {
      done(ControlError{ControlErrorKind::kBadRequest, *fault, std::nullopt});
      return {};
    }
    if (!request.dry_run && IsPending(request)) {
      done(ControlError{ControlErrorKind::kPending,
                        "the journal holds accepted events that would be forgotten before they are "
                        "in the sink; wait until journal_pending_events is 0 for the stream",
                        std::nullopt});
      return {};
    }
    auto run = std::make_shared<PurgeRun>(
        request, spec,
        PurgeRun::Dependencies{dependencies_.random, dependencies_.clock, dependencies_.index});
    const std::uint64_t count_max = request.dry_run ? UINT64_MAX : limits::kPurgeInline;
    SinkResult<PurgeReport> report = run->Plan(session, count_max);
    if (!report) return report.error();
    if (!request.dry_run) {
      if (const Status audited = Audit("purge", spec.name, DescribePurge(request)); !audited) {
        done(Unaudited(audited.error()));
        return {};
      }
      const std::uint64_t total = report->producers + report->ids;
      if (total > limits::kPurgeInline) {
        std::lock_guard lock(mutex_);
        report->job = "purge-" + std::to_string(next_job_++);
        jobs_[*report->job] = {*report->job, JobState::kRunning, 0, total, ""};
        if (jobs_.size() > kJobsMax) jobs_.erase(jobs_.begin());
      }
      if (report->job) {
        PostJobSlice(spec.sink, run, *report->job);
      } else {
        for (;;) {
          const SinkResult<bool> finished = run->DoSlice(session);
          if (!finished) return finished.error();
          if (*finished) break;
        }
        if (const SinkStatus counted = RecountLetters(session, spec); !counted) {
          return counted.error();
        }
      }
    }
    done(std::move(*report));
    return {};
  };
  PostForStream(request.stream, deadline, work,
                [done](ControlError error) { done(std::move(error)); });
}

void ControlService::PostJobSlice(const std::string& sink, const std::shared_ptr<PurgeRun>& run,
                                  const std::string& job) {
  const auto note = [this, job](JobState state, std::uint64_t done, const std::string& message) {
    std::lock_guard lock(mutex_);
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) return;
    found->second.state = state;
    found->second.done = done;
    found->second.total = std::max(found->second.total, done);
    found->second.message = message;
  };
  ControlTask task;
  task.deadline = dependencies_.clock->Now() + kJobSliceTimeout;
  task.run = [this, sink, run, job, note](SinkSession* session) -> SinkStatus {
    const SinkResult<bool> finished = run->DoSlice(session);
    if (!finished) return finished.error();
    note(*finished ? JobState::kDone : JobState::kRunning, run->done(), "");
    if (!*finished) PostJobSlice(sink, run, job);
    return {};
  };
  task.give_up = [run, note](const std::string& reason) {
    note(JobState::kFailed, run->done(), reason);
  };
  sinks_.at(sink).thread->Post(std::move(task));
}

ControlResult<JobReport> ControlService::ReadJob(const std::string& job) {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return NotFound("there is no job of that name");
  return found->second;
}

Listing<StreamReport> ControlService::ListStreams(const Page& page) {
  std::vector<StreamReport> all;
  for (const std::shared_ptr<StreamRuntime>& stream : registry_->List()) {
    const StreamSpec& spec = stream->spec;
    all.push_back({spec.name, spec.sink, spec.target.table, std::string(ToString(spec.mode)),
                   std::string(ToString(spec.target.kind)),
                   spec.ack == Acknowledgement::kJournal ? "journal" : "sink", spec.implicit});
  }
  return Cut(std::move(all), page, [](const StreamReport& report) { return report.stream; });
}

ControlError ControlService::Unaudited(const Error& error) {
  return {ControlErrorKind::kUnavailable,
          "the audit record can not be written, so nothing was done: " + error.message,
          std::nullopt};
}

SinkReport ControlService::Report(const SinkRuntime& runtime) const {
  SinkReport report;
  report.sink = runtime.name();
  report.type = runtime.type();
  report.state = runtime.IsPaused() ? SinkState::kPaused : runtime.State();
  report.lanes = runtime.lanes();
  report.queue_bytes = queue_bytes_(runtime.name());
  report.last_error = runtime.LastError();
  return report;
}

Listing<SinkReport> ControlService::ListSinks(const Page& page) {
  std::vector<SinkReport> all;
  for (const auto& [name, entry] : sinks_) all.push_back(Report(*entry.runtime));
  return Cut(std::move(all), page, [](const SinkReport& report) { return report.sink; });
}

Status ControlService::Audit(std::string_view action, std::string_view subject,
                             std::string_view detail) {
  const WallTime now = dependencies_.clock->Wall();
  const boost::json::object record{
      {"time", ToRfc3339(now)}, {"action", action}, {"subject", subject}, {"detail", detail}};
  return dependencies_.index->AppendAudit({now, boost::json::serialize(record)});
}

ControlResult<SinkReport> ControlService::SetPaused(const std::string& sink, bool paused) {
  const auto found = sinks_.find(sink);
  if (found == sinks_.end()) return NotFound("there is no sink of that name");
  SinkRuntime& runtime = *found->second.runtime;
  // A sink that stopped by itself is resumed as well, although nobody paused it.
  const bool is_stopped = !paused && runtime.State() == SinkState::kRefused;
  if (runtime.IsPaused() != paused || is_stopped) {
    if (const Status audited = Audit(paused ? "pause" : "resume", sink, ""); !audited) {
      return Unaudited(audited.error());
    }
    paused ? runtime.Pause() : runtime.Resume();
  }
  return Report(runtime);
}

ControlResult<SinkReport> ControlService::PauseSink(const std::string& sink) {
  return SetPaused(sink, true);
}

ControlResult<SinkReport> ControlService::ResumeSink(const std::string& sink) {
  return SetPaused(sink, false);
}

}  // namespace oncegate
