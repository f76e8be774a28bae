#include "server/http/status.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace oncegate {
namespace {

EventResult Result(Verdict verdict, Code code = Code::kSinkUnavailable) {
  EventResult result;
  result.verdict = verdict;
  result.code = code;
  return result;
}

VerdictCounts Of(std::initializer_list<Verdict> verdicts) {
  VerdictCounts counts;
  for (const Verdict verdict : verdicts) counts.Add(verdict);
  return counts;
}

// The table of statuses once more, row by row, for every set of verdicts.
int Expected(unsigned set) {
  const auto has = [set](Verdict v) { return (set >> static_cast<int>(v) & 1) != 0; };
  const auto only = [set](std::initializer_list<Verdict> allowed) {
    unsigned mask = 0;
    for (const Verdict v : allowed) mask |= 1U << static_cast<int>(v);
    return (set & ~mask) == 0;
  };
  using V = Verdict;
  if (only({V::kApplied, V::kDuplicate, V::kSuperseded, V::kDeadLettered})) return 200;
  if (only({V::kApplied, V::kDuplicate, V::kSuperseded, V::kDeadLettered, V::kAccepted})) {
    return 202;
  }
  if (has(V::kApplied) || has(V::kDuplicate) || has(V::kSuperseded) || has(V::kDeadLettered) ||
      has(V::kAccepted)) {
    return 207;
  }
  if (has(V::kRetry)) return 503;
  if (only({V::kConflict, V::kGap, V::kFenced})) return 409;
  if (only({V::kTooOld})) return 410;
  return 422;
}

TEST(StatusTable, HoldsForEverySetOfVerdicts) {
  for (unsigned set = 0; set < 1U << kVerdictCount; ++set) {
    VerdictCounts counts;
    for (int v = 0; v < kVerdictCount; ++v) {
      if ((set >> v & 1) != 0) counts.of[static_cast<std::size_t>(v)] = 1 + v % 3;
    }
    ASSERT_EQ(StatusOf(counts), Expected(set)) << "set " << set;
  }
}

TEST(StatusTable, NothingAtAllIsSettled) { EXPECT_EQ(StatusOf(VerdictCounts{}), 200); }

TEST(StatusTable, TheCodeIsTheCommonVerdictOrMixed) {
  EXPECT_EQ(CommonCode(Of({Verdict::kGap, Verdict::kGap})), "gap");
  EXPECT_EQ(CommonCode(Of({Verdict::kRetry})), "retry");
  EXPECT_EQ(CommonCode(Of({Verdict::kGap, Verdict::kFenced})), "mixed");
}

TEST(AtomicStatus, IsDecidedByWhatStoodInTheWay) {
  std::vector<EventResult> results;
  results.push_back(Result(Verdict::kDuplicate));
  results.push_back(Result(Verdict::kRetry, Code::kAtomicAborted));
  results.push_back(Result(Verdict::kConflict, Code::kPayloadMismatch));
  EXPECT_EQ(StatusOf(DecidingVerdicts(results, true)), 409);
  EXPECT_EQ(CommonCode(DecidingVerdicts(results, true)), "conflict");
  EXPECT_EQ(StatusOf(DecidingVerdicts(results, false)), 207);
}

TEST(AtomicStatus, InvalidRecordsDecideToo) {
  std::vector<EventResult> results;
  results.push_back(Result(Verdict::kRetry, Code::kAtomicAborted));
  results.push_back(Result(Verdict::kInvalid, Code::kUnknownField));
  EXPECT_EQ(StatusOf(DecidingVerdicts(results, true)), 422);
}

TEST(AtomicStatus, WithoutAnOffenderItIsSentAgain) {
  std::vector<EventResult> results;
  results.push_back(Result(Verdict::kDuplicate));
  results.push_back(Result(Verdict::kRetry, Code::kDeadlineExceeded));
  EXPECT_EQ(StatusOf(DecidingVerdicts(results, true)), 503);
  results.back().code = Code::kAtomicAborted;
  EXPECT_EQ(StatusOf(DecidingVerdicts(results, true)), 503);
}

TEST(AtomicStatus, SettledIsSettled) {
  std::vector<EventResult> results;
  results.push_back(Result(Verdict::kDuplicate));
  results.push_back(Result(Verdict::kApplied));
  EXPECT_EQ(StatusOf(DecidingVerdicts(results, true)), 200);
}

}  // namespace
}  // namespace oncegate
