// What an earlier process left behind.
#include "sinks/webhook/webhook_sink.h"
#include "tests/unit/sinks/webhook/webhook_fixture.h"

namespace oncegate::webhook {
namespace {

TEST_F(WebhookTest, WhatIsFrozenIsDeliveredByTheNextStartBeforeAnythingNew) {
  MakeHastySink();
  receiver().Stop();
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("q", 1)}), CommitOutcome::kInDoubt);
  EndSink();

  MakeSink();
  receiver().Start();
  EXPECT_EQ(Commit({Numbered("p", 2)}), CommitOutcome::kCommitted);
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST_F(WebhookTest, ARestartDeliversWithoutBeingAskedFor) {
  MakeHastySink();
  receiver().Stop();
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  EndSink();

  receiver().Start();
  MakeSink();
  auto session = std::move(*sink().Connect());
  ASSERT_TRUE(Eventually([this] { return receiver().Effects().size() == 1; }));
}

TEST_F(WebhookTest, ARequestKeepsItsBytesAndItsKeyOverRestartsAndSettings) {
  MakeHastySink({{"batch", "true"}});
  receiver().Answer([](const WebhookRequest&) { return WebhookAnswer{.hangs = true}; });
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("p", 1)}), CommitOutcome::kInDoubt);
  EndSink();
  receiver().Stop();

  receiver().AnswerAlways(200);
  receiver().Start();
  MakeSink({{"batch", "true"}, {"batch_format", "ndjson"}, {"batch_events", "1"}});
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  const auto requests = receiver().Requests();
  ASSERT_GE(requests.size(), 2U);
  for (const WebhookRequest& request : requests) {
    EXPECT_EQ(request.key, requests.front().key);
    EXPECT_EQ(request.body, requests.front().body);
    EXPECT_EQ(request.headers.at("content-type"), "application/json");
  }
  EXPECT_EQ(receiver().Effects().size(), 1U);
}

TEST_F(WebhookTest, ASplitThatWasMadeStays) {
  MakeHastySink({{"batch", "true"}});
  // The whole is refused, and then the receiver goes away.
  receiver().Answer([](const WebhookRequest& request) {
    const bool is_whole = request.body.find("\"seq\":3") != std::string::npos &&
                          request.body.find("\"seq\":0") != std::string::npos;
    return is_whole ? WebhookAnswer{.status = 400} : WebhookAnswer{.status = 503};
  });
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("p", 1), Numbered("p", 2), Numbered("p", 3)}),
            CommitOutcome::kInDoubt);
  EndSink();
  const std::string half = receiver().Requests().back().key;

  receiver().AnswerAlways(200);
  MakeSink({{"batch", "true"}});
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1, 2, 3}));
  ASSERT_EQ(receiver().Effects().size(), 2U);
  EXPECT_EQ(receiver().Effects().front().key, half);
}

TEST_F(WebhookTest, TheSameEventHasTheSameKeyInAnotherOutbox) {
  MakeSink();
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  EndSink();
  MakeSink({{"path", "new.sqlite"}});
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  EXPECT_EQ(receiver().Requests().size(), 2U);
  EXPECT_EQ(receiver().Effects().size(), 1U);
}

TEST_F(WebhookTest, ASecondInstanceIsRefused) {
  MakeSink();
  static_cast<void>(session());
  auto second = kWebhookSinkType.make(OptionsFor(folder(), {{"url", receiver().Url()}}));
  ASSERT_TRUE(second);
  const auto refused = (*second)->Connect();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kRefused);
  EXPECT_NE(refused.error().message.find("another instance"), std::string::npos);
  EndSink();
  EXPECT_TRUE((*second)->Connect());
}

TEST_F(WebhookTest, AnOutboxThatWasReplacedIsOpenedAnew) {
  MakeSink();
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  RemoveOutbox();
  EXPECT_FALSE(session().Begin());
  EXPECT_EQ(Commit({Numbered("p", 1)}), CommitOutcome::kCommitted);
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(WebhookTest, WhatARestoredOutboxHoldsIsDeliveredBeforeAnythingBegins) {
  MakeHastySink();
  receiver().Stop();
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  EndSink();
  const auto saved = folder() / "saved.sqlite";
  std::filesystem::copy_file(folder() / "hook.delivery.sqlite", saved);
  receiver().Start();
  MakeSink();
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  ASSERT_EQ(Commit({Numbered("p", 1), Numbered("p", 2)}), CommitOutcome::kCommitted);
  EXPECT_EQ(SentSequences(), (std::vector<std::int64_t>{0, 1, 2}));

  RemoveOutbox();
  std::filesystem::copy_file(saved, folder() / "hook.delivery.sqlite");
  EXPECT_FALSE(session().Begin());
  ASSERT_EQ(Commit({Numbered("p", 3)}), CommitOutcome::kCommitted);
  EXPECT_EQ(SentSequences(), (std::vector<std::int64_t>{0, 1, 2, 0, 3}));
  EXPECT_EQ(Report().pending_events, 0U);
}

}  // namespace
}  // namespace oncegate::webhook
