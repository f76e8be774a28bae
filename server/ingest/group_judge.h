// Judging a group: from what the ledger says to a verdict per event. Consults the index for
// fingerprints only; decides nothing from it.
//
// Threading: owned by one lane.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dedupe/store/index.h"
#include "dedupe/types/result.h"
#include "server/ingest/group.h"
#include "sinks/sink.h"

namespace oncegate {

/// Ids of one id stream in a group: every id once, in byte order, with the events that carry it in
/// arrival order.
struct IdGroup {
  std::vector<IdClaim> claims;
  std::vector<std::vector<std::uint32_t>> events;  // Parallel to claims.
};

class GroupJudge {
 public:
  explicit GroupJudge(Index* index) : index_(index) {}

  /// Judges the slot's events against slot->ledger, into slot->state and the events' results.
  /// Events that the sink refused keep their result and settle nothing.
  Status JudgeSlot(Group* group, ProducerSlot* slot) const;

  /// Collects the ids of `stream`; the first event of an id claims it.
  Result<IdGroup> CollectIds(const Group& group, const StreamRuntime& stream, WallTime now) const;
  /// Turns the ledger's answers into results.
  void JudgeIds(const IdGroup& ids, std::span<const IdOutcome> outcomes, Group* group) const;

 private:
  struct PendingDuplicate {
    std::uint32_t event;
    std::int64_t sequence;
  };
  Status CheckDuplicates(Group* group, const ProducerSlot& slot, Epoch epoch,
                         std::vector<PendingDuplicate>* duplicates) const;

  Index* const index_;
};

/// The first of its identity: applied, unless the sink refuses it; then a dead letter.
void SetFresh(GroupEvent* item);
/// The sink refuses the event for good and does not keep it.
void SetRejected(const LetterReason& reason, GroupEvent* item);
void SetDeadLettered(const std::string& detail, GroupEvent* item);

/// The duplicate or conflict that `check` stands for, as a result.
void SetDuplicate(const Fingerprint& sent, const std::optional<Fingerprint>& settled,
                  bool within_group, GroupEvent* item);

}  // namespace oncegate
