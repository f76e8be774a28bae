// A service between real HTTP on both ends: producers post to it, and it posts to a receiver that
// honours keys. The receiver lives in the test, so it outlives a service that is killed.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/http_client.h"
#include "tests/support/service_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/webhook_receiver.h"

namespace oncegate::e2e {
namespace {

using test::Eventually;
using test::WebhookAnswer;
using test::WebhookRequest;

class WebhookServiceTest : public ::testing::Test {
 protected:
  WebhookServiceTest()
      : service_({.program = ONCEGATE_PROGRAM,
                  .folder = folder_.path(),
                  .settings = Settings(4),
                  .environment = {},
                  .flags = {}}) {
    service_.Start();
  }

  std::string Settings(int lanes) const {
    return "[sinks.hook]\ntype = \"webhook\"\nlanes = " + std::to_string(lanes) + "\nurl = \"" +
           receiver_.Url() +
           "\"\n[stream_defaults]\non_reject = \"dead_letter\"\nrequest_timeout = \"2s\"\n";
  }

  /// One event; the answer's status and body.
  std::pair<int, std::string> Post(const std::string& producer, int sequence) {
    const auto reply = testing::Call(
        service_.ingest_port(), {"POST",
                                 "/v1/streams/orders/events?results=all",
                                 {{"Content-Type", "application/json"}, {"Producer-Id", producer}},
                                 R"([{"seq":)" + std::to_string(sequence) + R"(,"value":)" +
                                     std::to_string(sequence) + "}]"});
    return reply ? std::pair(reply->status, reply->body) : std::pair(0, std::string());
  }

  bool Settles(const std::string& producer, int sequence) {
    return Eventually([&] { return Post(producer, sequence).first == 200; });
  }

  std::string Readiness() { return Ask("/readyz"); }
  std::string Scrape() { return Ask("/metrics"); }

 private:
  std::string Ask(const std::string& path) {
    const auto reply = testing::Call(service_.ops_port(), {"GET", path, {}, ""});
    return reply ? reply->body : "";
  }

 protected:
  test::TemporaryFolder folder_;
  test::WebhookReceiver receiver_;
  test::ServiceProcess service_;
};

TEST_F(WebhookServiceTest, AnEventThatIsSentTwiceTakesEffectOnce) {
  for (int i = 0; i < 20; ++i) {
    const auto [status, body] = Post("p", i);
    EXPECT_EQ(status, 200) << body;
    EXPECT_NE(body.find("\"applied\""), std::string::npos) << body;
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(Post("p", i).second.find("\"duplicate\""), std::string::npos);
  }
  EXPECT_EQ(receiver_.Requests().size(), 20U);
}

TEST_F(WebhookServiceTest, ARefusedEventIsAnsweredAsDeadLettered) {
  receiver_.AnswerAlways(422);
  const auto [status, body] = Post("p", 0);
  EXPECT_EQ(status, 200) << body;
  EXPECT_NE(body.find("\"dead_lettered\""), std::string::npos) << body;
  receiver_.AnswerAlways(200);
  EXPECT_NE(Post("p", 1).second.find("\"applied\""), std::string::npos);
}

TEST_F(WebhookServiceTest, KilledBetweenFreezingAndDeliveryItDeliversAtTheNextStart) {
  receiver_.Stop();
  EXPECT_NE(Post("p", 0).first, 200);
  service_.Kill();
  receiver_.Start();
  service_.setup().settings = Settings(1);
  service_.Start(test::Readiness::kListening);
  ASSERT_TRUE(Eventually([&] { return receiver_.Effects().size() == 1; }));
  ASSERT_TRUE(Settles("p", 0));
  ASSERT_TRUE(Settles("p", 1));
  EXPECT_EQ(receiver_.Effects().size(), 2U);
}

TEST_F(WebhookServiceTest, KilledBetweenDeliveryAndRemovalItSendsTheSameKeyAgain) {
  receiver_.Answer([](const WebhookRequest&) { return WebhookAnswer{.is_lost = true}; });
  std::thread poster([this] { static_cast<void>(Post("p", 0)); });
  ASSERT_TRUE(Eventually([&] { return !receiver_.Requests().empty(); }));
  service_.Kill();
  poster.join();
  receiver_.AnswerAlways(200);
  service_.Start(test::Readiness::kListening);
  ASSERT_TRUE(Settles("p", 0));
  const auto requests = receiver_.Requests();
  EXPECT_GE(requests.size(), 2U);
  std::set<std::string> keys;
  for (const WebhookRequest& request : requests) keys.insert(request.key + request.body);
  EXPECT_EQ(keys.size(), 1U);
  EXPECT_EQ(receiver_.Effects().size(), 1U);
}

TEST_F(WebhookServiceTest, WhileTheReceiverIsAwayNothingIsSettledAndReadinessSaysWhy) {
  ASSERT_TRUE(Settles("p", 0));
  receiver_.Stop();
  EXPECT_NE(Post("p", 1).first, 200);
  EXPECT_NE(Post("p", 1).first, 200);
  ASSERT_TRUE(Eventually([&] { return Readiness().find("circuit") != std::string::npos; }));
  // What alerts look at says so, too.
  EXPECT_NE(Scrape().find("\noncegate_sink_up{sink=\"hook\"} 0\n"), std::string::npos);
  receiver_.Start();
  ASSERT_TRUE(Settles("p", 1));
  EXPECT_EQ(receiver_.Effects().size(), 2U);
  EXPECT_NE(Scrape().find("\noncegate_sink_up{sink=\"hook\"} 1\n"), std::string::npos);
}

TEST_F(WebhookServiceTest, AReceiverThatIsGoneStopsTheSinkUntilItIsResumed) {
  receiver_.AnswerAlways(410);
  EXPECT_NE(Post("p", 0).first, 200);
  ASSERT_TRUE(Eventually([&] { return Readiness().find("\"refused\"") != std::string::npos; }));
  receiver_.AnswerAlways(200);
  const auto resumed = testing::Call(
      service_.ops_port(),
      {"POST", "/admin/v1/sinks/hook/resume", {{"Content-Type", "application/json"}}, "{}"});
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->status, 200) << resumed->body;
  ASSERT_TRUE(Settles("p", 0));
  EXPECT_EQ(receiver_.Effects().size(), 1U);
}

}  // namespace
}  // namespace oncegate::e2e
