// LetterRun: letters of one stream replayed or discarded, one transaction a letter. Running it
// again after an error goes on where it was; what a lost COMMIT did is read from the letters that
// are left.
//
// Threading: belongs to one control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/ingest/control.h"
#include "server/ingest/engine.h"
#include "server/ingest/letter.h"
#include "server/ingest/stream.h"
#include "sinks/sink.h"

namespace oncegate {

enum class LetterAction : std::uint8_t { kReplay, kDiscard };

class LetterRun {
 public:
  /// The ids of `request` are those of one stream.
  LetterRun(LetterAction action, const LetterRequest& request,
            const IngestDependencies& dependencies);

  /// Finds the letters that are concerned; nothing is changed.
  SinkStatus Collect(SinkSession* session, const StreamSpec& stream);
  /// After Collect: does what is left to do.
  SinkStatus Run(SinkSession* session, const StreamSpec& stream);

  bool is_collected() const { return collected_; }
  bool is_dry() const { return request_.dry_run; }
  LetterAction action() const { return action_; }
  const LetterReport& report() const { return report_; }

 private:
  /// What the report says of a letter, and the order in which letters are replayed.
  struct Pending {
    WallTime written_at;
    Epoch epoch;
    std::int64_t sequence = -1;
    std::string id;
    friend auto operator<=>(const Pending&, const Pending&) = default;
  };
  enum class Fate : std::uint8_t { kApplied, kDuplicate, kSuperseded, kGone };

  void Take(const std::vector<DeadLetter>& letters);
  SinkStatus CollectPage(SinkSession* session, const StreamSpec& stream);
  SinkStatus ReplayOne(SinkSession* session, const StreamSpec& stream, const std::string& id);
  /// The row of a letter within the open transaction; a refusal where there can be none.
  SinkResult<std::optional<LetterReason>> WriteRow(SinkSession* session, const StreamSpec& stream,
                                                   const DeadLetter& letter, Fate* fate);
  SinkStatus KeepWithReason(SinkSession* session, const DeadLetter& letter,
                            const LetterReason& reason);
  SinkStatus DiscardAll(SinkSession* session);
  void Count(Fate fate);

  const LetterAction action_;
  const LetterRequest request_;
  Clock* const clock_;
  const decltype(IngestDependencies::fingerprint_of) fingerprint_of_;

  bool collected_ = false;
  std::vector<Pending> pending_;        // The next one last.
  std::optional<Fate> in_doubt_;        // Of the letter whose COMMIT got no answer.
  std::vector<NewColumn> new_columns_;  // That the letter at hand asks for.
  LetterReport report_;
};

}  // namespace oncegate
