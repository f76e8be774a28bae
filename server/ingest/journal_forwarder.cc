#include "server/ingest/journal_forwarder.h"

#include <algorithm>
#include <utility>

#include "dedupe/codec/event_codec.h"
#include "server/config/limits.h"

namespace oncegate {
namespace {

// How soon a full lane is tried again; it also takes what other streams send.
constexpr std::chrono::milliseconds kFullLanePause{5};

}  // namespace

JournalForwarder::JournalForwarder(JournalStore* store, const IngestDependencies& dependencies,
                                   std::size_t window_bytes, Hooks hooks)
    : store_(store),
      clock_(dependencies.clock),
      logger_(dependencies.logger),
      window_bytes_(window_bytes),
      hooks_(std::move(hooks)) {}

JournalForwarder::~JournalForwarder() { Stop(); }

void JournalForwarder::Enqueue(const std::string& stream, std::uint64_t position,
                               std::string events) {
  {
    std::lock_guard lock(mutex_);
    Queue& queue = queues_[stream];
    const bool fits = waiting_bytes_ + events.size() <= window_bytes_;
    if (fits) {
      waiting_bytes_ += events.size();
      queue.items.push_back({.first = position, .last = position, .events = std::move(events)});
    } else if (!queue.items.empty() && queue.items.back().stored && !queue.items.back().came_back) {
      queue.items.back().last = position;
    } else {
      queue.items.push_back({.first = position, .last = position, .stored = true});
    }
    woken_ = true;
  }
  wake_.notify_one();
}

void JournalForwarder::EnqueueStored(const std::string& stream, std::uint64_t first,
                                     std::uint64_t last) {
  std::lock_guard lock(mutex_);
  queues_[stream].items.push_back({.first = first, .last = last, .stored = true});
  woken_ = true;
}

bool JournalForwarder::Park(const std::shared_ptr<Batch>& batch, bool* full) {
  *full = false;
  std::lock_guard lock(mutex_);
  const auto found = queues_.find(batch->stream->name);
  if (found == queues_.end()) return false;
  Queue& queue = found->second;
  if (queue.items.empty() && !queue.in_hand) return false;
  const std::size_t bytes = batch->Bytes();
  *full = stopping_ || waiting_bytes_ + bytes > 2 * window_bytes_;
  if (*full) return false;
  waiting_bytes_ += bytes;
  // It keeps its place behind what is before it now, also if an entry comes back.
  const std::uint64_t position = queue.items.empty() ? *queue.in_hand : queue.items.back().last;
  queue.items.push_back(
      {.first = position, .last = position, .batch = batch, .batch_bytes = bytes, .parked = true});
  return true;
}

void JournalForwarder::Start() {
  thread_ = std::thread([this] { Run(); });
}

void JournalForwarder::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    woken_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::vector<std::shared_ptr<Batch>> parked;
  {
    std::lock_guard lock(mutex_);
    for (auto& [stream, queue] : queues_) {
      for (Item& item : queue.items) {
        if (item.parked) parked.push_back(std::move(item.batch));
      }
      queue.items.clear();
    }
  }
  for (const auto& batch : parked) batch->Expire(Code::kShuttingDown);
}

void JournalForwarder::Run() {
  Lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    const std::optional<SteadyTime> due = EmptyQueues(&lock);
    const auto ready = [this] { return woken_ || stopping_; };
    if (due) {
      wake_.wait_until(lock, *due, ready);
    } else {
      wake_.wait(lock, ready);
    }
  }
}

std::optional<SteadyTime> JournalForwarder::RunOnce() {
  Lock lock(mutex_);
  return EmptyQueues(&lock);
}

std::optional<SteadyTime> JournalForwarder::EmptyQueues(Lock* lock) {
  std::optional<SteadyTime> due;
  for (auto& [stream, queue] : queues_) {
    while (!stopping_ && !queue.items.empty() && queue.not_before <= clock_->Now() &&
           Step(stream, &queue, lock)) {
    }
    if (queue.items.empty() || queue.not_before <= clock_->Now()) continue;
    due = due ? std::min(*due, queue.not_before) : queue.not_before;
  }
  return due;
}

bool JournalForwarder::Step(const std::string& stream, Queue* queue, Lock* lock) {
  Item item = std::move(queue->items.front());
  queue->items.pop_front();
  queue->in_hand = item.last;
  bool goes_on = false;
  if (item.stored) {
    goes_on = Load(stream, std::move(item), queue, lock);
  } else if (item.parked || item.batch || Unfreeze(stream, &item, queue, lock)) {
    goes_on = HandIn(std::move(item), queue, lock);
  }
  queue->in_hand.reset();
  return goes_on;
}

