#include "server/ingest/journal.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "dedupe/codec/event_codec.h"
#include "dedupe/types/check.h"
#include "server/ingest/journal_route.h"

namespace oncegate {
namespace {

constexpr std::uint64_t kLastPosition = std::numeric_limits<std::uint64_t>::max();

EventResult ResultOf(Verdict verdict, Code code) {
  EventResult result;
  result.verdict = verdict;
  result.code = code;
  return result;
}

EventResult AcceptedOrNot(bool written) {
  return written ? ResultOf(Verdict::kAccepted, Code::kAccepted)
                 : ResultOf(Verdict::kRetry, Code::kStoreUnavailable);
}

}  // namespace

/// Events on their way into the journal. `batch` keeps alive what they view.
struct Journal::Admission {
  std::shared_ptr<Batch> batch;
  std::vector<Event> events;
  JournalBook::States believed;
  std::function<void(bool written)> done;
  BookedEntry entry;
};

Journal::Journal(JournalStore* store, const IngestDependencies& dependencies,
                 const JournalSettings& settings, Hooks hooks)
    : store_(store),
      dependencies_(dependencies),
      settings_(settings),
      hooks_(std::move(hooks)),
      forwarder_(
          store, dependencies, settings.window_bytes,
          {hooks_.find_stream, hooks_.submit,
           [this](std::uint64_t position, const Batch& batch) { OnSettled(position, batch); }}),
      writer_(store, dependencies) {}

Journal::~Journal() = default;

Status Journal::Recover() {
  const Result<std::vector<std::string>> streams = store_->ListStreams();
  if (!streams) return streams.error();
  for (const std::string& stream : *streams) {
    if (Status recovered = RecoverStream(stream); !recovered) return recovered;
  }
  return Ok();
}

Status Journal::RecoverStream(const std::string& stream) {
  const std::shared_ptr<const StreamSpec> spec = hooks_.find_stream(stream);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t next = 0;
  std::uint64_t entry_count = 0;
  for (;;) {
    const auto entries = store_->Read(stream, next, kLastPosition, limits::kJournalReadBytes);
    if (!entries) return entries.error();
    if (entries->empty()) break;
    for (const JournalEntry& entry : *entries) {
      const Result<std::vector<Event>> events = DecodeEvents(entry.events);
      if (!events)
        return Error{"the journal of stream \"" + stream + "\": " + events.error().message};
      const BookedEntry booked{stream, entry.position, entry.accepted_at, entry.events.size(),
                               *events};
      std::lock_guard lock(mutex_);
      book_.Add(booked);
      if (spec && IsSequenced(spec->mode)) {
        book_.NoteAccepted(RulesOf(*spec), booked,
                           ReadBelieved(stream, *events, dependencies_.index));
      }
    }
    if (entry_count == 0) first = entries->front().position;
    entry_count += entries->size();
    last = entries->back().position;
    next = last + 1;
  }
  if (entry_count == 0) return Ok();
  any_entries_ = true;
  forwarder_.EnqueueStored(stream, first, last);
  dependencies_.logger->Log(
      LogLevel::kInfo, "The journal holds accepted events for the sink",
      {{"stream", std::string_view(stream)}, {"entries", static_cast<std::int64_t>(entry_count)}});
  return Ok();
}

void Journal::Start() {
  writer_.Start();
  forwarder_.Start();
}

void Journal::StopForwarding() { forwarder_.Stop(); }
void Journal::Stop() { writer_.Stop(); }

Journal::Outcome Journal::Pass(const std::shared_ptr<Batch>& batch, const StreamSpec& stream,
                               const std::function<bool()>& sinks_are_up) {
  const bool is_journaled = stream.ack == Acknowledgement::kJournal;
  if (is_journaled && stream.mode == DedupeMode::kStrict) TurnGapsIntoRetries(batch.get());
  if (is_journaled && batch->ack == Acknowledgement::kJournal && !batch->atomic) {
    const Outcome outcome = Accept(batch, sinks_are_up());
    if (outcome != Outcome::kToSink) return outcome;
  }
  return TakeBehindPending(batch);
}

Journal::Belief Journal::ReadBelief(const Batch& batch, bool sink_is_up) const {
  const StreamSpec& spec = *batch.stream;
  Belief belief;
  if (IsSequenced(spec.mode)) {
    belief.producers = ReadBelieved(spec.name, batch.events, dependencies_.index);
  } else if (spec.mode == DedupeMode::kId && sink_is_up && !HasEntries(spec.name)) {
    belief.knows_all_ids = RemembersIds(batch, dependencies_.index, dependencies_.clock->Wall());
  }
  return belief;
}

JournalRoute Journal::Route(const Batch& batch, const Belief& belief, bool sink_is_up) const {
  const StreamSpec& spec = *batch.stream;
  if (IsSequenced(spec.mode)) return RouteSequenced(batch, belief.producers, book_, sink_is_up);
  return belief.knows_all_ids && !book_.HasEntries(spec.name) ? JournalRoute::kSinkFirst
                                                              : JournalRoute::kJournal;
}

Journal::Outcome Journal::Accept(const std::shared_ptr<Batch>& batch, bool sink_is_up) {
  CHECK(!batch->events.empty() && !batch->atomic);
  Belief belief = ReadBelief(*batch, sink_is_up);
  JournalRoute route = JournalRoute::kJournal;
  {
    std::lock_guard lock(mutex_);
    route = Route(*batch, belief, sink_is_up);
  }
  switch (route) {
    case JournalRoute::kJournal:
      break;
    case JournalRoute::kSinkFirst:
      AcceptWhatTheSinkLeaves(batch);
      return Outcome::kToSink;
    case JournalRoute::kSinkAlone:
      return Outcome::kToSink;
    case JournalRoute::kBlocked:
      batch->Expire(Code::kBlocked);
      return Outcome::kTaken;
  }
  auto admission = std::make_shared<Admission>();
  admission->batch = batch;
  admission->events = batch->events;
  admission->believed = std::move(belief.producers);
  batch->ExpectParts(1);
  admission->done = [batch](bool written) {
    std::vector<IndexedResult> results;
    results.reserve(batch->events.size());
    for (const Event& event : batch->events) {
      results.push_back({event.index, AcceptedOrNot(written)});
    }
    batch->FinishPart(results);
  };
  return Append(std::move(admission)) ? Outcome::kTaken : Outcome::kFull;
}

void Journal::AcceptWhatTheSinkLeaves(const std::shared_ptr<Batch>& batch) {
  // Held weakly: the batch holds the function.
  batch->on_complete = [this, held = std::weak_ptr<Batch>(batch),
                        answer = std::move(batch->on_complete)](std::vector<EventResult> results) {
    auto admission = std::make_shared<Admission>();
    admission->batch = held.lock();
    if (admission->batch) {
      for (const Event& event : admission->batch->events) {
        const EventResult& result = results[event.index];
        const bool was_left =
            result.verdict == Verdict::kRetry &&
            (result.code == Code::kSinkUnavailable || result.code == Code::kDeadlineExceeded);
        if (was_left) admission->events.push_back(event);
      }
    }
    if (admission->events.empty()) {
      answer(std::move(results));
      return;
    }
    auto kept = std::make_shared<std::vector<EventResult>>(std::move(results));
    admission->done = [kept, answer, events = admission->events](bool written) {
      for (const Event& event : events) (*kept)[event.index] = AcceptedOrNot(written);
      answer(std::move(*kept));
    };
    if (!Append(admission)) answer(std::move(*kept));
  };
}

bool Journal::Append(std::shared_ptr<Admission> admission) {
  const std::string& stream = admission->batch->stream->name;
  JournalAppend append;
  append.stream = stream;
  append.events = EncodeEvents(admission->events);
  append.accepted_at = dependencies_.clock->Wall();
  append.done = [this, admission](bool written, std::string events) {
    OnWritten(*admission, written, std::move(events));
  };
  std::lock_guard lock(mutex_);
  if (book_.bytes() + append.events.size() > settings_.bytes_max) return false;
  if (const std::optional<WallTime> oldest = book_.Oldest(stream)) {
    const std::chrono::microseconds age(append.accepted_at.microseconds - oldest->microseconds);
    if (age > settings_.age_max) return false;
  }
  // Under the lock, so that positions, book and writer have one order.
  append.position = store_->NextPosition();
  admission->entry = {stream, append.position, append.accepted_at, append.events.size(),
                      admission->events};
  book_.Add(admission->entry);
  any_entries_ = true;
  writer_.Append(std::move(append));
  return true;
}

void Journal::OnWritten(const Admission& admission, bool written, std::string events) {
  const StreamSpec& spec = *admission.batch->stream;
  {
    std::lock_guard lock(mutex_);
    if (!written) {
      book_.Withdraw(admission.entry);
    } else if (IsSequenced(spec.mode)) {
      book_.NoteAccepted(RulesOf(spec), admission.entry, admission.believed);
    }
  }
  // Before the answer: what the producer sends next goes behind.
  if (written) forwarder_.Enqueue(spec.name, admission.entry.position, std::move(events));
  admission.done(written);
}

void Journal::OnSettled(std::uint64_t position, const Batch& batch) {
  const std::string& stream = batch.stream->name;
  {
    std::lock_guard lock(mutex_);
    book_.Settle({stream, position, {}, batch.body.size(), batch.events});
  }
  writer_.Remove(stream, position);
}

Journal::Outcome Journal::TakeBehindPending(const std::shared_ptr<Batch>& batch) {
  if (!any_entries_) return Outcome::kToSink;
  const std::string& stream = batch->stream->name;
  {
    std::lock_guard lock(mutex_);
    const bool waits =
        IsSequenced(batch->stream->mode)
            ? std::any_of(batch->events.begin(), batch->events.end(),
                          [&](const Event& e) { return book_.IsPending(stream, e.producer); })
            : book_.HasEntries(stream);
    if (!waits) return Outcome::kToSink;
  }
  bool full = false;
  if (forwarder_.Park(batch, &full)) return Outcome::kTaken;
  return full ? Outcome::kFull : Outcome::kToSink;
}

void Journal::TurnGapsIntoRetries(Batch* batch) {
  batch->on_complete = [answer = std::move(batch->on_complete)](std::vector<EventResult> results) {
    for (EventResult& result : results) {
      if (result.verdict == Verdict::kGap) result = ResultOf(Verdict::kRetry, Code::kBlocked);
    }
    answer(std::move(results));
  };
}

bool Journal::HasEntries(std::string_view stream) const {
  std::lock_guard lock(mutex_);
  return book_.HasEntries(stream);
}

bool Journal::IsPending(std::string_view stream, std::string_view producer) const {
  std::lock_guard lock(mutex_);
  return book_.IsPending(stream, producer);
}

bool Journal::IsPrefixPending(std::string_view stream, std::string_view producer_prefix) const {
  std::lock_guard lock(mutex_);
  return book_.IsPrefixPending(stream, producer_prefix);
}

std::optional<ProducerState> Journal::Accepted(std::string_view stream,
                                               std::string_view producer) const {
  std::lock_guard lock(mutex_);
  const ProducerState* accepted = book_.Accepted(stream, producer);
  return accepted == nullptr ? std::nullopt : std::optional(*accepted);
}

std::vector<JournalFigures> Journal::Figures() const {
  std::lock_guard lock(mutex_);
  return book_.Figures();
}

}  // namespace oncegate
