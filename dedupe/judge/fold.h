// Folding: several events of one key in one group become one row write, by the row guard. Pure.
//
// The row guard: with a version, a row is written only by a higher one; an event without a version
// never overwrites a row that has one; without versions, an event never overwrites a row written by
// a higher (epoch, seq) of the same producer (equal may write again); between different producers
// the later arrival wins. "The last one wins" is wrong as soon as events arrive out of order.
//
// Events of one key are folded only within a class: all with versions, or one producer's sequences
// without versions, or neither version nor sequence (the later arrival wins). A change of class
// starts a further round, written by a further statement of the same transaction. Two rounds are
// always enough, however often the class changes (fold.cc says why), so that two producers taking
// turns on one key do not turn a group into thousands of statements.
//
// Promises, for whatever row is stored when the group begins: writing the rounds through the guard
// leaves the row that the events one by one would leave, and an event whose fate is not kShares
// would have been refused by the guard one by one, too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dedupe/types/dedupe_mode.h"
#include "dedupe/types/event.h"

namespace oncegate {

/// Final only once its row's winner is settled: a winner that is rejected is taken out, and the
/// rest is folded again. Where the guard refuses a row at equal version, the winner's own verdict
/// (duplicate or conflict with what is stored) also holds for the row's kDuplicate members of that
/// version; members of a lower version are superseded.
enum class FoldFate : std::uint8_t {
  kShares,      // Shares the fate of its row: applied if the row is written.
  kSuperseded,  // A newer event of the key came before it in the group, or one with a version.
  kDuplicate,   // Version streams: the same (key, version) came before it, same payload.
  kConflict,    // Version streams: the same (key, version) came before it, other payload.
};

struct FoldMembership {
  std::uint32_t round = 0;
  std::uint32_t row = 0;  // Index into rounds[round].
  FoldFate fate = FoldFate::kShares;
};

struct FoldPlan {
  /// Per round the winning events, as indexes into the input, sorted by key bytes. At most two.
  std::vector<std::vector<std::uint32_t>> rounds;
  /// Parallel to the input. A winner is always a member of its own row.
  std::vector<FoldMembership> membership;
};

/// `events` are those judged kApplied, of one stream, in arrival order.
FoldPlan FoldEvents(DedupeMode mode, std::span<const Event* const> events);

/// For targets that keep every event: one round, in which each event has a row of its own, in
/// arrival order.
FoldPlan KeepEveryEvent(std::size_t events);

}  // namespace oncegate
