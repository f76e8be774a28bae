#include "server/ingest/worst_result.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace oncegate {
namespace {

EventResult Ended(Verdict verdict, std::int64_t hint = -1) {
  EventResult result;
  result.verdict = verdict;
  result.hint = hint;
  return result;
}

TEST(WorstResult, VerdictsAreOrderedFromHavingItToSendingItAgain) {
  const std::vector<Verdict> ordered{
      Verdict::kDuplicate, Verdict::kApplied, Verdict::kSuperseded, Verdict::kDeadLettered,
      Verdict::kAccepted,  Verdict::kInvalid, Verdict::kRejected,   Verdict::kTooOld,
      Verdict::kConflict,  Verdict::kGap,     Verdict::kFenced,     Verdict::kRetry};
  ASSERT_EQ(ordered.size(), static_cast<std::size_t>(kVerdictCount));
  for (std::size_t better = 0; better < ordered.size(); ++better) {
    for (std::size_t worse = better; worse < ordered.size(); ++worse) {
      EXPECT_EQ(WorseOf(Ended(ordered[better]), Ended(ordered[worse])).verdict, ordered[worse]);
      EXPECT_EQ(WorseOf(Ended(ordered[worse]), Ended(ordered[better])).verdict, ordered[worse]);
    }
  }
}

TEST(WorstResult, NothingUnsettledIsHiddenBehindSomethingSettled) {
  for (int one = 0; one < kVerdictCount; ++one) {
    for (int other = 0; other < kVerdictCount; ++other) {
      const auto [a, b] = std::pair(static_cast<Verdict>(one), static_cast<Verdict>(other));
      const Verdict told = WorseOf(Ended(a), Ended(b)).verdict;
      EXPECT_EQ(IsSettled(told), IsSettled(a) && IsSettled(b)) << ToString(a) << ToString(b);
    }
  }
}

TEST(WorstResult, TheWorseResultIsTakenAsAWhole) {
  EventResult rejected = Ended(Verdict::kRejected);
  rejected.code = Code::kTableNotOwned;
  rejected.text = std::make_unique<EventResult::Text>(EventResult::Text{"why", "/at"});
  const EventResult told = WorseOf(Ended(Verdict::kApplied), std::move(rejected));
  EXPECT_EQ(told.code, Code::kTableNotOwned);
  ASSERT_NE(told.text, nullptr);
  EXPECT_EQ(told.text->detail, "why");
}

TEST(WorstResult, OfTwoGapsTheLowestExpectedSequenceIsTold) {
  EXPECT_EQ(WorseOf(Ended(Verdict::kGap, 7), Ended(Verdict::kGap, 3)).hint, 3);
  EXPECT_EQ(WorseOf(Ended(Verdict::kGap, 3), Ended(Verdict::kGap, 7)).hint, 3);
  EXPECT_EQ(WorseOf(Ended(Verdict::kGap, -1), Ended(Verdict::kGap, 7)).hint, 7);
}

TEST(WorstResult, OfTwoFencedTheHighestEpochIsTold) {
  EXPECT_EQ(WorseOf(Ended(Verdict::kFenced, 2), Ended(Verdict::kFenced, 5)).hint, 5);
  EXPECT_EQ(WorseOf(Ended(Verdict::kFenced, 5), Ended(Verdict::kFenced, 2)).hint, 5);
}

TEST(WorstResult, ADuplicateIsVerifiedWhereAllSinksVerifiedIt) {
  EventResult unverified = Ended(Verdict::kDuplicate);
  unverified.verified = false;
  EXPECT_FALSE(WorseOf(Ended(Verdict::kDuplicate), std::move(unverified)).verified);
}

}  // namespace
}  // namespace oncegate
