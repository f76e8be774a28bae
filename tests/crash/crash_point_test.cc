// The service dies before and after every step that it takes in its sink and in its index.
#include <csignal>
#include <span>

#include "tests/crash/crash_points.h"
#include "tests/crash/promise_test.h"
#include "tests/support/deadline.h"

namespace oncegate::crash {
namespace {

using e2e::Answer;
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
    Kill();
    StartLoads(40);
    for (const Side side : {Side::kBefore, Side::kAfter}) {
      const CrashPoint point{swept.step, side};
      SCOPED_TRACE(ToString(point));
      const std::size_t skipped = IsLongRun() ? 0 : swept.hits.size() - 1;
      for (const int hit : std::span(swept.hits).subspan(skipped)) {
        Arm(point, hit);
        TryStart();
        ASSERT_EQ(AwaitEnd(), kKilled) << "not reached for the time " << hit;
        ++deaths;
        ExpectNothingSettledIsLost();
      }
    }
    Disarm();
    StartAgain();
    FinishAndExpectEveryEventOnce();
    ASSERT_FALSE(HasFailure()) << ToString(swept.step);
  }
  Report(std::to_string(deaths) + " deaths at named points of a commit");
}

std::vector<CrashPoint> BothSides(std::span<const Step> steps) {
  std::vector<CrashPoint> points;
  for (const Step step : steps) {
    points.push_back({step, Side::kBefore});
    points.push_back({step, Side::kAfter});
  }
  return points;
}

/// Those of a group whose event has a field that its table has no column for.
constexpr Step kGrowing[] = {Step::kUpsertRows, Step::kAddColumns, Step::kCommit};
constexpr char kThings[] = "CREATE TABLE things (id INTEGER PRIMARY KEY)";
constexpr char kThingsStream[] =
    "[streams.things]\ntarget = \"columns\"\nkey_columns = [\"id\"]\nauto_evolve = true\n";

TEST_P(CrashPointTest, AColumnThatADeathLeftBehindTakesItsEventOnce) {
  Prepare();
  sink().Query(kThings);
  process().setup().settings += kThingsStream;
  std::int64_t number = 0;
  for (const CrashPoint& point : BothSides(kGrowing)) {
    SCOPED_TRACE(ToString(point));
    const std::string id = std::to_string(++number);
    const std::string event =
        Record("p", number, R"({"id":)" + id + R"(,"f)" + id + R"(":)" + id + "}");
    Kill();
    Arm(point, 1);
    ASSERT_TRUE(TryStart());
    EXPECT_EQ(Post("things", event).status, 0) << "it was answered";
    ASSERT_EQ(process().AwaitEnd(), kKilled);
    Disarm();
    StartAgain();
    EXPECT_EQ(Post("things", event).status, 200);
    EXPECT_THAT(Post("things", event), Settles(200, {{"duplicate", 1}}));
    EXPECT_EQ(sink().Count("SELECT count(*) FROM things WHERE f" + id + " = id"), 1);
  }
  EXPECT_EQ(sink().Count("SELECT count(*) FROM things"), number);
}

constexpr char kReplay[] = R"({"stream":"kept","dry_run":false})";
constexpr char kKeeping[] = "[streams.kept]\non_reject = \"dead_letter\"\n";

/// Those of a group that keeps a dead letter, and those of its replay.
constexpr Step kKeepingLetters[] = {Step::kWriteDeadLetters, Step::kCommit};
constexpr Step kReplayingLetters[] = {Step::kDeleteDeadLetters, Step::kCommit};

