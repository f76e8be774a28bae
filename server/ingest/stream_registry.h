// StreamRegistry: the streams that exist in this process, configured or made by a first POST, with
// what is known about each while the process runs.
//
// Thread-safe; owned by the engine.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/ingest.h"
#include "server/ingest/observer.h"
#include "server/ingest/stream.h"

namespace oncegate {

/// One stream at run time, as one of its sinks has it. `spec` is immutable; the rest is shared by
/// lanes and control.
struct StreamRuntime {
  StreamRuntime(StreamSpec stream_spec, StreamObserver* stream_observer)
      : spec(std::move(stream_spec)), observer(stream_observer) {}

  const StreamSpec spec;
  StreamObserver* const observer;
  /// The sink has confirmed the table and the catalogue entry.
  std::atomic<bool> ensured{false};
  /// Counted in the ledger at start and after sweeps, advanced by the lanes in between.
  std::atomic<std::uint64_t> ids{0};
  std::atomic<std::uint64_t> producers{0};
  std::atomic<std::uint64_t> dead_letters{0};
  /// Those of the further sinks, in their order; made with it, and only in that of the first sink.
  std::vector<std::shared_ptr<StreamRuntime>> further;
};

class StreamRegistry {
 public:
  struct Settings {
    bool create_streams = true;
    std::size_t streams_max = 0;  // Of those made by a first POST.
    StreamSpec defaults;
  };
  StreamRegistry(Settings settings, IngestObserver* observer);

  /// That of the stream's first sink. Null if there is none.
  std::shared_ptr<StreamRuntime> Find(std::string_view name) const;
  /// That of one of its sinks. Null if the stream does not go there.
  std::shared_ptr<StreamRuntime> FindOn(std::string_view name, std::string_view sink) const;
  /// Finds, or makes a candidate that only Register makes real (no name is used up by a request
  /// without a valid record).
  FoundStream Resolve(std::string_view name) const;
  /// The runtime of a spec that Resolve gave, making it real. Null if the limit was reached since.
  std::shared_ptr<StreamRuntime> Register(const StreamSpec& spec);
  /// In order of name, each with its first sink.
  std::vector<std::shared_ptr<StreamRuntime>> List() const;
  /// Those that go to `sink`, as it has them; in order of name.
  std::vector<std::shared_ptr<StreamRuntime>> ListOn(std::string_view sink) const;

 private:
  std::shared_ptr<StreamRuntime> Make(const StreamSpec& spec);  // Under mutex_.

  const Settings settings_;
  IngestObserver* const observer_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<StreamRuntime>, std::less<>>
      streams_;                                             // Guarded by mutex_.
  std::size_t implicit_ = 0;                                // Of streams_.
  std::vector<std::unique_ptr<StreamObserver>> observers_;  // Guarded by mutex_.
};

}  // namespace oncegate
