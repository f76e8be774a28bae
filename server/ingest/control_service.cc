#include "server/ingest/control_service.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "server/config/limits.h"
#include "server/ingest/catalogue.h"

namespace oncegate {
namespace {

ControlError UnknownStream() {
  return {ControlErrorKind::kUnknownStream, "there is no stream of that name", std::nullopt};
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
    for (const auto& stream : registry_->ListOn(name)) {
      if (stream->spec.implicit) continue;
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

void ControlService::PostForStream(StreamCall stream_call) {
  const auto call = std::make_shared<StreamCall>(std::move(stream_call));
  if (!IsValidStreamName(call->stream)) return call->refuse(UnknownStream());
  if (const std::shared_ptr<StreamRuntime> known = registry_->Find(call->stream)) {
    return PostForSink(call, known, 0);
  }
  // Another instance may have made it.
  const std::string& sink = defaults_.sink;
  PostTask(sink, *call, [this, call, sink](SinkSession* session) -> SinkStatus {
    if (const SinkStatus refreshed = RefreshCatalogue(sink, session); !refreshed) {
      return refreshed.error();
    }
    if (const std::shared_ptr<StreamRuntime> found = registry_->Find(call->stream)) {
      PostForSink(call, found, 0);
    } else {
      call->refuse(UnknownStream());
    }
    return {};
  });
}

void ControlService::PostForSink(const std::shared_ptr<StreamCall>& call,
                                 const std::shared_ptr<StreamRuntime>& stream, std::size_t number) {
  const std::shared_ptr<StreamRuntime> here = number == 0 ? stream : stream->further[number - 1];
  PostTask(here->spec.sink, *call, [=, this](SinkSession* session) -> SinkStatus {
    const SinkResult<Progress> progress = call->work(session, here->spec);
    if (!progress) return progress.error();
    switch (*progress) {
      case Progress::kAnswered:
        return {};
      case Progress::kNextSink:
        break;
    }
    if (number < stream->further.size()) {
      PostForSink(call, stream, number + 1);
    } else {
      call->finish();
    }
    return {};
  });
}

void ControlService::PostTask(const std::string& sink, const StreamCall& call,
                              std::function<SinkStatus(SinkSession*)> run) {
  ControlTask task;
  task.deadline = call.deadline;
  task.run = std::move(run);
  task.give_up = [sink, refuse = call.refuse](const std::string& reason) {
    refuse({ControlErrorKind::kUnavailable,
            "sink \"" + sink + "\" did not answer in time: " + reason, std::nullopt});
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
    std::vector<std::string> sinks{spec.sink};
    for (const FurtherSink& further : spec.further_sinks) sinks.push_back(further.sink);
    all.push_back({spec.name, std::move(sinks), spec.target.table, std::string(ToString(spec.mode)),
                   std::string(ToString(spec.target.kind)),
                   spec.ack == Acknowledgement::kJournal ? "journal" : "sink", spec.implicit});
  }
  return Cut(std::move(all), page, [](const StreamReport& report) { return report.stream; });
}

ControlError ControlService::NotFound(std::string message) {
  return {ControlErrorKind::kNotFound, std::move(message), std::nullopt};
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
