// JournalForwarder: hands what is pending in the journal to the lanes, stream by stream in the
// order in which it was accepted.
//
// A stream has one queue: entries that are in memory, stretches of entries that are on disk alone
// (memory is bounded), and batches with ack=sink that arrived behind pending entries of their
// producers. It is emptied from the front only, so nothing overtakes; once its queue is empty, what
// is left of a stream is in the lanes' own queues, in order.
//
// Entries wait for the sink in the lanes, without a deadline. What comes back unsettled is handed
// in again; a gap only for a while, in which another instance may fill it.
//
// Thread-safe. Start and Stop are called once each; in place of Start, RunOnce by the one thread
// that drives the forwarder (a simulator's).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "dedupe/store/journal_store.h"
#include "server/ingest/backoff.h"
#include "server/ingest/engine.h"

namespace oncegate {

class JournalForwarder {
 public:
  struct Hooks {
    /// The stream as it is served now; null if this process does not know it.
    std::function<std::shared_ptr<const StreamSpec>(const std::string& name)> find_stream;
    /// Into the lanes.
    std::function<SubmitOutcome(const std::shared_ptr<Batch>&)> submit;
    /// Every event of the entry is settled. On a lane's thread.
    std::function<void(std::uint64_t position, const Batch& batch)> settled;
  };

  /// `window_bytes`: what one stream may have in the lanes, and all streams on their way there.
  JournalForwarder(JournalStore* store, const IngestDependencies& dependencies,
                   std::size_t window_bytes, Hooks hooks);
  ~JournalForwarder();

  /// Of one stream in order of position.
  void Enqueue(const std::string& stream, std::uint64_t position, std::string events);
  /// What an earlier process left on disk: entries from `first` to `last`.
  void EnqueueStored(const std::string& stream, std::uint64_t first, std::uint64_t last);
  /// Puts a batch behind the stream's queue, to be submitted when everything before it was. False
  /// if the queue is empty, or full: then `*full` is true.
  bool Park(const std::shared_ptr<Batch>& batch, bool* full);

  void Start();
  /// Hands nothing more to the lanes; parked batches are answered "retry".
  void Stop();

  /// One step: hands in what may be handed in now. Returns when the next step is due without
  /// anything that was enqueued, parked or settled meanwhile.
  std::optional<SteadyTime> RunOnce();

 private:
  struct Item {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool stored = false;             // Entries first … last are on disk alone.
    bool came_back = false;          // Later ones of the stream may be in the lanes.
    std::string events{};            // Of entry `first`, if it is in memory and has no batch yet.
    std::shared_ptr<Batch> batch{};  // Of entry `first`; or parked.
    std::size_t batch_bytes = 0;     // Of `batch`, as it was submitted.
    bool parked = false;
  };
  /// An entry in the lanes.
  struct HandedIn {
    std::uint64_t position = 0;
    std::size_t batch_bytes = 0;
    const Batch* batch = nullptr;
  };
  struct Queue {
    std::deque<Item> items;
    /// Of the item that the thread has taken and not handed in yet: its last position.
    std::optional<std::uint64_t> in_hand;
    std::size_t forwarded_bytes = 0;  // In the lanes.
    Backoff backoff;
    SteadyTime not_before{};
    std::map<std::uint64_t, SteadyTime> came_back;  // Since when entries are handed in again.
  };
  using Lock = std::unique_lock<std::mutex>;

  void Run();
  std::optional<SteadyTime> EmptyQueues(Lock* lock);
  /// False once the queue has to wait.
  bool Step(const std::string& stream, Queue* queue, Lock* lock);
  bool Load(const std::string& stream, Item item, Queue* queue, Lock* lock);
  bool Unfreeze(const std::string& stream, Item* item, Queue* queue, Lock* lock);
  bool HandIn(Item item, Queue* queue, Lock* lock);
  void PutBack(Item item, Queue* queue, SteadyTime not_before);
  void OnResults(const HandedIn& entry, const std::vector<EventResult>& results);

  JournalStore* const store_;
  Clock* const clock_;
  Logger* const logger_;
  const std::size_t window_bytes_;
  const Hooks hooks_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;  // Guarded by mutex_, like all that follows.
  bool stopping_ = false;
  std::size_t waiting_bytes_ = 0;  // Of entries in memory and of parked batches, in all queues.
  std::map<std::string, Queue, std::less<>> queues_;  // Never erased from.
  std::thread thread_;
};

}  // namespace oncegate
