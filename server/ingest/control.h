// Control: what is asked of streams, producers and sinks besides ingesting events. Every call is
// answered from the ledger, on the control thread of the stream's sink, through a session of its
// own. Of a stream with several sinks all are asked, one after the other: without one of them there
// is no answer. What was done in some by then stays, and the same call again does the rest.
//
// Thread-safe. Callbacks run exactly once, on a control thread (or on the calling thread when the
// request is refused at once), and must not block. Calls that the deadline overtakes while they
// wait answer kUnavailable.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dedupe/judge/lifecycle.h"
#include "dedupe/types/identity.h"
#include "dedupe/types/result.h"
#include "dedupe/types/verdict.h"
#include "server/ingest/clock.h"
#include "sinks/dead_letter.h"

namespace oncegate {

enum class ControlErrorKind : std::uint8_t {
  kUnknownStream,
  kNotFound,       // Unknown producer, sink or job; or the stream has no sequences.
  kEpochMismatch,  // Bump: the epoch is not the expected one.
  kPending,        // Purge: the journal holds events of these producers.
  kBadRequest,     // The selector or mode does not fit the stream.
  kUnavailable,    // The sink is down or did not answer in time.
};

struct ControlError {
  ControlErrorKind kind = ControlErrorKind::kUnavailable;
  std::string message;
  std::optional<Epoch> current_epoch;  // kEpochMismatch.
};

[[noreturn]] inline void throw_exception_from_error(const ControlError& error,
                                                    const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed ControlResult: %s\n", error.message.c_str());
  std::abort();
}

template <typename T>
using ControlResult = boost::system::result<T, ControlError>;
template <typename T>
using ControlCallback = std::function<void(ControlResult<T>)>;

/// Of a stream with several sinks what is settled in all of them, so that whoever resumes by it
/// leaves out nothing in any.
struct ProducerReport {
  std::string stream;
  std::string producer;
  Epoch epoch;
  WindowReport window;
  WallTime updated_at;
  /// In streams with a journal: `window.contiguous_through` once everything accepted was applied.
  std::optional<std::int64_t> accepted_through;
  bool is_journaled = false;  // The stream has ack = "journal".
};

struct BumpRequest {
  std::string stream;
  std::string producer;
  Epoch expected_epoch;
  BumpSequence sequence = BumpSequence::kReset;
  std::string idempotency_key;  // Empty: none.
};

struct StreamReport {
  std::string stream;
  std::vector<std::string> sinks;  // Not empty; the first one first.
  std::string table;
  std::string dedupe;
  std::string target;
  std::string ack;
  bool implicit = false;
};

struct Page {
  std::string after;
  std::uint32_t limit = 100;  // 1 … 1000
};

template <typename T>
struct Listing {
  std::vector<T> items;
  std::optional<std::string> next;  // Pass as `after` for the next page.
};

struct ProducerQuery {
  std::string stream;
  std::string prefix;
  Page page;
};

enum class PurgeMode : std::uint8_t { kSeal, kForget };

/// Exactly one selector is set.
struct PurgeRequest {
  std::string stream;
  std::optional<std::string> producer;
  std::optional<std::string> producer_prefix;
  std::optional<std::chrono::seconds> idle_longer_than;
  std::optional<std::chrono::seconds> ids_older_than;
  std::optional<std::int64_t> through_sequence;
  std::optional<PurgeMode> mode;  // Default: seal; for ids forget, the only one they know.
  bool dry_run = true;
};

inline constexpr std::size_t kPurgeSampleMax = 20;

struct PurgeReport {
  std::uint64_t producers = 0;      // Of several sinks: of the one that has most.
  std::uint64_t ids = 0;            // The same.
  std::vector<std::string> sample;  // At most that many producers or ids, the first in byte order.
  PurgeMode mode = PurgeMode::kSeal;
  bool dry_run = true;
  /// Set when more than 100,000 entries are concerned: the work goes on as a job.
  std::optional<std::string> job;
};

enum class JobState : std::uint8_t { kRunning, kDone, kFailed };

struct JobReport {
  std::string job;
  JobState state = JobState::kRunning;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::string message;  // Of a failure.
};

enum class SinkState : std::uint8_t { kConnecting, kUp, kDown, kPaused, kRefused };
std::string_view ToString(SinkState state);

struct SinkReport {
  std::string sink;
  std::string type;
  SinkState state = SinkState::kConnecting;
  std::uint32_t lanes = 0;
  std::uint64_t queue_bytes = 0;
  std::string last_error;  // Empty: none since the sink was last up.
};

struct LetterQuery {
  std::string stream;  // Empty: every stream.
  Page page;           // `after` is the id of a letter.
};

/// Letters by their ids, or those of a stream in order of their ids.
struct LetterRequest {
  std::vector<std::string> ids;
  std::optional<std::string> stream;
  Page page{"", 1000};  // Of a stream's.
  bool dry_run = true;
};

struct RefusedLetter {
  std::string id;
  Verdict verdict = Verdict::kRejected;
  Code code = Code::kSinkRejected;
  std::string detail;
};

/// What became of the letters, or would become of them. A letter that became a row, was superseded
/// by a newer one or turned out to be there already is gone; a refused one stays.
struct LetterReport {
  std::uint64_t dead_letters = 0;  // That were there and asked for.
  std::uint64_t applied = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t superseded = 0;
  std::vector<RefusedLetter> refused;
  std::optional<std::string> next;  // Of a stream: more may follow behind it.
  bool dry_run = true;
};

class Control {
 public:
  virtual ~Control() = default;

  virtual void ReadProducer(const std::string& stream, const std::string& producer,
                            SteadyTime deadline, ControlCallback<ProducerReport> done) = 0;
  virtual void Bump(const BumpRequest& request, SteadyTime deadline,
                    ControlCallback<ProducerReport> done) = 0;
  virtual void ListProducers(const ProducerQuery& query, SteadyTime deadline,
                             ControlCallback<Listing<ProducerReport>> done) = 0;
  virtual void Purge(const PurgeRequest& request, SteadyTime deadline,
                     ControlCallback<PurgeReport> done) = 0;

  virtual void ListDeadLetters(const LetterQuery& query, SteadyTime deadline,
                               ControlCallback<Listing<DeadLetter>> done) = 0;
  /// Writes their rows through the row guard; the marks are not looked at. Idempotent.
  virtual void ReplayDeadLetters(const LetterRequest& request, SteadyTime deadline,
                                 ControlCallback<LetterReport> done) = 0;
  virtual void DiscardDeadLetters(const LetterRequest& request, SteadyTime deadline,
                                  ControlCallback<LetterReport> done) = 0;

  // Answered at once, from memory.
  virtual ControlResult<JobReport> ReadJob(const std::string& job) = 0;
  virtual Listing<StreamReport> ListStreams(const Page& page) = 0;
  virtual Listing<SinkReport> ListSinks(const Page& page) = 0;
  /// Idempotent. A paused sink takes no group; its events wait until their deadline.
  virtual ControlResult<SinkReport> PauseSink(const std::string& sink) = 0;
  virtual ControlResult<SinkReport> ResumeSink(const std::string& sink) = 0;
};

}  // namespace oncegate