TEST_P(CrashPointTest, ADeadLetterIsKeptWithItsMarkOrNotAtAllAndReplayedOnce) {
  Prepare(kKeeping);
  ASSERT_EQ(Post("kept", Record("first", 0, "0")).status, 200);
  std::int64_t number = 0;
  const auto key = [&] { return "bad" + std::to_string(number); };
  const auto poison = [&] { return Record("p", number, "1", R"("key":")" + key() + "\""); };
  const auto letters = [this] {
    return sink().Count("SELECT count(*) FROM oncegate_dead_letters");
  };
  for (const CrashPoint& point : BothSides(kKeepingLetters)) {
    SCOPED_TRACE(ToString(point));
    ++number;
    sink().RefuseKey("kept", key());
    Kill();
    Arm(point, 1);
    ASSERT_TRUE(TryStart());
    EXPECT_EQ(Post("kept", poison()).status, 0) << "it was answered";
    ASSERT_EQ(process().AwaitEnd(), kKilled);
    Disarm();
    StartAgain();
    const Answer again = Post("kept", poison());
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(letters(), 1);
    EXPECT_THAT(Post("kept", poison()), Settles(200, {{"duplicate", 1}}));
    sink().RefuseNothing("kept");
    EXPECT_EQ(service().OpsPost("/admin/v1/dead-letters/replay", kReplay).Member("applied"), "1");
    EXPECT_TRUE(sink().Row("kept", key()).has_value());
  }
  for (const CrashPoint& point : BothSides(kReplayingLetters)) {
    SCOPED_TRACE(ToString(point));
    ++number;
    sink().RefuseKey("kept", key());
    ASSERT_THAT(Post("kept", poison()), Settles(200, {{"dead_lettered", 1}}));
    sink().RefuseNothing("kept");
    Kill();
    Arm(point, 1);
    ASSERT_TRUE(TryStart());
    EXPECT_EQ(service().OpsPost("/admin/v1/dead-letters/replay", kReplay).status, 0);
    ASSERT_EQ(process().AwaitEnd(), kKilled);
    Disarm();
    StartAgain();
    EXPECT_EQ(letters(), sink().Row("kept", key()).has_value() ? 0 : 1);
    EXPECT_EQ(service().OpsPost("/admin/v1/dead-letters/replay", kReplay).status, 200);
    EXPECT_EQ(letters(), 0);
    EXPECT_TRUE(sink().Row("kept", key()).has_value());
  }
}

/// Steps of a call of the control thread that changes the ledger, as bump and purge do.
constexpr Step kLedgerEdit[] = {Step::kBegin, Step::kReadLedger, Step::kWriteLedger, Step::kCommit};
/// What follows it, where producers are forgotten.
constexpr Step kForgetting[] = {Step::kIndexEraseProducer, Step::kIndexAppendAudit};
constexpr Step kExpiringProducers[] = {Step::kCommit};
/// Those of a long run; each waits for a producer to be idle long enough.
constexpr Step kExpiringProducersMore[] = {
    Step::kListProducers, Step::kCountProducers, Step::kIndexReadCursor,    Step::kIndexWriteCursor,
    Step::kBegin,         Step::kReadLedger,     Step::kIndexEraseProducer, Step::kWriteLedger};
constexpr Step kExpiringIds[] = {Step::kIndexEraseIds};
constexpr Step kExpiringIdsMore[] = {Step::kCountIds, Step::kSweepIds};

TEST_P(CrashPointTest, ABumpThatIsRepeatedAfterADeathBumpsOnce) {
  Prepare();
  int number = 0;
  for (const CrashPoint& point : BothSides(kLedgerEdit)) {
    SCOPED_TRACE(ToString(point));
    const std::string producer = "bumped" + std::to_string(++number);
    ASSERT_EQ(Post(kOrders, Record(producer, 0, "1")).status, 200);
    const auto bump = [&] {
      return service().Ingest({"POST",
                               "/v1/streams/orders/producers/" + producer + "/epoch",
                               {{"Content-Type", "application/json"}, {"Idempotency-Key", "k"}},
                               R"({"expected_epoch":0,"sequence":"reset"})"});
    };
    Kill();
    Arm(point, 1);
    ASSERT_TRUE(TryStart());
    EXPECT_EQ(bump().status, 0) << "it was answered";
    ASSERT_EQ(process().AwaitEnd(), kKilled);
    Disarm();
    StartAgain();
    EXPECT_EQ(bump().status, 200);
    EXPECT_EQ(bump().status, 200) << "the same call again is the same bump";
    EXPECT_EQ(service().Producer(kOrders, producer).Member("epoch"), "1");
    EXPECT_THAT(Post(kOrders, Record(producer, 1, "1")), Settles(409, {{"fenced", 1}}));
    EXPECT_THAT(Post(kOrders, Record(producer, 0, "1", "\"epoch\":1")),
                Settles(200, {{"applied", 1}}));
  }
}

