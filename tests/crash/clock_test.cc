// Somebody sets the machine's clock, a day forward and a day back, under the running service and
// between two runs: nothing is forgotten early, and nothing waits for a time that does not come.
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "tests/crash/promise_test.h"
#include "tests/support/deadline.h"
#include "tests/support/sanitizer.h"

namespace oncegate::crash {
namespace {

using e2e::Array;
using e2e::Record;
using e2e::Settles;
using std::chrono::seconds;

constexpr char kFakeTime[] = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
/// Much shorter than the jumps: a clock that believes them forgets all of it at the next pass. A
/// pass comes every tenth of a retention.
constexpr char kSettings[] = R"(
[store]
fingerprint_retention = "40s"
[streams.brief_orders]
producer_retention = "40s"
[streams.brief_messages]
dedupe = "id"
id_retention = "40s"
[streams.canaries]
dedupe = "id"
id_retention = "5s"
)";

class ClockTest : public PromiseTest {
 protected:
  void SetUp() override {
    if (test::kHasAddressSanitizer) {
      GTEST_SKIP() << "SKIPPED: the address sanitizer bears no library that is loaded before it";
    }
    if (!std::filesystem::exists(kFakeTime)) {
      GTEST_SKIP() << "SKIPPED: the package faketime is not installed";
    }
  }

  /// The service of the next starts reads its wall clock through the offset.
  void FakeTheClock() {
    SetClock("+0");
    process().setup().environment = {{"LD_PRELOAD", kFakeTime},
                                     {"FAKETIME_TIMESTAMP_FILE", OffsetFile().string()},
                                     {"FAKETIME_NO_CACHE", "1"},
                                     {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
  }

  /// "+1d", "-1d", "+0".
  void SetClock(const std::string& offset) {
    const std::filesystem::path fresh = OffsetFile().string() + ".new";
    std::ofstream(fresh) << offset << "\n";
    std::filesystem::rename(fresh, OffsetFile());
  }

  void SettleOneOfEach(const std::string& name) {
    ASSERT_THAT(Post("brief_orders", Array({Record(name, 2, "1"), Record(name, 5, "1")})),
                Settles(200, {{"applied", 2}}));
    ASSERT_THAT(Post("brief_messages", Message(name)), Settles(200, {{"applied", 1}}));
  }

  /// No id, no window and no fingerprint of what SettleOneOfEach sent.
  void ExpectNothingForgotten(const std::string& name) {
    EXPECT_THAT(Post("brief_orders", Array({Record(name, 2, "1"), Record(name, 5, "1")})),
                Settles(200, {{"duplicate", 2}}));
    EXPECT_THAT(Post("brief_orders", Record(name, 5, "2")), Settles(409, {{"conflict", 1}}))
        << "the fingerprint is forgotten";
    EXPECT_EQ(service().Producer("brief_orders", name).Member("floor"), "-1");
    EXPECT_THAT(Post("brief_messages", Message(name)), Settles(200, {{"duplicate", 1}}));
  }

  /// As logs spell it.
  static std::string DateOf(seconds from_now) {
    const std::time_t time =
        std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + from_now);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::ostringstream date;
    date << std::put_time(&parts, "%Y-%m-%dT");
    return date.str();
  }

  static std::string Message(const std::string& id) {
    return R"({"id":")" + id + R"(","value":1})";
  }

 private:
  std::filesystem::path OffsetFile() { return process().data_dir().parent_path() / "clock"; }
};
ONCEGATE_ON_BOTH_SINKS(ClockTest);

TEST_P(ClockTest, JumpsOfADayBothWaysUnderLoadForgetNothingEarlyAndHangNothing) {
  Prepare(kSettings);
  Kill();
  FakeTheClock();
  StartAgain();
  StartLoads(200);
  for (const std::string offset : {"+1d", "-1d"}) {
    SCOPED_TRACE(offset);
    SettleOneOfEach("at" + offset);
    ASSERT_THAT(Post("canaries", Message(offset)), Settles(200, {{"applied", 1}}));
    SetClock(offset);
    AwaitAnswers(20);
    // What is due is forgotten in time, and by then every pass has been made once at least.
    EXPECT_TRUE(test::Eventually(
        [&] {
          return Post("canaries", Message(offset)).VerdictCounts() == e2e::Counts{{"applied", 1}};
        },
        seconds(30)));
    ExpectNothingForgotten("at" + offset);
  }
  FinishAndExpectEveryEventOnce();
  EXPECT_EQ(process().Terminate(), 0);
  EXPECT_THAT(process().Log(), ::testing::HasSubstr(DateOf(-seconds(86400)))) << "no jump was seen";
  EXPECT_THAT(process().Log(), ::testing::HasSubstr(DateOf(seconds(0))));
}

TEST_P(ClockTest, ADeadlineEndsInTimeWhateverTheClockSays) {
  Prepare(std::string(kSettings) + "[streams.hasty]\nrequest_timeout = \"1s\"\n");
  Kill();
  FakeTheClock();
  StartAgain();
  for (const char* offset : {"+1d", "-1d"}) {
    SCOPED_TRACE(offset);
    ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/pause", "{}").status, 200);
    SetClock(offset);
    const auto begin = std::chrono::steady_clock::now();
    const e2e::Answer refused = Post("hasty", Record("p", 1, "1"));
    EXPECT_THAT(refused, e2e::IsProblem(503, "retry"));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(900));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
    const int retry_after = std::atoi(refused.Header("Retry-After").c_str());
    EXPECT_GE(retry_after, 1);
    EXPECT_LE(retry_after, 60);
    ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/resume", "{}").status, 200);
    EXPECT_TRUE(test::Eventually([&] { return Post("hasty", Record("p", 1, "1")).status == 200; },
                                 seconds(10)));
  }
}

TEST_P(ClockTest, AClockThatIsADayBackAtTheStartForgetsNothing) {
  Prepare(kSettings);
  Kill();
  FakeTheClock();
  StartAgain();
  SettleOneOfEach("p");
  Kill();
  SetClock("-1d");
  StartAgain();
  ExpectNothingForgotten("p");
  StartLoads(12);
  FinishAndExpectEveryEventOnce();
  Kill();
  SetClock("+0");
  StartAgain();
  ExpectNothingForgotten("p");
}

}  // namespace
}  // namespace oncegate::crash
