// The service on Redis: killed under load, and Redis killed under it. Every write of a row stands
// in the append-only file, so a second one shows there even where the row looks the same.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>

#include "tests/e2e/load.h"
#include "tests/e2e/scale.h"
#include "tests/e2e/service_test.h"
#include "tests/model/seed.h"
#include "tests/support/deadline.h"
#include "tests/support/redis_server.h"

namespace oncegate::e2e {
namespace {

constexpr int kProducers = 6;
constexpr int kCopies = 2;
constexpr int kBatchRecords = 20;

class OnRedis : public ::testing::Test {
 protected:
  OnRedis()
      : service_({.program = Program(),
                  .folder = folder_.path(),
                  .settings = "[sinks.main]\ntype = \"redis\"\nurl = \"" + redis_.Url() +
                              "\"\n[stream_defaults]\nrequest_timeout = \"4s\"\n",
                  .environment = {},
                  .flags = {}}) {
    StartService();
  }

  void StartLoad(int batches) {
    const int batches_per_producer = batches / (kProducers * kCopies) + 1;
    load_ = std::make_unique<Load>(
        LoadShape{.stream = kStream,
                  .clients = 6,
                  .producers = kProducers,
                  .events_per_producer = batches_per_producer * kBatchRecords,
                  .batch_records = kBatchRecords,
                  .copies = kCopies,
                  .seed = TestSeed()},
        [this](int) { return port_.load(); });
    load_->Start();
  }
  Load& load() { return *load_; }
  test::RedisServer& redis() { return redis_; }
  std::filesystem::path index_dir() const { return service_.index_dir(); }

  void AwaitAnswers(int more) {
    const std::uint64_t goal = load_->Answered() + static_cast<std::uint64_t>(more);
    EXPECT_TRUE(test::Eventually([&] {
      return load_->Answered() >= goal || load_->SettledKeys() == load_->AllKeys();
    })) << "the load does not get on";
  }

  void KillService() {
    port_ = 0;
    service_.Kill();
  }
  void StartService() {
    service_.Start();
    port_ = service_.ingest_port();
  }

  void ExpectOneRowEach(const std::set<std::string>& names) {
    test::RedisClient client = redis_.Client();
    int missing = 0;
    for (const std::string& name : names) {
      if (client.Number({"EXISTS", RowKey(name)}) == 0) ++missing;
    }
    EXPECT_EQ(missing, 0) << "events were answered as settled and are lost";
  }

  /// No row was written more than once, by what Redis would replay.
  void ExpectNoSecondWrite(const std::set<std::string>& names) {
    const std::string writes = redis_.AppendOnlyFile();
    for (const std::string& name : names) {
      const std::string argument = "\r\n" + RowKey(name) + "\r\n";
      const std::size_t first = writes.find(argument);
      ASSERT_NE(first, std::string::npos) << name;
      ASSERT_EQ(writes.find(argument, first + 1), std::string::npos) << name;
    }
  }

 private:
  static std::string RowKey(const std::string& name) { return std::string(kStream) + ":" + name; }

  test::RedisServer redis_;
  test::TemporaryFolder folder_;
  test::ServiceProcess service_;
  std::atomic<std::uint16_t> port_{0};
  std::unique_ptr<Load> load_;
};

TEST_F(OnRedis, KilledUnderLoadEveryEventIsWrittenOnce) {
  StartLoad(400 * Scale());
  for (int round = 0; round < 4 * Scale(); ++round) {
    AwaitAnswers(40);
    KillService();
    ExpectOneRowEach(load().SettledKeys());
    if (round % 2 == 1) std::filesystem::remove_all(index_dir());
    StartService();
  }
  load().Finish();
  EXPECT_THAT(load().Surprises(), ::testing::IsEmpty());
  ExpectOneRowEach(load().AllKeys());
  ExpectNoSecondWrite(load().AllKeys());
  for (const auto& [name, answers] : load().AppliedAnswers()) EXPECT_LE(answers, 1) << name;
}

TEST_F(OnRedis, ARedisThatIsKilledUnderLoadHasEverySettledEvent) {
  StartLoad(300 * Scale());
  for (int round = 0; round < 3 * Scale(); ++round) {
    AwaitAnswers(40);
    redis().Kill();
    const std::set<std::string> settled = load().SettledKeys();
    redis().Start();
    ExpectOneRowEach(settled);
  }
  load().Finish();
  EXPECT_THAT(load().Surprises(), ::testing::IsEmpty());
  ExpectOneRowEach(load().AllKeys());
  ExpectNoSecondWrite(load().AllKeys());
}

}  // namespace
}  // namespace oncegate::e2e
