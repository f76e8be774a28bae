#include "server/ingest/lane.h"

#include <algorithm>
#include <utility>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

// A group that lost a race is run again at once this often; then it backs off.
constexpr int kRestartsAtOnce = 3;
// How often a paused sink is looked at.
constexpr std::chrono::milliseconds kPausePoll{50};

SteadyTime DeadlineOf(const Part& part) { return part.batch->deadline; }

}  // namespace

Lane::Lane(const LaneSettings& settings, const IngestDependencies& dependencies, SinkRuntime* sink)
    : settings_(settings),
      clock_(dependencies.clock),
      index_(dependencies.index),
      logger_(dependencies.logger),
      store_observer_(&dependencies.observer->ForStore()),
      sink_(sink),
      commit_(dependencies, sink->observer()) {}

Lane::~Lane() = default;

bool Lane::TryReserve(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  if (!HasRoomLocked(bytes)) return false;
  reserved_bytes_ += bytes;
  return true;
}

bool Lane::HasRoom(std::size_t bytes) const {
  std::lock_guard lock(mutex_);
  return HasRoomLocked(bytes);
}

bool Lane::HasRoomLocked(std::size_t bytes) const {
  return reserved_bytes_ == 0 || reserved_bytes_ + bytes <= settings_.queue_bytes_max;
}

void Lane::Release(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  CHECK(reserved_bytes_ >= bytes);
  reserved_bytes_ -= bytes;
}

void Lane::Push(Part part) {
  {
    std::lock_guard lock(mutex_);
    std::size_t& bytes = stream_bytes_[part.stream.get()];
    bytes += part.bytes;
    part.stream->observer->SetLaneQueueBytes(settings_.number, bytes);
    inbox_.push_back(std::move(part));
    idle_ = false;
  }
  wake_.notify_one();
}

bool Lane::IsIdle() const {
  std::lock_guard lock(mutex_);
  return idle_;
}

bool Lane::CanBeLeft() const {
  const auto is_forwarded = [](const Part& part) { return part.batch->forwarded; };
  if (in_doubt_ && !std::all_of(in_doubt_->parts.begin(), in_doubt_->parts.end(), is_forwarded)) {
    return false;
  }
  return (clock_->Now() < not_before_ || sink_->IsPaused() || !paused_streams_.empty()) &&
         std::all_of(queue_.begin(), queue_.end(), is_forwarded);
}

std::size_t Lane::QueueBytes() const {
  std::lock_guard lock(mutex_);
  return reserved_bytes_;
}

void Lane::Wait(std::optional<SteadyTime> until) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return woken_ || !inbox_.empty(); };
  if (until) {
    wake_.wait_until(lock, *until, ready);
  } else {
    wake_.wait(lock, ready);
  }
  woken_ = false;
}

void Lane::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

std::optional<SteadyTime> Lane::RunOnce() {
  TakeInbox();
  const SteadyTime now = clock_->Now();
  ExpireQueued(now);
  const bool due = now >= not_before_ && !sink_->IsPaused();
  if (due && (in_doubt_ || !queue_.empty()) && PrepareStore(now) && PrepareSession(now)) {
    std::unique_ptr<Group> group = in_doubt_ ? std::move(in_doubt_) : FormGroup(now);
    if (group) RunGroup(std::move(group), now);
  }
  NoteIdle();
  return NextDue(clock_->Now());
}

void Lane::TakeInbox() {
  std::lock_guard lock(mutex_);
  for (Part& part : inbox_) queue_.push_back(std::move(part));
  inbox_.clear();
}

void Lane::NoteIdle() {
  std::lock_guard lock(mutex_);
  idle_ = inbox_.empty() && queue_.empty() && !in_doubt_;
}

void Lane::ExpireQueued(SteadyTime now) {
  const auto expired = [&](const Part& part) { return DeadlineOf(part) <= now; };
  if (in_doubt_) {
    // The group itself stays until its fate is known; only the waiting ends.
    for (Part& part : in_doubt_->parts) {
      if (expired(part)) part.batch->Expire(Code::kDeadlineExceeded);
    }
  }
  if (std::none_of(queue_.begin(), queue_.end(), expired)) return;
  std::deque<Part> kept;
  for (Part& part : queue_) {
    if (!expired(part)) {
      kept.push_back(std::move(part));
      continue;
    }
    part.batch->Expire(Code::kDeadlineExceeded);
    AnswerPart(&part, {});
  }
  queue_ = std::move(kept);
}

bool Lane::PrepareStore(SteadyTime now) {
  if (!index_->IsPoisoned()) return true;
  const Status reopened = index_->Reopen();
  store_observer_->SetPoisoned(!reopened);
  if (reopened) return true;
  logger_->Log(LogLevel::kError, "The index can not be reopened; nothing is judged until it can",
               {{"error", std::string_view(reopened.error().message)}});
  not_before_ = backoff_.Next(now);
  return false;
}

bool Lane::PrepareSession(SteadyTime now) {
  if (session_ && session_->IsUsable()) return true;
  session_.reset();
  SinkResult<std::unique_ptr<SinkSession>> session = sink_->Connect();
  if (session) {
    session_ = std::move(*session);
    return true;
  }
  logger_->Log(LogLevel::kWarning, "The sink can not be reached",
               {{"sink", std::string_view(sink_->name())},
                {"lane", static_cast<std::int64_t>(settings_.number)},
                {"error", std::string_view(session.error().message)}});
  not_before_ = backoff_.Next(now);
  return false;
}

SteadyTime Lane::ResumesAt(const Part& part) const {
  const auto paused = paused_streams_.find(part.stream.get());
  return paused == paused_streams_.end() ? SteadyTime::min() : paused->second.until;
}

