// A receiver that is slow, hangs, or is away.
#include <atomic>

#include "tests/unit/sinks/webhook/webhook_fixture.h"

namespace oncegate::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST_F(WebhookTest, ASlowReceiverIsWaitedFor) {
  MakeSink();
  receiver().Answer([](const WebhookRequest&) {
    std::this_thread::sleep_for(milliseconds(300));
    return WebhookAnswer{};
  });
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("p", 1)}), CommitOutcome::kCommitted);
  EXPECT_EQ(SentSequences(), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(WebhookTest, AHungReceiverIsGivenUpAndTheEventIsDeliveredLater) {
  MakeSink({{"response_timeout", "200"}});
  std::atomic<int> hangs{3};
  receiver().Answer([&](const WebhookRequest&) { return WebhookAnswer{.hangs = hangs-- > 0}; });
  EXPECT_NE(Commit({Numbered("p", 0)}), CommitOutcome::kAborted);
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(receiver().Requests().size(), 4U);
}

TEST_F(WebhookTest, WhoeverWaitsGivesUpOnceTheCircuitOpens) {
  MakeSink();
  receiver().AnswerAlways(500);
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  // The next try is the redelivery's, after a pause.
  EXPECT_EQ(receiver().Requests().size(), 5U);
  receiver().AnswerAlways(200);
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0}));
}

TEST_F(WebhookTest, ACircuitClosesWhereNothingIsLeftToTryTheReceiverWith) {
  MakeSink();
  receiver().Answer([this](const WebhookRequest&) {
    RemoveOutbox();
    return WebhookAnswer{.status = 503};
  });
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  receiver().AnswerAlways(200);
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_FALSE(Report().is_circuit_open);
  EXPECT_EQ(Report().pending_events, 0U);
}

TEST_F(WebhookTest, ASinkEndsWhileTheReceiverHangs) {
  MakeHastySink({{"response_timeout", "100000"}});
  receiver().Answer([](const WebhookRequest&) { return WebhookAnswer{.hangs = true}; });
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  ASSERT_TRUE(Eventually([this] { return receiver().Requests().size() == 2; }));
  const auto begun = steady_clock::now();
  EndSink();
  EXPECT_LT(steady_clock::now() - begun, milliseconds(2'000));
}

TEST_F(WebhookTest, WhileTheReceiverIsAwayNothingBeginsAndAfterwardsAllIsDeliveredInOrder) {
  MakeHastySink();
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  receiver().Stop();
  EXPECT_EQ(Commit({Numbered("p", 1), Numbered("p", 2)}), CommitOutcome::kInDoubt);
  ASSERT_TRUE(Eventually([this] { return sink().Trouble().has_value(); }));
  EXPECT_EQ(sink().Trouble()->error_class, SinkErrorClass::kConnection);
  EXPECT_TRUE(Report().is_circuit_open);
  EXPECT_EQ(Report().pending_events, 2U);
  EXPECT_FALSE(sink().Connect());

  receiver().Start();
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_FALSE(sink().Trouble());
  EXPECT_EQ(Commit({Numbered("p", 3)}), CommitOutcome::kCommitted);
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(Report().pending_events, 0U);
}

TEST_F(WebhookTest, ASessionThatIsOpenDoesNotOvertakeWhatAnotherLeftBehind) {
  MakeHastySink();
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  auto other = std::move(*sink().Connect());
  receiver().AnswerAlways(503);
  EXPECT_EQ(Commit({Numbered("p", 1)}), CommitOutcome::kInDoubt);
  const SinkStatus begun = other->Begin();
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().error_class, SinkErrorClass::kConnection);
  EXPECT_NE(begun.error().message.find("503"), std::string::npos);
  receiver().AnswerAlways(200);
  ASSERT_TRUE(Eventually([&] { return other->Begin().has_value(); }));
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1}));
  other->Rollback();
}

TEST_F(WebhookTest, AnOpenCircuitIsProbedByOneAlone) {
  MakeHastySink();
  struct Probes {
    std::atomic<int> under_way{0};
    std::atomic<int> most{0};
  };
  // Shared, since the last request may still be under way when the test is over.
  const auto probes = std::make_shared<Probes>();
  receiver().Answer([probes](const WebhookRequest&) {
    probes->most = std::max(probes->most.load(), ++probes->under_way);
    std::this_thread::sleep_for(milliseconds(20));
    --probes->under_way;
    return WebhookAnswer{.status = 500};
  });
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  ASSERT_TRUE(Eventually([this] { return Report().is_circuit_open; }));
  const std::size_t before = receiver().Requests().size();
  ASSERT_TRUE(Eventually([&] { return receiver().Requests().size() > before; }));
  EXPECT_EQ(probes->most, 1);
}

TEST_F(WebhookTest, APausedSinkSendsNothing) {
  MakeHastySink();
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  sink().Pause();
  EXPECT_EQ(Commit({Numbered("p", 1)}), CommitOutcome::kInDoubt);
  EXPECT_EQ(receiver().Requests().size(), 1U);
  sink().Resume();
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1}));
}

}  // namespace
}  // namespace oncegate::webhook
