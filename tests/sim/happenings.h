// What happened in a run, counted by kind, so that a run shows that its faults were real. A kind
// that never happens in many seeds is a hole in the proof; the test of 200 seeds asks for every
// one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace oncegate::sim {

/// X(enumerator, name)
#define ONCEGATE_SIM_HAPPENINGS(X)                        \
  X(kCrash, "crash")                                      \
  X(kRestart, "restart")                                  \
  X(kZombie, "zombie")                                    \
  X(kIndexTailLost, "index_tail_lost")                    \
  X(kIndexLost, "index_lost")                             \
  X(kIndexOldCopy, "index_old_copy")                      \
  X(kIndexPoisoned, "index_poisoned")                     \
  X(kIndexReopened, "index_reopened")                     \
  X(kRequestDuplicated, "request_duplicated")             \
  X(kReplyLost, "reply_lost")                             \
  X(kClientTimeout, "client_timeout")                     \
  X(kConnectionLost, "connection_lost")                   \
  X(kSinkOutage, "sink_outage")                           \
  X(kLockWait, "lock_wait")                               \
  X(kLockTimeout, "lock_timeout")                         \
  X(kDeadlock, "deadlock")                                \
  X(kIdleKilled, "idle_transaction_killed")               \
  X(kCommitRefused, "commit_refused")                     \
  X(kInDoubtLanded, "in_doubt_landed")                    \
  X(kInDoubtAborted, "in_doubt_aborted")                  \
  X(kInDoubtLandedLate, "in_doubt_landed_late")           \
  X(kInDoubtAbortedLate, "in_doubt_aborted_late")         \
  X(kInDoubtResolved, "in_doubt_resolved_committed")      \
  X(kDeadlineInDoubt, "deadline_while_in_doubt")          \
  X(kRestoreBroken, "restore_with_broken_connections")    \
  X(kRestoreSilent, "restore_without_broken_connections") \
  X(kFailover, "failover")                                \
  X(kTakenAway, "settled_event_taken_away")               \
  X(kLedgerEmptied, "ledger_emptied")                     \
  X(kClockForward, "clock_jump_forward")                  \
  X(kClockBack, "clock_jump_back")                        \
  X(kSeal, "purge_seal")                                  \
  X(kForget, "purge_forget")                              \
  X(kBumpReset, "bump_reset")                             \
  X(kBumpContinue, "bump_continue")                       \
  X(kImplicitEpoch, "implicit_epoch")                     \
  X(kTombstone, "producer_expired")                       \
  X(kIdExpired, "id_expired")                             \
  X(kAccepted, "accepted")                                \
  X(kAcceptedAgain, "accepted_again")                     \
  X(kRefusedFull, "refused_as_too_much")                  \
  X(kBlocked, "blocked_behind_pending")                   \
  X(kLongOutage, "long_sink_outage")                      \
  X(kJournalTailLost, "journal_tail_lost")                \
  X(kJournalTailKept, "journal_tail_kept")                \
  X(kJournalTornEnd, "journal_torn_end")                  \
  X(kJournalPoisoned, "journal_poisoned")                 \
  X(kJournalReopened, "journal_reopened")                 \
  X(kJournalRecovered, "journal_recovered")               \
  X(kOrderSeen, "order_of_acceptance_seen")               \
  X(kAcceptedRefused, "accepted_then_refused")            \
  X(kRowAppended, "row_appended")                         \
  X(kMended, "poison_taken_from_now_on")                  \
  X(kReplay, "replay")                                    \
  X(kReplayTwice, "replay_by_two_at_once")                \
  X(kLetterReplayed, "letter_replayed")                   \
  X(kLetterRefused, "letter_refused_again")               \
  X(kPoisonFound, "poison_found")                         \
  X(kPoisonHealed, "poison_healed")                       \
  X(kOtherPayload, "other_payload")                       \
  X(kAtomicBatch, "atomic_batch")                         \
  X(kAtomicAborted, "atomic_aborted")                     \
  X(kWindowFull, "window_full")                           \
  X(kLedgerConflict, "ledger_conflict")                   \
  X(kLostRaceToldLate, "lost_race_told_late")             \
  X(kLedgerRegression, "ledger_regression")               \
  X(kApplied, "applied")                                  \
  X(kDuplicate, "duplicate")                              \
  X(kSuperseded, "superseded")                            \
  X(kConflict, "conflict")                                \
  X(kGap, "gap")                                          \
  X(kFenced, "fenced")                                    \
  X(kTooOld, "too_old")                                   \
  X(kRejected, "rejected")                                \
  X(kDeadLettered, "dead_lettered")                       \
  X(kRetry, "retry")                                      \
  X(kEvents, "events")                                    \
  X(kCommits, "commits")

enum class Happening : std::uint8_t {
#define ONCEGATE_SIM_ENUMERATOR(name, text) name,
  ONCEGATE_SIM_HAPPENINGS(ONCEGATE_SIM_ENUMERATOR)
#undef ONCEGATE_SIM_ENUMERATOR
};

inline constexpr std::array kHappeningNames{
#define ONCEGATE_SIM_NAME(name, text) std::string_view(text),
    ONCEGATE_SIM_HAPPENINGS(ONCEGATE_SIM_NAME)
#undef ONCEGATE_SIM_NAME
};

class Happenings {
 public:
  void Count(Happening happening) { ++counts_[static_cast<std::size_t>(happening)]; }
  std::uint64_t at(std::size_t number) const { return counts_[number]; }
  void Add(const Happenings& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<std::uint64_t, kHappeningNames.size()> counts_{};
};

}  // namespace oncegate::sim
