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

/// One stream at run time. `spec` is immutable; the rest is shared by lanes and control.
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
};

class StreamRegistry {
 public:
  struct Settings {
    bool create_streams = true;
    std::size_t streams_max = 0;  // Of those made by a first POST.
    StreamSpec defaults;
  };
  StreamRegistry(Settings settings, IngestObserver* observer);

  /// Null if there is none.
  std::shared_ptr<StreamRuntime> Find(std::string_view name) const;
  /// Finds, or makes a candidate that only Register makes real (no name is used up by a request
  /// without a valid record).
  FoundStream Resolve(std::string_view name) const;
  /// The runtime of a spec that Resolve gave, making it real. Null if the limit was reached since.
  std::shared_ptr<StreamRuntime> Register(const StreamSpec& spec);
  /// In order of name.
  std::vector<std::shared_ptr<StreamRuntime>> List() const;

 private:
  const Settings settings_;
  IngestObserver* const observer_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<StreamRuntime>, std::less<>>
      streams_;               // Guarded by mutex_.
  std::size_t implicit_ = 0;  // Of streams_.
};

}  // namespace oncegate
