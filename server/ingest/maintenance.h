// Maintenance: expiry of idle producers and old ids, sweeping of fingerprints, counting for gauges;
// in bounded slices with persisted cursors.
//
// Threading: one per sink, driven by that sink's control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/ingest/engine.h"
#include "server/ingest/stream_registry.h"
#include "sinks/sink.h"

namespace oncegate {

class Maintenance {
 public:
  struct Settings {
    std::string sink;
    /// One sink's maintenance also looks after what is not of any sink.
    bool sweeps_fingerprints = false;
    std::chrono::seconds fingerprint_retention{};
  };
  Maintenance(Settings settings, const IngestDependencies& dependencies, StreamRegistry* registry,
              std::function<SinkStatus(SinkSession*)> refresh_catalogue);

  /// One slice; answers when the next one is due.
  SinkResult<SteadyTime> RunSlice(SinkSession* session);

 private:
  struct Pass {
    SteadyTime due{};
    std::string cursor;
    bool running = false;
    bool counted = false;
  };

  SinkStatus SweepStream(SinkSession* session, StreamRuntime* stream, Pass* pass);
  SinkResult<std::string> ExpireProducers(SinkSession* session, const StreamSpec& spec,
                                          const std::string& after);
  SinkResult<std::string> ExpireIds(SinkSession* session, const StreamSpec& spec,
                                    const std::string& after);
  /// Guard rows of deleted rows, kept for as long as producers are.
  SinkStatus SweepGuards(SinkSession* session, const StreamSpec& spec, Pass* pass);
  SinkStatus Count(SinkSession* session, StreamRuntime* stream);
  void SweepFingerprints();
  std::string CursorName(const StreamSpec& spec) const;

  const Settings settings_;
  const IngestDependencies dependencies_;
  StreamRegistry* const registry_;
  const std::function<SinkStatus(SinkSession*)> refresh_catalogue_;
  bool catalogue_loaded_ = false;
  std::map<std::string, Pass> passes_;        // By stream.
  std::map<std::string, Pass> guard_passes_;  // By stream.
  SteadyTime fingerprints_due_{};
};

/// How long a sweep rests between two passes: a tenth of the retention, 1 s … 1 h.
std::chrono::milliseconds PassInterval(std::chrono::seconds retention);

}  // namespace oncegate
