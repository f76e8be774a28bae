// What the receiver may answer instead of "taken".
#include <atomic>

#include "tests/unit/sinks/webhook/webhook_fixture.h"

namespace oncegate::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Answers `status` to the first `times` requests, 200 to all others.
WebhookReceiver::Rule FirstAnswers(int status, int times,
                                   std::vector<std::pair<std::string, std::string>> headers = {}) {
  auto left = std::make_shared<std::atomic<int>>(times);
  return [=](const WebhookRequest&) {
    if ((*left)-- > 0) return WebhookAnswer{.status = status, .headers = headers};
    return WebhookAnswer{};
  };
}

/// Refuses every request that holds the value of one of the events.
WebhookReceiver::Rule Refuses(int status, std::vector<int> events) {
  return [=](const WebhookRequest& request) {
    for (const int event : events) {
      if (request.body.find("\"data\":" + std::to_string(event) + "}") != std::string::npos) {
        return WebhookAnswer{.status = status};
      }
    }
    return WebhookAnswer{};
  };
}

TEST_F(WebhookTest, WhatIsBusyOrBrokenIsAskedAgainWithTheSameBytes) {
  MakeSink();
  std::int64_t sequence = 0;
  for (const int status : {408, 409, 425, 429, 500, 502, 503, 302, 401, 404}) {
    const std::size_t before = receiver().Requests().size();
    receiver().Answer(FirstAnswers(status, 1));
    EXPECT_EQ(Commit({Numbered("p", sequence)}), CommitOutcome::kCommitted) << status;
    const auto requests = receiver().Requests();
    ASSERT_EQ(requests.size(), before + 2) << status;
    EXPECT_EQ(requests[before].key, requests[before + 1].key);
    EXPECT_EQ(requests[before].body, requests[before + 1].body);
    ++sequence;
  }
  EXPECT_EQ(Report().retried, 10U);
  EXPECT_TRUE(DeadLetters().empty());
}

TEST_F(WebhookTest, ARedirectIsNotFollowed) {
  MakeSink();
  WebhookReceiver elsewhere;
  receiver().Answer(FirstAnswers(307, 1, {{"Location", elsewhere.Url()}}));
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  EXPECT_TRUE(elsewhere.Requests().empty());
}

TEST_F(WebhookTest, RetryAfterIsHonoured) {
  MakeSink();
  receiver().Answer(FirstAnswers(429, 1, {{"Retry-After", "1"}}));
  const auto begun = steady_clock::now();
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  EXPECT_GE(steady_clock::now() - begun, milliseconds(1'000));
}

TEST_F(WebhookTest, ARetryAfterBeyondTheRequestLeavesTheEventForLater) {
  MakeHastySink();
  receiver().Answer(FirstAnswers(503, 1, {{"Retry-After", "1"}}));
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  EXPECT_TRUE(receiver().Effects().empty());
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0}));
}

TEST_F(WebhookTest, ARefusedEventBecomesADeadLetterAndTheOthersGoOn) {
  MakeSink();
  receiver().Answer(Refuses(422, {1}));
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("p", 1), Numbered("p", 2)}),
            CommitOutcome::kCommitted);
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 2}));
  const auto letters = DeadLetters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].producer, "p");
  EXPECT_EQ(letters[0].sequence, Sequence{1});
  EXPECT_EQ(letters[0].value, "1");
  EXPECT_EQ(letters[0].key, "p1");
  EXPECT_EQ(letters[0].detail, "the receiver answered 422");
  EXPECT_EQ(letters[0].id.substr(0, 7), "orders:");
  EXPECT_EQ(letters[0].id.size(), 7U + 36U);
  EXPECT_EQ(Report().dead_lettered, 1U);
  EXPECT_EQ(Report().pending_events, 0U);
}

TEST_F(WebhookTest, ADeadLetterIsToldOnceToWhomeverAnswersForTheEvent) {
  MakeSink();
  receiver().Answer(Refuses(400, {1}));
  const std::vector<conformance::Record> records{Numbered("p", 0), Numbered("p", 1)};
  ASSERT_EQ(Commit(records), CommitOutcome::kCommitted);
  const Event first = records[0].View();
  const Event second = records[1].View();
  const std::vector<const Event*> events{&first, &second};
  std::vector<BadRow> dead;
  session().TakeDeadLettered(orders(), events, &dead);
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].row, 1U);
  EXPECT_EQ(dead[0].verdict, Verdict::kDeadLettered);
  EXPECT_EQ(dead[0].detail, "the receiver answered 400");
  dead.clear();
  session().TakeDeadLettered(orders(), events, &dead);
  EXPECT_TRUE(dead.empty());
}

TEST_F(WebhookTest, ADeadLetterThatWasDeliveredAfterAllIsNotTold) {
  MakeSink();
  receiver().Answer(FirstAnswers(422, 1));
  const conformance::Record record = Numbered("p", 0);
  ASSERT_EQ(Commit({record}), CommitOutcome::kCommitted);
  ASSERT_EQ(Commit({record}), CommitOutcome::kCommitted);  // As a replay does.
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0}));
  const Event event = record.View();
  const Event* const row = &event;
  std::vector<BadRow> dead;
  session().TakeDeadLettered(orders(), {&row, 1}, &dead);
  EXPECT_TRUE(dead.empty());
}

TEST_F(WebhookTest, ARefusedBatchIsHalvedUntilTheBadEventsStandAlone) {
  MakeSink({{"batch", "true"}});
  receiver().Answer(Refuses(400, {3, 12}));
  std::vector<conformance::Record> records;
  std::vector<std::int64_t> good;
  for (int i = 0; i < 16; ++i) {
    records.push_back(Numbered("p", i));
    if (i != 3 && i != 12) good.push_back(i);
  }
  EXPECT_EQ(Commit(records), CommitOutcome::kCommitted);
  EXPECT_EQ(EffectSequences(), good);
  const auto letters = DeadLetters();
  ASSERT_EQ(letters.size(), 2U);
  // Of 16 with two bad ones in different halves: 1 + 2 + 4 + 4 + 4.
  EXPECT_EQ(receiver().Requests().size(), 15U);
}

TEST_F(WebhookTest, GoneStopsTheSinkUntilAnOperatorResumesIt) {
  MakeSink();
  receiver().AnswerAlways(410);
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  ASSERT_TRUE(sink().Trouble().has_value());
  EXPECT_EQ(sink().Trouble()->error_class, SinkErrorClass::kRefused);
  EXPECT_NE(sink().Trouble()->message.find("410"), std::string::npos);
  DropSession();
  EXPECT_FALSE(sink().Connect());
  receiver().AnswerAlways(200);
  EXPECT_FALSE(Begins());
  EXPECT_EQ(receiver().Requests().size(), 1U);

  sink().Resume();
  ASSERT_TRUE(Eventually([this] { return Begins(); }));
  EXPECT_FALSE(sink().Trouble());
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0}));
}

TEST_F(WebhookTest, ALostAnswerIsAskedForAgainWithTheSameKey) {
  MakeSink();
  std::atomic<int> left{1};
  receiver().Answer([&](const WebhookRequest&) { return WebhookAnswer{.is_lost = left-- > 0}; });
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  EXPECT_EQ(SentSequences(), (std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0}));
}

TEST_F(WebhookTest, AnEndlessAnswerIsNotReadToItsEnd) {
  MakeSink();
  receiver().Answer([](const WebhookRequest&) {
    return WebhookAnswer{.body = std::string(32 * 1024 * 1024, 'x')};
  });
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("p", 1)}), CommitOutcome::kCommitted);
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1}));
}

}  // namespace
}  // namespace oncegate::webhook
