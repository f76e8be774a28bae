// Bumps and purges while events are on their way: each event comes before or after, never half.
#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "tests/e2e/scale.h"
#include "tests/e2e/service_test.h"
#include "tests/model/seed.h"
#include "tests/support/deadline.h"

namespace oncegate::e2e {
namespace {

class ControlUnderLoad : public ServiceTest {
 protected:
  void SetUp() override {
    Start("[stream_defaults]\nrequest_timeout = \"4s\"\n");
    ASSERT_EQ(Post(kStream, Record("first", 0, "1")).status, 200);
    sink().Audit(kStream);
  }

  /// Every sequence of one producer once, in any order, by several clients; books of what was
  /// applied and of what the floor refused.
  void Send(int sequences, const std::function<void()>& in_the_middle) {
    std::vector<int> order(static_cast<std::size_t>(sequences));
    for (int i = 0; i < sequences; ++i) order[static_cast<std::size_t>(i)] = i;
    std::mt19937_64 random(TestSeed());
    std::shuffle(order.begin(), order.end(), random);
    std::atomic<int> next{0};
    std::vector<std::thread> clients;
    for (int client = 0; client < 4; ++client) {
      clients.emplace_back([&] {
        for (int i = next++; i < sequences; i = next++) {
          SendOne(order[static_cast<std::size_t>(i)]);
        }
      });
    }
    EXPECT_TRUE(test::Eventually([&] { return next > sequences / 2; }));
    in_the_middle();
    for (std::thread& client : clients) client.join();
  }

  std::set<std::string> Written() {
    std::set<std::string> written;
    for (const auto& [key, count] : sink().AuditedWrites(kStream)) {
      EXPECT_EQ(count, 1) << key;
      written.insert(key);
    }
    return written;
  }

  std::set<std::string> applied_;
  std::set<std::string> too_old_;

 private:
  void SendOne(int sequence) {
    const Counts counts = Post(kStream, Record("p", sequence, "1")).VerdictCounts();
    const std::string key = "p/0/" + std::to_string(sequence);
    const std::lock_guard lock(mutex_);
    if (counts == Counts{{"applied", 1}}) {
      applied_.insert(key);
    } else if (counts == Counts{{"too_old", 1}}) {
      too_old_.insert(key);
    } else {
      ADD_FAILURE() << key << " was neither applied nor too old";
    }
  }

  std::mutex mutex_;
};
ONCEGATE_ON_BOTH_SINKS(ControlUnderLoad);

TEST_P(ControlUnderLoad, ASealedProducerWritesWhatWasAnsweredAsAppliedAndNothingElse) {
  std::string floor;
  Send(400 * Scale(), [&] {
    ASSERT_EQ(service()
                  .OpsPost("/admin/v1/streams/orders/purge", R"({"producer":"p","dry_run":false})")
                  .status,
              200);
    floor = service().Producer(kStream, "p").Member("floor");
  });
  EXPECT_NE(floor, "-1");
  EXPECT_FALSE(too_old_.empty());
  EXPECT_EQ(Written(), applied_);
}

TEST_P(ControlUnderLoad, ABumpFencesWhatWaitsInTheQueue) {
  ASSERT_EQ(Post(kStream, Record("p", 0, "1", R"("epoch":3)")).status, 200);
  ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/pause", "{}").status, 200);
  testing::RawConnection waiting(process().ingest_port());
  ASSERT_TRUE(waiting.Send(testing::Serialize({"POST",
                                               std::string("/v1/streams/") + kStream + "/events",
                                               {{"Content-Type", "application/json"}},
                                               Record("p", 1, "1", R"("epoch":3)")})));
  ASSERT_FALSE(waiting.IsReadable(std::chrono::milliseconds(100)));
  const Answer bumped = service().Ingest({"POST",
                                          "/v1/streams/orders/producers/p/epoch",
                                          {{"Content-Type", "application/json"}},
                                          R"({"expected_epoch":3,"sequence":"continue"})"});
  EXPECT_EQ(bumped.status, 200);
  ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/resume", "{}").status, 200);
  EXPECT_THAT(ReadAnswer(waiting.Read()), Settles(409, {{"fenced", 1}}));
  EXPECT_FALSE(sink().Row(kStream, "p/3/1"));
}

TEST_P(ControlUnderLoad, OfCompetingBumpsOneWins) {
  ASSERT_EQ(Post(kStream, Record("p", 0, "1")).status, 200);
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 16; ++client) {
    clients.emplace_back([&] {
      const Answer answer = service().Ingest({"POST",
                                              "/v1/streams/orders/producers/p/epoch",
                                              {{"Content-Type", "application/json"}},
                                              R"({"expected_epoch":0,"sequence":"continue"})"});
      if (answer.status == 200) ++won;
      if (answer.status == 409) ++lost;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 15);
  EXPECT_EQ(service().Producer(kStream, "p").Member("epoch"), "1");
}

}  // namespace
}  // namespace oncegate::e2e
