// The service on a real broker: killed under load, and its broker killed, every event is one
// committed message. Skipped where no broker can be had.
#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "tests/e2e/load.h"
#include "tests/e2e/service_test.h"
#include "tests/support/deadline.h"
#include "tests/support/kafka_client.h"
#include "tests/support/kafka_server.h"
#include "tests/support/service_process.h"
#include "tests/support/temporary_folder.h"

namespace oncegate::e2e {
namespace {

class KafkaCrash : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = test::KafkaServer::WhyMissing(); !reason.empty()) {
      GTEST_SKIP() << reason;
    }
    broker_ = std::make_unique<test::KafkaServer>();
    service_ = NewService(folder_);
    service_->Start();
    port_ = service_->ingest_port();
  }

  std::unique_ptr<test::ServiceProcess> NewService(const test::TemporaryFolder& folder) const {
    test::ServiceSetup setup;
    setup.program = Program();
    setup.folder = folder.path();
    setup.settings = "[sinks.main]\ntype = \"kafka\"\nbrokers = \"" + broker_->Brokers() +
                     "\"\nstandby_timeout = \"1s\"\ntransaction_timeout = \"2s\"\n"
                     "[streams.orders]\ntarget = \"append\"\ntable = \"orders.v1\"\n";
    return std::make_unique<test::ServiceProcess>(setup);
  }

  void StartLoad(int events_per_producer) {
    LoadShape shape;
    shape.stream = kStream;
    shape.events_per_producer = events_per_producer;
    load_ = std::make_unique<Load>(shape, [this](int) { return port_.load(); });
    load_->Start();
  }
  void AwaitAnswers(std::uint64_t more) {
    const std::uint64_t enough = load_->Answered() + more;
    while (load_->Answered() < enough && !load_->HasEnded()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  std::map<std::string, int> MessagesByName() const {
    std::map<std::string, int> messages;
    for (const test::KafkaMessage& message : test::ReadTopic(broker_->Brokers(), "orders.v1")) {
      const auto& headers = message.headers;
      ++messages[headers.at("producer-id") + "/" + headers.at("producer-epoch") + "/" +
                 headers.at("producer-seq")];
    }
    return messages;
  }
  bool HasEverySettledEvent() const {
    const std::map<std::string, int> messages = MessagesByName();
    const std::set<std::string> settled = load_->SettledKeys();
    return std::all_of(settled.begin(), settled.end(),
                       [&](const std::string& key) { return messages.contains(key); });
  }
  void ExpectEveryEventOnce() {
    load_->Finish();
    EXPECT_TRUE(load_->Surprises().empty()) << load_->Surprises().front();
    const std::map<std::string, int> messages = MessagesByName();
    for (const std::string& key : load_->AllKeys()) {
      const auto found = messages.find(key);
      EXPECT_EQ(found == messages.end() ? 0 : found->second, 1) << key;
    }
    EXPECT_EQ(messages.size(), load_->AllKeys().size());
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<test::KafkaServer> broker_;
  std::unique_ptr<test::ServiceProcess> service_;
  std::atomic<std::uint16_t> port_{0};
  std::unique_ptr<Load> load_;
};

TEST_F(KafkaCrash, TheServiceKilledUnderLoadWritesEveryEventOnce) {
  StartLoad(600);
  for (int round = 0; round < 3; ++round) {
    AwaitAnswers(30);
    port_ = 0;
    service_->Kill();
    // A transaction that was left open hides what was committed behind it until the broker ends it.
    EXPECT_TRUE(test::Eventually([this] { return HasEverySettledEvent(); }));
    if (round == 1) std::filesystem::remove_all(service_->index_dir());
    service_->Start();
    port_ = service_->ingest_port();
  }
  ExpectEveryEventOnce();
}

TEST_F(KafkaCrash, AServiceThatIsTakenOverUnderLoadAndTakesBackWritesNothingTwice) {
  StartLoad(600);
  AwaitAnswers(20);
  const test::TemporaryFolder other_folder;
  const auto other = NewService(other_folder);
  other->Start();
  port_ = other->ingest_port();
  AwaitAnswers(30);
  // Suspended in the middle of whatever it does, and woken when it is too late.
  other->Signal(SIGSTOP);
  port_ = service_->ingest_port();
  AwaitAnswers(20);
  other->Signal(SIGCONT);
  ExpectEveryEventOnce();
}

TEST_F(KafkaCrash, TheBrokerKilledUnderLoadHasEveryEventOnce) {
  StartLoad(300);
  AwaitAnswers(20);
  broker_->Kill();
  broker_->Start();
  ExpectEveryEventOnce();
}

}  // namespace
}  // namespace oncegate::e2e
