// IngestEngine: the composition of lanes, streams, control and maintenance behind the door.
//
// Threading: one thread per lane, one control thread per sink. Start and Drain are called once
// each, by the application; everything else is thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dedupe/store/index.h"
#include "dedupe/store/journal_store.h"
#include "dedupe/types/result.h"
#include "server/config/limits.h"
#include "server/ingest/clock.h"
#include "server/ingest/control.h"
#include "server/ingest/ingest.h"
#include "server/ingest/journal_book.h"
#include "server/ingest/observer.h"
#include "server/log/logger.h"
#include "sinks/sink.h"

namespace oncegate {

struct IngestDependencies {
  Clock* clock = nullptr;
  Random* random = nullptr;
  Index* index = nullptr;
  IngestObserver* observer = nullptr;
  Logger* logger = nullptr;
  /// The decoder's fingerprint of a stored value (see FingerprintOf in server/decode), for telling
  /// a resend from a conflict in version streams.
  std::function<Fingerprint(Operation, std::string_view key, const std::optional<Version>&,
                            std::string_view value)>
      fingerprint_of;
  JournalStore* journal = nullptr;  // Null: no stream has ack = "journal".
};

struct EngineSink {
  std::string name;
  std::string type;
  std::unique_ptr<Sink> sink;
  std::uint32_t lanes = 1;
};

struct EngineSettings {
  std::size_t queue_bytes_per_lane = limits::kQueueBytesPerLane;
  std::size_t group_events = limits::kGroupEvents;
  std::size_t group_bytes = limits::kGroupBytes;
  std::size_t streams_max = limits::kStreams;
  std::chrono::seconds fingerprint_retention = limits::kFingerprintRetention;
  std::uint64_t journal_bytes = limits::kJournalBytes;
  std::chrono::milliseconds journal_age = limits::kJournalAge;
  bool create_streams = true;
  StreamSpec stream_defaults;  // For streams made by the first POST; name and table are filled in.
  std::vector<StreamSpec> streams;
};

struct SinkReadiness {
  std::string sink;
  std::string type;
  SinkState state = SinkState::kConnecting;
  std::string detail;  // Last error; empty if none.
};

class IngestEngine : public IngestDoor {
 public:
  IngestEngine(IngestDependencies dependencies, EngineSettings settings,
               std::vector<EngineSink> sinks);
  ~IngestEngine() override;

  /// Connects every sink once, compares the configured streams with the catalogues, starts the
  /// threads. A sink that is away is no failure (it is retried with backoff); a stream that
  /// contradicts its catalogue entry is, with a message that names both sides and the way out.
  Status Start();
  /// Admits nothing more, finishes what was admitted, at the latest at `deadline`; then stops the
  /// threads. True if everything admitted was finished.
  bool Drain(SteadyTime deadline);

  Control& control();
  std::vector<SinkReadiness> Sinks() const;
  /// By sink, of those that deliver on their own.
  std::map<std::string, DeliveryReport> Deliveries() const;
  std::vector<JournalFigures> JournalPending() const;

  FoundStream ResolveStream(std::string_view name) override;
  FoundStream FindStream(std::string_view name) override;
  bool HasRoom(const StreamSpec& stream, std::size_t bytes) const override;
  SubmitOutcome Submit(std::shared_ptr<Batch> batch) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate
