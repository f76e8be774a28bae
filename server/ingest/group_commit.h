// GroupCommit: one group through one sink transaction: judge, write the marks and rows, commit.
//
// What is judged is the state that the index holds, if it holds one: writing the mark from the
// index's token proves that it was the ledger's too, and a producer of which nothing is written has
// its row read. A group that loses this bet is rolled back, and for a while every group has its
// ledger rows read and locked first, so that no group loses twice in a row: rolling back and
// starting over again and again never ends between two instances.
//
// Every group is validated against the ledger inside its own transaction before anything of it is
// answered; nothing is settled, or refused by state, from local knowledge. The order within the
// transaction: ledger rows (sorted), ids (sorted), rows (sorted by table and key), dead letters
// (sorted), COMMIT. A group that the sink refuses in part is rolled back wholly and judged again,
// with the culprits left out or settled as dead letters: keeping the first judged state would leave
// marks without rows.
//
// Threading: owned by one lane, used with that lane's session.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dedupe/judge/fold.h"
#include "server/ingest/engine.h"
#include "server/ingest/group.h"
#include "server/ingest/group_judge.h"
#include "sinks/sink.h"

namespace oncegate {

enum class GroupOutcome : std::uint8_t {
  kDone,        // Every event has its final result; what is settled is durable in the sink.
  kRestart,     // Lost a race or a lock: the same group again.
  kSinkDown,    // The sink is away: nothing was committed.
  kStreamDown,  // One stream's table or right is in the way: nothing was committed.
  kStoreDown,   // The index failed: nothing was committed.
  kInDoubt,     // The COMMIT got no answer: the same group again, on a new session.
};

struct GroupReport {
  GroupOutcome outcome = GroupOutcome::kSinkDown;
  SinkError error;
  StreamRuntime* stream = nullptr;  // kStreamDown: the culprit.
};

class GroupCommit {
 public:
  GroupCommit(const IngestDependencies& dependencies, SinkObserver* observer);

  /// Runs the group once. After kDone the results of group->events are final; after anything else
  /// the session must be rolled back or discarded (it is rolled back where it is usable) and no
  /// result may be answered.
  GroupReport Run(SinkSession* session, Group* group);

  /// Writes what a finished group taught to the index. Best effort: the ledger is the truth.
  void UpdateIndex(const Group& group);

 private:
  struct IdsOfStream {
    StreamRuntime* stream;
    IdGroup ids;
    std::vector<IdOutcome> outcomes;
  };
  struct Growth {
    StreamRuntime* stream = nullptr;
    std::vector<NewColumn> columns;
  };
  enum class Step : std::uint8_t {
    kContinue,
    kFinished,
    kAgain,       // A round with at least one event less.
    kAddColumns,  // A round with the columns of growth_.
    kFailed,
  };

  Step RunOnce(Group* group);
  Step EnsureStreams(Group* group);
  /// Between two rounds: no transaction is open.
  Step AddColumns();
  Step ReadIndex(Group* group);
  Step ReadLedger(Group* group, const std::vector<std::uint32_t>& slots);
  Step TakeLedgerRow(Group* group, std::uint32_t slot_number, const LedgerRow& row);
  Step JudgeAndMark(Group* group);
  Step JudgeSlots(Group* group, std::vector<std::uint32_t> slots);
  Step ClaimIds(Group* group);
  Step WriteRows(Group* group);
  Step WriteStreamRows(Group* group, StreamRuntime* stream);
  Step TakeEffects(Group* group, const std::vector<std::uint32_t>& judged, const FoldPlan& plan,
                   std::uint32_t round, const RowsOutcome& outcome);
  void TakeEffect(const GroupEvent& winner, FoldFate fate, RowEffect effect,
                  const StoredRow* stored, GroupEvent* item) const;
  /// Of what the sink holds for the row of `event`.
  Fingerprint FingerprintOf(const StoredRow& stored, const Event& event) const;
  void Refuse(const BadRow& bad, GroupEvent* item, const Batch& batch) const;
  Step WriteLetters(Group* group);
  /// The letters of a stream, sorted by id; their events are settled by them. kAgain: some events
  /// are rejected instead, as the sink could not keep them.
  Step TakeLetters(Group* group, const StreamRuntime& stream,
                   std::vector<DeadLetter>* letters) const;
  Step Commit(Group* group);
  void TakeDeadLettered(Group* group);
  /// Ends the transaction, and has the sink confirm a commit behind it: a sink may show what others
  /// have committed before it is on its disk, and what is answered without a commit of its own
  /// rests on that.
  Step ConfirmWhatWasRead();
  Step AbortAtomic(Group* group);
  Step ResolveInDoubt(Group* group, std::uint32_t attempt_number);
  bool LastAttemptLanded(const Group& group) const;
  /// Every lost COMMIT is known now: at most one of them landed.
  void ForgetAttempts(Group* group, bool one_landed);
  void NoteRegression(const StreamRuntime& stream);

  Step Fail(const SinkError& error, StreamRuntime* stream = nullptr);
  Step FailStore(const Error& error);

  Index* const index_;
  Random* const random_;
  Clock* const clock_;
  Logger* const logger_;
  StoreObserver* const store_observer_;
  SinkObserver* const observer_;
  const decltype(IngestDependencies::fingerprint_of) fingerprint_of_;
  const GroupJudge judge_;

  /// That many groups more have their rows locked first.
  int locked_groups_ = 0;

  // Of the run that is under way.
  SinkSession* session_ = nullptr;
  bool locks_first_ = false;
  WallTime now_;
  bool wrote_ = false;
  bool regression_logged_ = false;
  std::vector<IdsOfStream> ids_;
  std::vector<std::pair<StreamRuntime*, std::uint64_t>> letters_;  // How many new ones.
  Growth growth_;
  int growth_rounds_ = 0;  // In a row.
  GroupReport report_;
};

}  // namespace oncegate
