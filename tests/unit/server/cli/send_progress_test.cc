#include "server/cli/send_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oncegate {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

TEST(SendProgress, NumbersHaveSeparators) {
  EXPECT_EQ(WithSeparators(0), "0");
  EXPECT_EQ(WithSeparators(999), "999");
  EXPECT_EQ(WithSeparators(1000), "1,000");
  EXPECT_EQ(WithSeparators(1234567), "1,234,567");
}

TEST(SendProgress, TheBarFillsWithWhatIsFinished) {
  SendTotals totals;
  totals.AddSkipped(100);
  totals.AddBatch(400, 400);
  EXPECT_EQ(ProgressLine(totals.Read(), 1000, milliseconds(2000)),
            "[###############---------------]  50 %  500/1,000 records  200/s");
  EXPECT_EQ(ProgressLine(totals.Read(), std::nullopt, milliseconds(2000)), "500 records  200/s");
  EXPECT_THAT(ProgressLine(SendTotals().Read(), 0, milliseconds(0)), HasSubstr("100 %"));
}

TEST(SendProgress, TroubleIsShownUntilSomethingSettles) {
  SendTotals totals;
  totals.AddRetry("127.0.0.1:1: Connection refused");
  EXPECT_THAT(ProgressLine(totals.Read(), 10, milliseconds(1)),
              HasSubstr("1 retries  (127.0.0.1:1: Connection refused)"));
  totals.AddBatch(5, 5);
  EXPECT_THAT(ProgressLine(totals.Read(), 10, milliseconds(1)), Not(HasSubstr("refused")));
}

TEST(SendProgress, TheSummaryCountsAnswersAndNamesProblemsByRecord) {
  SendTotals totals;
  SendAnswer lost;
  lost.counts = {{"retry", 2}};
  totals.AddAnswer(lost, 0);
  totals.AddRetry("status 503");
  SendAnswer answer;
  answer.decision = SendDecision::kRefused;
  answer.counts = {{"applied", 1}, {"invalid", 1}};
  answer.problems = {{1, "invalid (unknown_field): x"}};
  totals.AddAnswer(answer, 500);
  totals.AddBatch(2, 1);
  const std::string summary = SummaryText(totals.Read(), milliseconds(1500));
  EXPECT_THAT(summary, HasSubstr("records   2 in 1.5 s"));
  EXPECT_THAT(summary, HasSubstr("settled   1\n"));
  EXPECT_THAT(summary, HasSubstr("unsettled 1\n"));
  EXPECT_THAT(summary, HasSubstr("requests  2 answered, 1 sent again\n"));
  EXPECT_THAT(summary, HasSubstr("answers   applied 1, invalid 1\n"));
  EXPECT_THAT(summary, HasSubstr("  record 501: invalid (unknown_field): x\n"));
}

}  // namespace
}  // namespace oncegate
