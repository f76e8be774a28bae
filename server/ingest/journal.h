// Journal: accepts events for a sink that may be away. An accepted event is on disk here before
// anybody is told, and stays until the sink has it, or has it as a dead letter.
//
// Accepting judges nothing: what is pending is judged by the lanes like everything else, against
// the ledger. A crash between the sink's COMMIT and the removal of an entry is a resend.
//
// Thread-safe. Recover, Start, StopForwarding and Stop are called once each, in this order. A
// simulator drives the two threads' steps itself and calls Recover alone.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/store/journal_store.h"
#include "server/ingest/journal_book.h"
#include "server/ingest/journal_forwarder.h"
#include "server/ingest/journal_route.h"
#include "server/ingest/journal_writer.h"

namespace oncegate {

struct JournalSettings {
  std::uint64_t bytes_max = limits::kJournalBytes;
  std::chrono::milliseconds age_max = limits::kJournalAge;
  /// What one stream may have in the lanes, and all streams on their way there.
  std::size_t window_bytes = limits::kQueueBytesPerLane / 2;
};

class Journal {
 public:
  struct Hooks {
    std::function<std::shared_ptr<const StreamSpec>(const std::string& name)> find_stream;
    std::function<SubmitOutcome(const std::shared_ptr<Batch>&)> submit;  // Into the lanes.
  };
  enum class Outcome : std::uint8_t {
    kTaken,   // The batch is completed from here.
    kFull,    // Nothing of it was taken.
    kToSink,  // It is to be submitted like one with ack=sink.
  };

  Journal(JournalStore* store, const IngestDependencies& dependencies,
          const JournalSettings& settings, Hooks hooks);
  ~Journal();

  /// Finds what earlier processes left. Streams are known by now as far as they can be.
  Status Recover();
  void Start();
  /// Hands nothing more to the lanes. What is accepted from here on waits for the next process.
  void StopForwarding();
  /// Precondition: the lanes have stopped, and nothing is accepted any more.
  void Stop();

  /// What becomes of a batch before the lanes see it, by the stream's word and its own: accepted,
  /// put behind what is pending, or left to the lanes. `sinks_are_up` is asked only if it matters.
  Outcome Pass(const std::shared_ptr<Batch>& batch, const StreamSpec& stream,
               const std::function<bool()>& sinks_are_up);

  /// Steps of the two threads; see there.
  std::optional<SteadyTime> RunWriterOnce() { return writer_.RunOnce(); }
  std::optional<SteadyTime> RunForwarderOnce() { return forwarder_.RunOnce(); }

  bool HasEntries(std::string_view stream) const;
  bool IsPending(std::string_view stream, std::string_view producer) const;
  bool IsPrefixPending(std::string_view stream, std::string_view producer_prefix) const;
  std::optional<ProducerState> Accepted(std::string_view stream, std::string_view producer) const;
  std::vector<JournalFigures> Figures() const;
  bool IsPoisoned() const { return store_->IsPoisoned(); }

 private:
  struct Admission;

  /// What the index believes of a batch. It is read without mutex_: the disk may take its time.
  struct Belief {
    JournalBook::States producers;
    bool knows_all_ids = false;
  };

  Status RecoverStream(const std::string& stream);
  /// Precondition: batch->ack is kJournal, and the batch has events and is not atomic. On kToSink
  /// what the sink does not take in time may be accepted after all.
  Outcome Accept(const std::shared_ptr<Batch>& batch, bool sink_is_up);
  /// A batch that must wait for pending entries of its producers is taken: kTaken. Of sequenced
  /// streams order is kept by producer, of others by stream.
  Outcome TakeBehindPending(const std::shared_ptr<Batch>& batch);
  Belief ReadBelief(const Batch& batch, bool sink_is_up) const;
  JournalRoute Route(const Batch& batch, const Belief& belief,
                     bool sink_is_up) const;  // Under mutex_.
  /// In strict streams: what looks like a gap may be filled by an entry that is pending elsewhere.
  static void TurnGapsIntoRetries(Batch* batch);
  bool Append(std::shared_ptr<Admission> admission);
  void OnWritten(const Admission& admission, bool written, std::string events);
  void AcceptWhatTheSinkLeaves(const std::shared_ptr<Batch>& batch);
  void OnSettled(std::uint64_t position, const Batch& batch);

  JournalStore* const store_;
  const IngestDependencies dependencies_;
  const JournalSettings settings_;
  const Hooks hooks_;

  mutable std::mutex mutex_;  // Taken before those of writer_ and forwarder_.
  JournalBook book_;          // Guarded by mutex_.
  std::atomic<bool> any_entries_{false};

  JournalForwarder forwarder_;
  JournalWriter writer_;
};

}  // namespace oncegate
