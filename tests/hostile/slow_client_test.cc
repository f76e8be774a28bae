// The time for a head, a body and an answer is absolute: a client that sends or reads a byte now
// and then does not extend it, and meanwhile everybody else is served.
#include <chrono>
#include <memory>

#include "tests/e2e/service_test.h"
#include "tests/hostile/slow_clients.h"

namespace oncegate::hostile {
namespace {

using std::chrono::steady_clock;

constexpr int kSlowClients = 100;
constexpr std::chrono::milliseconds kLimit{1000};
// Much more than the limit, and much less than the clients would go on for.
constexpr std::chrono::seconds kPatience{20};

class SlowClients : public e2e::ServiceTest {
 protected:
  void SetUp() override {
    Start(
        "[limits]\nheader_timeout = \"1s\"\nbody_timeout = \"1s\"\nwrite_timeout = \"1s\"\n"
        "idle_timeout = \"60s\"\n");
    good_ = std::make_unique<GoodClient>(process().ingest_port(), "good");
    ASSERT_EQ(good_->Post(), 200);
  }

  /// Drips through all of them, with a good request between two rounds, until all have ended.
  void ExpectAllEnd(Slowness slowness, int status) {
    std::vector<std::unique_ptr<SlowClient>> clients;
    for (int i = 0; i < kSlowClients; ++i) {
      clients.push_back(std::make_unique<SlowClient>(slowness, process().ingest_port()));
    }
    const auto begin = steady_clock::now();
    int good_requests = 0;
    while (!clients.empty()) {
      ASSERT_LT(steady_clock::now() - begin, kPatience) << clients.size() << " go on";
      ASSERT_EQ(good_->Post(), 200);
      ++good_requests;
      std::erase_if(clients, [&](const std::unique_ptr<SlowClient>& client) {
        if (client->Drip()) return false;
        EXPECT_GE(steady_clock::now() - begin, kLimit / 2) << "ended before its time";
        if (status != 0) {
          EXPECT_EQ(client->Status(), status);
        }
        return true;
      });
    }
    EXPECT_GE(good_requests, 10);
  }

 private:
  std::unique_ptr<GoodClient> good_;
};
INSTANTIATE_TEST_SUITE_P(On, SlowClients, ::testing::Values(e2e::SinkKind::kSqlite),
                         e2e::SinkKindName);

TEST_P(SlowClients, AHeadHasItsTime) { ExpectAllEnd(Slowness::kHead, 408); }

TEST_P(SlowClients, ABodyHasItsTime) { ExpectAllEnd(Slowness::kBody, 408); }

TEST_P(SlowClients, ABodyInChunksHasItsTime) { ExpectAllEnd(Slowness::kChunks, 408); }

TEST_P(SlowClients, AnAnswerHasItsTime) { ExpectAllEnd(Slowness::kReader, 0); }

}  // namespace
}  // namespace oncegate::hostile
