// The disk is full, and then it is not.
#include <optional>

#include "tests/crash/promise_test.h"
#include "tests/crash/small_disk.h"
#include "tests/support/deadline.h"

namespace oncegate::crash {
namespace {

constexpr std::size_t kDiskMegabytes = 48;

class FullDiskTest : public PromiseTest {
 protected:
  void SetUp() override {
    const std::string obstacle = SmallDisk::Obstacle();
    if (!obstacle.empty()) GTEST_SKIP() << "SKIPPED: " << obstacle;
  }

  void TearDown() override {
    if (disk_) process().Kill();
  }

  /// The service goes on from where it was, with this folder on a small disk.
  void MoveToSmallDisk(const std::filesystem::path& folder) {
    ASSERT_EQ(process().Terminate(), 0);
    disk_.emplace(folder, kDiskMegabytes);
    StartAgain();
  }

  SmallDisk& disk() { return *disk_; }

  double FailedWrites() {
    double failed = service().Metric("oncegate_store_errors_total");
    for (const char* error_class : {"connection", "restart", "stream"}) {
      failed += service().Metric(R"(oncegate_sink_errors_total{class=")" +
                                 std::string(error_class) + R"(",sink="main"})");
      failed += service().Metric(R"(oncegate_sink_errors_total{sink="main",class=")" +
                                 std::string(error_class) + R"("})");
    }
    return failed;
  }

  bool IsReady() { return service().Ops({"GET", "/readyz", {}, ""}).status == 200; }

  void ExpectFillingAndFreeingLosesNothing() {
    for (int round = 0; round < 3; ++round) {
      const double failed = FailedWrites();
      StartLoads(300);
      AwaitAnswers(2);
      disk().Fill();
      EXPECT_TRUE(test::Eventually(
          [&] { return FailedWrites() > failed || !IsReady() || LoadsAreSettled(); }));
      EXPECT_FALSE(LoadsAreSettled()) << "it did not notice that the disk is full";
      EXPECT_FALSE(process().HasEnded()) << "it has to wait, not to die";
      disk().Free();
      FinishAndExpectEveryEventOnce();
    }
    process().AwaitReady();
    Kill();
    StartAgain();
    ReplayLoads();
    FinishAndExpectEveryEventOnce();
    Report("3 times full and freed");
  }

 private:
  std::optional<SmallDisk> disk_;
};
ONCEGATE_ON_BOTH_SINKS(FullDiskTest);

TEST_P(FullDiskTest, TheIndexFillsItAndGoesOnOnceThereIsRoom) {
  Prepare();
  MoveToSmallDisk(process().data_dir());
  ExpectFillingAndFreeingLosesNothing();
}

TEST_P(FullDiskTest, AStartOnAFullDiskSaysSoAndSpaceIsAllItTakes) {
  Prepare();
  StartLoads(12);
  FinishAndExpectEveryEventOnce();
  MoveToSmallDisk(process().data_dir());
  Kill();
  disk().Fill();
  const std::size_t logged = process().Log().size();
  EXPECT_EQ(process().StartAndFail(), 1);
  EXPECT_THAT(process().Log().substr(logged), ::testing::HasSubstr("No space left on device"));
  disk().Free();
  StartAgain();
  ReplayLoads();
  FinishAndExpectEveryEventOnce();
}

class FullSinkTest : public FullDiskTest {};
INSTANTIATE_TEST_SUITE_P(On, FullSinkTest, ::testing::Values(e2e::SinkKind::kSqlite),
                         e2e::SinkKindName);

TEST_P(FullSinkTest, SinkAndIndexFillItAndGoOnOnceThereIsRoom) {
  Prepare();
  MoveToSmallDisk(process().data_dir().parent_path());
  ExpectFillingAndFreeingLosesNothing();
}

}  // namespace
}  // namespace oncegate::crash