std::unique_ptr<Group> Lane::FormGroup(SteadyTime now) {
  std::vector<Part> parts;
  std::deque<Part> left;
  std::size_t events = 0;
  std::size_t bytes = 0;
  bool full = false;
  for (Part& part : queue_) {
    const bool waits = ResumesAt(part) > now;
    const bool fits =
        parts.empty() || (events + part.events.size() <= settings_.group_events_max &&
                          bytes + part.bytes <= settings_.group_bytes_max && !part.batch->atomic);
    if (full || waits || !fits) {
      // Nothing overtakes a part that found no room, so that a producer's order is kept.
      full = full || !waits;
      left.push_back(std::move(part));
      continue;
    }
    events += part.events.size();
    bytes += part.bytes;
    full = part.batch->atomic;
    part.stream->observer->OnLaneWait(now - part.submitted_at);
    parts.push_back(std::move(part));
  }
  queue_ = std::move(left);
  return parts.empty() ? nullptr : std::make_unique<Group>(std::move(parts));
}

void Lane::RunGroup(std::unique_ptr<Group> group, SteadyTime now) {
  const GroupReport report = commit_.Run(session_.get(), group.get());
  if (report.outcome == GroupOutcome::kDone) {
    backoff_.Reset();
    restarts_ = 0;
    for (StreamRuntime* stream : group->streams) paused_streams_.erase(stream);
    sink_->NoteUp();
    Finish(group.get());
    return;
  }
  const bool stays_in_doubt = !group->attempts.empty();
  switch (report.outcome) {
    case GroupOutcome::kDone:
      break;
    case GroupOutcome::kRestart:
      if (++restarts_ <= kRestartsAtOnce) break;
      // A table that somebody keeps locked must not hold up the other streams.
      if (report.stream != nullptr) {
        PauseStream(report, now);
      } else {
        not_before_ = backoff_.Next(now);
      }
      break;
    case GroupOutcome::kStreamDown:
      PauseStream(report, now);
      break;
    case GroupOutcome::kSinkDown:
    case GroupOutcome::kInDoubt:
    case GroupOutcome::kStoreDown:
      if (report.outcome != GroupOutcome::kStoreDown) {
        sink_->NoteDown(report.error);
        session_.reset();
      }
      not_before_ = backoff_.Next(now);
      logger_->Log(LogLevel::kWarning,
                   report.outcome == GroupOutcome::kInDoubt
                       ? "A COMMIT got no answer; the group is run again and the ledger decides"
                       : "A group could not be committed and waits",
                   {{"sink", std::string_view(sink_->name())},
                    {"lane", static_cast<std::int64_t>(settings_.number)},
                    {"error", std::string_view(report.error.message)},
                    {"sqlstate", std::string_view(report.error.sqlstate)}});
      break;
  }
  if (stays_in_doubt) {
    not_before_ = std::max(not_before_, backoff_.Next(now));
    in_doubt_ = std::move(group);
  } else {
    Requeue(group.get());
  }
}

void Lane::PauseStream(const GroupReport& report, SteadyTime now) {
  PausedStream& paused = paused_streams_[report.stream];
  paused.until = paused.backoff.Next(now);
  logger_->Log(LogLevel::kWarning, "A stream is paused until its table can be written again",
               {{"stream", std::string_view(report.stream->spec.name)},
                {"error", std::string_view(report.error.message)},
                {"sqlstate", std::string_view(report.error.sqlstate)}});
}

void Lane::Finish(Group* group) {
  commit_.UpdateIndex(*group);
  store_observer_->SetPoisoned(index_->IsPoisoned());
  std::vector<std::vector<IndexedResult>> results(group->parts.size());
  std::map<StreamRuntime*, std::uint64_t> counts;
  for (GroupEvent& item : group->events) {
    ++counts[item.stream];
    results[item.part].push_back({item.event->index, std::move(item.result)});
  }
  for (const auto& [stream, count] : counts) stream->observer->OnGroup(count);
  for (std::size_t p = 0; p < group->parts.size(); ++p) {
    AnswerPart(&group->parts[p], std::move(results[p]));
  }
}

void Lane::Requeue(Group* group) {
  for (auto part = group->parts.rbegin(); part != group->parts.rend(); ++part) {
    queue_.push_front(std::move(*part));
  }
}

void Lane::AnswerPart(Part* part, std::vector<IndexedResult> results) {
  {
    std::lock_guard lock(mutex_);
    CHECK(reserved_bytes_ >= part->bytes);
    reserved_bytes_ -= part->bytes;
    std::size_t& bytes = stream_bytes_[part->stream.get()];
    bytes -= part->bytes;
    part->stream->observer->SetLaneQueueBytes(settings_.number, bytes);
  }
  part->batch->FinishPart(results);
}

std::optional<SteadyTime> Lane::NextDue(SteadyTime now) const {
  if (queue_.empty() && !in_doubt_) return std::nullopt;
  // Work is left: at once if nothing holds it back, else when that ends or a deadline passes.
  SteadyTime due = std::max(now, not_before_);
  if (sink_->IsPaused()) due = now + kPausePoll;
  if (!in_doubt_) {
    SteadyTime first = SteadyTime::max();
    for (const Part& part : queue_) first = std::min(first, ResumesAt(part));
    due = std::max(due, first);
  }
  for (const Part& part : queue_) due = std::min(due, std::max(now, DeadlineOf(part)));
  return due;
}

void Lane::ExpireAll(Code code) {
  TakeInbox();
  if (in_doubt_) {
    for (Part& part : in_doubt_->parts) queue_.push_front(std::move(part));
    in_doubt_.reset();
  }
  for (Part& part : queue_) {
    part.batch->Expire(code);
    AnswerPart(&part, {});
  }
  queue_.clear();
  session_.reset();
  NoteIdle();
}

}  // namespace oncegate