TEST_P(CrashPointTest, APurgeThatIsRepeatedAfterADeathIsObeyed) {
  Prepare();
  int number = 0;
  std::vector<CrashPoint> points = BothSides(kLedgerEdit);
  for (const CrashPoint& point : BothSides(kForgetting)) points.push_back(point);
  for (const CrashPoint& point : points) {
    SCOPED_TRACE(ToString(point));
    const std::string producer = "purged" + std::to_string(++number);
    const auto purge = [&] {
      return service().OpsPost(
          "/admin/v1/streams/orders/purge",
          R"({"producer":")" + producer + R"(","mode":"seal","dry_run":false})");
    };
    ASSERT_EQ(Post(kOrders, Array({Record(producer, 2, "1"), Record(producer, 5, "1")})).status,
              200);
    Kill();
    Arm(point, 1);
    ASSERT_TRUE(TryStart());
    EXPECT_EQ(purge().status, 0) << "it was answered";
    ASSERT_EQ(process().AwaitEnd(), kKilled);
    Disarm();
    StartAgain();
    EXPECT_EQ(purge().status, 200);
    EXPECT_THAT(Post(kOrders, Record(producer, 3, "1")), Settles(410, {{"too_old", 1}}));
    EXPECT_THAT(Post(kOrders, Record(producer, 5, "1")), Settles(410, {{"too_old", 1}}));
    EXPECT_THAT(Post(kOrders, Record(producer, 6, "1")), Settles(200, {{"applied", 1}}));
  }
}

TEST_P(CrashPointTest, ExpiryThatIsCutShortGoesOnAndForgetsNothingElse) {
  Prepare("[streams.brief]\nproducer_retention = \"1s\"\n");
  int number = 0;
  std::vector<CrashPoint> points = BothSides(kExpiringProducers);
  if (IsLongRun()) {
    for (const CrashPoint& point : BothSides(kExpiringProducersMore)) points.push_back(point);
  }
  for (const CrashPoint& point : points) {
    SCOPED_TRACE(ToString(point));
    const std::string producer = "idle" + std::to_string(++number);
    ASSERT_EQ(Post("brief", Array({Record(producer, 7, "1"), Record(producer, 10, "1")})).status,
              200);
    Kill();
    Arm(point, 1);
    TryStart();
    ASSERT_TRUE(test::Eventually([this] { return process().HasEnded(); })) << "not reached";
    Disarm();
    StartAgain();
    ASSERT_TRUE(test::Eventually(
        [&] { return service().Producer("brief", producer).Member("floor") == "10"; }));
    EXPECT_THAT(Post("brief", Record(producer, 9, "1")), Settles(410, {{"too_old", 1}}));
    EXPECT_THAT(Post("brief", Record(producer, 11, "1")), Settles(200, {{"applied", 1}}));
  }
}

TEST_P(CrashPointTest, AnIdWhoseExpiryWasCutShortIsNewAgainAndIsWritten) {
  Prepare("[streams.fleeting]\ndedupe = \"id\"\nid_retention = \"1s\"\n");
  int number = 0;
  std::vector<CrashPoint> points = BothSides(kExpiringIds);
  if (IsLongRun()) {
    for (const CrashPoint& point : BothSides(kExpiringIdsMore)) points.push_back(point);
  }
  for (const CrashPoint& point : points) {
    SCOPED_TRACE(ToString(point));
    const std::string record = R"({"id":"fleeting)" + std::to_string(++number) + R"(","value":1})";
    ASSERT_THAT(Post("fleeting", record), Settles(200, {{"applied", 1}}));
    Kill();
    Arm(point, 1);
    TryStart();
    ASSERT_TRUE(test::Eventually([this] { return process().HasEnded(); })) << "not reached";
    Disarm();
    StartAgain();
    // The index may still know what the ledger has forgotten; the ledger is believed.
    EXPECT_TRUE(test::Eventually([&] {
      return Post("fleeting", record).VerdictCounts() == Counts{{"applied", 1}};
    }));
  }
}

}  // namespace
}  // namespace oncegate::crash
