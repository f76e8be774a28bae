// Purge: one administrator's wish to forget or seal, carried out slice by slice. A slice is one
// transaction, so that ingest of the same producers is before or after it, never half.
//
// Threading: a PurgeRun belongs to one control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dedupe/store/index.h"
#include "server/ingest/control.h"
#include "server/ingest/stream.h"
#include "sinks/sink.h"

namespace oncegate {

/// Why the request does not fit the stream; nullopt if it does.
std::optional<std::string> CheckPurge(const PurgeRequest& request, const StreamSpec& stream);

class PurgeRun {
 public:
  struct Dependencies {
    Random* random;
    Clock* clock;
    Index* index;
  };
  PurgeRun(const PurgeRequest& request, const StreamSpec& stream, const Dependencies& dependencies);

  /// Counts what is concerned, at most `count_max` + 1 entries; fills the sample.
  SinkResult<PurgeReport> Plan(SinkSession* session, std::uint64_t count_max);
  /// Does one slice; true when there is nothing left. Running a slice again after an error is
  /// harmless: what it purged twice was purged before the call was answered.
  SinkResult<bool> DoSlice(SinkSession* session);

  std::uint64_t done() const { return done_; }

 private:
  struct Slice {
    std::vector<std::string> producers;  // That match, sorted.
    std::string next;                    // Empty: the end.
  };
  SinkResult<Slice> ListSlice(SinkSession* session, const std::string& after) const;
  SinkResult<IdSweepResult> SweepIds(SinkSession* session, const std::string& after,
                                     bool dry_run) const;
  SinkStatus ForgetLettersOfIds(SinkSession* session) const;
  bool IsIdle(WallTime updated_at) const;
  PurgeMode mode() const;

  const PurgeRequest request_;
  const StreamSpec stream_;
  const Dependencies dependencies_;
  const WallTime now_;
  std::string cursor_;
  std::uint64_t done_ = 0;
};

}  // namespace oncegate