void JournalForwarder::PutBack(Item item, Queue* queue, SteadyTime not_before) {
  queue->items.push_front(std::move(item));
  queue->not_before = not_before;
}

bool JournalForwarder::Load(const std::string& stream, Item item, Queue* queue, Lock* lock) {
  lock->unlock();
  auto entries = store_->Read(stream, item.first, item.last, limits::kJournalReadBytes);
  lock->lock();
  if (!entries) {
    PutBack(std::move(item), queue, queue->backoff.Next(clock_->Now()));
    return false;
  }
  queue->backoff.Reset();
  if (entries->empty()) return true;  // The last of the stretch were settled meanwhile.
  if (entries->back().position < item.last) {
    item.first = entries->back().position + 1;
    queue->items.push_front(std::move(item));
  }
  for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
    waiting_bytes_ += entry->events.size();
    queue->items.push_front(
        {.first = entry->position, .last = entry->position, .events = std::move(entry->events)});
  }
  return true;
}

bool JournalForwarder::Unfreeze(const std::string& stream, Item* item, Queue* queue, Lock* lock) {
  lock->unlock();
  auto spec = hooks_.find_stream(stream);
  auto batch = std::make_shared<Batch>();
  batch->body = std::move(item->events);
  auto events = DecodeEvents(batch->body);
  lock->lock();
  if (!spec || !events) {
    logger_->Log(LogLevel::kError,
                 events ? "The journal holds events of a stream that is not served; they wait"
                        : "Accepted events can not be read; they stay in the journal",
                 {{"stream", std::string_view(stream)},
                  {"position", static_cast<std::int64_t>(item->first)}});
    item->events = std::move(batch->body);
    PutBack(std::move(*item), queue, queue->backoff.Next(clock_->Now()));
    return false;
  }
  batch->stream = std::move(spec);
  batch->events = std::move(*events);
  batch->results.resize(batch->events.size());
  batch->deadline = SteadyTime::max();
  batch->forwarded = true;
  const auto came_back = queue->came_back.find(item->first);
  batch->gaps_are_final = came_back != queue->came_back.end() &&
                          clock_->Now() - came_back->second > limits::kJournalGapPatience;
  waiting_bytes_ -= batch->body.size();
  item->batch_bytes = batch->Bytes();
  item->batch = std::move(batch);
  return true;
}

bool JournalForwarder::HandIn(Item item, Queue* queue, Lock* lock) {
  if (!item.parked) {
    // Woken by OnResults once there is room.
    if (queue->forwarded_bytes > 0 && queue->forwarded_bytes + item.batch_bytes > window_bytes_) {
      PutBack(std::move(item), queue, {});
      return false;
    }
    queue->forwarded_bytes += item.batch_bytes;
    // Held weakly: the batch holds the function.
    item.batch->on_complete =
        [this, position = item.first, bytes = item.batch_bytes,
         held = std::weak_ptr<Batch>(item.batch)](const std::vector<EventResult>& results) {
          OnResults({position, bytes, held.lock().get()}, results);
        };
  }
  lock->unlock();
  const SubmitOutcome outcome = hooks_.submit(item.batch);
  lock->lock();
  if (outcome == SubmitOutcome::kAdmitted) {
    if (item.parked) waiting_bytes_ -= item.batch_bytes;
    return true;
  }
  if (!item.parked) {
    queue->forwarded_bytes -= item.batch_bytes;
    item.batch->on_complete = nullptr;
  }
  PutBack(std::move(item), queue, clock_->Now() + kFullLanePause);
  return false;
}

void JournalForwarder::OnResults(const HandedIn& entry, const std::vector<EventResult>& results) {
  const bool settled = std::all_of(results.begin(), results.end(), [](const EventResult& result) {
    return IsSettled(result.verdict);
  });
  if (settled) hooks_.settled(entry.position, *entry.batch);
  {
    std::lock_guard lock(mutex_);
    Queue& queue = queues_.find(entry.batch->stream->name)->second;
    queue.forwarded_bytes -= entry.batch_bytes;
    if (settled) {
      queue.backoff.Reset();
      queue.came_back.erase(entry.position);
    } else if (!stopping_) {
      const auto goes_behind = [&](const Item& other) {
        return other.parked ? other.first >= entry.position : other.first > entry.position;
      };
      const auto place = std::find_if(queue.items.begin(), queue.items.end(), goes_behind);
      queue.items.insert(
          place,
          {.first = entry.position, .last = entry.position, .stored = true, .came_back = true});
      const SteadyTime now = clock_->Now();
      queue.came_back.try_emplace(entry.position, now);
      queue.not_before = queue.backoff.Next(now);
    }
    woken_ = true;
  }
  wake_.notify_one();
}

}  // namespace oncegate
