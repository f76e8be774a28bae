// The service dies before and after every step that it takes in its sink and in its index.
#include <csignal>

#include "tests/crash/crash_points.h"
#include "tests/crash/promise_test.h"
#include "tests/support/deadline.h"

namespace oncegate::crash {
namespace {

using e2e::Array;
using e2e::Counts;
using e2e::Record;
using e2e::Settles;

constexpr int kKilled = 128 + SIGKILL;

class CrashPointTest : public PromiseTest {
 protected:
  /// The service of the next start dies at this point.
  void Arm(const CrashPoint& point, int hit) {
    process().setup().program = ONCEGATE_CRASHING_SERVICE;
    process().setup().environment = {{"CRASH_POINT", ToString(point) + ":" + std::to_string(hit)}};
  }
  void Disarm() {
    process().setup().program = e2e::Program();
    process().setup().environment.clear();
  }
};
ONCEGATE_ON_BOTH_SINKS(CrashPointTest);

struct SweptStep {
  Step step;
  /// The first time is that of a start or of the first group; later ones have groups behind them
  /// and batches queued before them.
  std::vector<int> hits;
};

const SweptStep kCommitPath[] = {
    {Step::kConnect, {1, 2}},
    {Step::kListStreams, {1}},
    {Step::kEnsureStream, {1}},
    {Step::kBegin, {1, 5}},
    {Step::kIndexReadProducer, {1, 5}},
    {Step::kReadLedger, {1, 5}},
    {Step::kIndexReadFingerprints, {1}},
    {Step::kWriteLedger, {1, 5}},
    {Step::kIndexReadIds, {1, 5}},
    {Step::kClaimIds, {1, 5}},
    {Step::kUpsertRows, {1, 5}},
    {Step::kCommit, {1, 5}},
    {Step::kIndexWrite, {1, 5}},
};

TEST_P(CrashPointTest, DyingAtAnyStepOfACommitKeepsThePromise) {
  Prepare();
  int deaths = 0;
  for (const SweptStep& swept : kCommitPath) {
    for (const Side side : {Side::kBefore, Side::kAfter}) {
      const CrashPoint point{swept.step, side};
      SCOPED_TRACE(ToString(point));
      Kill();
      StartLoads(30);
      for (const int hit : swept.hits) {
        Arm(point, hit);
        TryStart();
        ASSERT_EQ(AwaitEnd(), kKilled) << "not reached for the time " << hit;
        ++deaths;
        ExpectNothingSettledIsLost();
      }
      Disarm();
      StartAgain();
      FinishAndExpectEveryEventOnce();
      ASSERT_FALSE(HasFailure());
    }
  }
  Report(std::to_string(deaths) + " deaths at named points of a commit");
}

}  // namespace
}  // namespace oncegate::crash
