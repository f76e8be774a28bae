// The part of ControlService that purges. All sinks of the stream are looked at before the first is
// changed, so that a sink that is away is noticed while nothing is done.
#include <algorithm>
#include <utility>

#include "server/config/limits.h"
#include "server/ingest/control_service.h"
#include "server/ingest/journal.h"

namespace oncegate {
namespace {

constexpr std::size_t kJobsMax = 100;
// A job's slices have no caller who waits; a sink that stays away longer fails the job.
constexpr std::chrono::minutes kJobSliceTimeout{10};

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

/// What one sink adds to the plan.
void Add(PurgeReport part, PurgeReport* whole) {
  whole->mode = part.mode;
  whole->dry_run = part.dry_run;
  whole->producers = std::max(whole->producers, part.producers);
  whole->ids = std::max(whole->ids, part.ids);
  std::vector<std::string>& sample = whole->sample;
  sample.insert(sample.end(), part.sample.begin(), part.sample.end());
  std::sort(sample.begin(), sample.end());
  sample.erase(std::unique(sample.begin(), sample.end()), sample.end());
  if (sample.size() > kPurgeSampleMax) sample.resize(kPurgeSampleMax);
}

}  // namespace

struct ControlService::PurgeCall {
  PurgeRequest request;
  SteadyTime deadline;
  ControlCallback<PurgeReport> done;
  std::vector<std::pair<std::string, std::unique_ptr<PurgeRun>>> runs;  // By sink, in their order.
  PurgeReport report;
  std::uint64_t total = 0;  // Of all sinks together.
  std::size_t next_run = 0;

  PurgeRun* RunOn(const std::string& sink) {
    const auto found =
        std::find_if(runs.begin(), runs.end(), [&](const auto& run) { return run.first == sink; });
    return found->second.get();
  }
  std::uint64_t Done() const {
    std::uint64_t sum = 0;
    for (const auto& [sink, run] : runs) sum += run->done();
    return sum;
  }
};

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
  auto purge = std::make_shared<PurgeCall>();
  purge->request = request;
  purge->deadline = deadline;
  purge->done = std::move(done);
  StreamCall call;
  call.stream = request.stream;
  call.deadline = deadline;
  call.refuse = [purge](ControlError error) { purge->done(std::move(error)); };
  call.work = [this, purge](SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
    const PurgeRequest& wanted = purge->request;
    if (const std::optional<std::string> fault = CheckPurge(wanted, spec)) {
      purge->done(ControlError{ControlErrorKind::kBadRequest, *fault, std::nullopt});
      return Progress::kAnswered;
    }
    if (!wanted.dry_run && IsPending(wanted)) {
      purge->done(
          ControlError{ControlErrorKind::kPending,
                       "the journal holds accepted events that would be forgotten before they are "
                       "in the sink; wait until journal_pending_events is 0 for the stream",
                       std::nullopt});
      return Progress::kAnswered;
    }
    auto run = std::make_unique<PurgeRun>(
        wanted, spec,
        PurgeRun::Dependencies{dependencies_.random, dependencies_.clock, dependencies_.index});
    const std::uint64_t count_max = wanted.dry_run ? UINT64_MAX : limits::kPurgeInline;
    SinkResult<PurgeReport> report = run->Plan(session, count_max);
    if (!report) return report.error();
    purge->total += report->producers + report->ids;
    purge->runs.emplace_back(spec.sink, std::move(run));
    Add(std::move(*report), &purge->report);
    return Progress::kNextSink;
  };
  call.finish = [this, purge] { CarryOut(purge); };
  PostForStream(std::move(call));
}

void ControlService::CarryOut(const std::shared_ptr<PurgeCall>& purge) {
  if (purge->request.dry_run) return purge->done(std::move(purge->report));
  const std::string& stream = purge->request.stream;
  if (const Status audited = Audit("purge", stream, DescribePurge(purge->request)); !audited) {
    return purge->done(Unaudited(audited.error()));
  }
  if (purge->report.producers + purge->report.ids > limits::kPurgeInline) {
    {
      std::lock_guard lock(mutex_);
      purge->report.job = "purge-" + std::to_string(next_job_++);
      const std::string& job = *purge->report.job;
      jobs_[job] = {job, JobState::kRunning, 0, purge->total, ""};
      if (jobs_.size() > kJobsMax) jobs_.erase(jobs_.begin());
    }
    PostJobSlice(purge, *purge->report.job);
    return purge->done(purge->report);
  }
  StreamCall call;
  call.stream = stream;
  call.deadline = purge->deadline;
  call.refuse = [purge](ControlError error) { purge->done(std::move(error)); };
  call.work = [this, purge](SinkSession* session, const StreamSpec& spec) -> SinkResult<Progress> {
    for (;;) {
      const SinkResult<bool> finished = purge->RunOn(spec.sink)->DoSlice(session);
      if (!finished) return finished.error();
      if (*finished) break;
    }
    if (const SinkStatus counted = RecountLetters(session, spec); !counted) return counted.error();
    return Progress::kNextSink;
  };
  call.finish = [purge] { purge->done(std::move(purge->report)); };
  PostForStream(std::move(call));
}

void ControlService::PostJobSlice(const std::shared_ptr<PurgeCall>& purge, const std::string& job) {
  const auto note = [this, purge, job](JobState state, const std::string& message) {
    std::lock_guard lock(mutex_);
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) return;
    found->second.state = state;
    found->second.done = purge->Done();
    found->second.total = std::max(found->second.total, found->second.done);
    found->second.message = message;
  };
  ControlTask task;
  task.deadline = dependencies_.clock->Now() + kJobSliceTimeout;
  task.run = [this, purge, job, note](SinkSession* session) -> SinkStatus {
    const SinkResult<bool> finished = purge->runs[purge->next_run].second->DoSlice(session);
    if (!finished) return finished.error();
    if (*finished) ++purge->next_run;
    const bool is_done = purge->next_run == purge->runs.size();
    note(is_done ? JobState::kDone : JobState::kRunning, "");
    if (!is_done) PostJobSlice(purge, job);
    return {};
  };
  task.give_up = [note](const std::string& reason) { note(JobState::kFailed, reason); };
  sinks_.at(purge->runs[purge->next_run].first).thread->Post(std::move(task));
}

}  // namespace oncegate
