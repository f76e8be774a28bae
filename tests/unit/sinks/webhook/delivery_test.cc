// What arrives at the receiver while all is well.
#include <boost/json.hpp>

#include "sinks/webhook/signature.h"
#include "tests/unit/sinks/webhook/webhook_fixture.h"

namespace oncegate::webhook {
namespace {

TEST_F(WebhookTest, EveryEventArrivesOnceAndInOrderBeforeItIsSettled) {
  MakeSink();
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("p", 1), Numbered("q", 2)}),
            CommitOutcome::kCommitted);
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(Commit({Numbered("p", 3)}), CommitOutcome::kCommitted);
  EXPECT_EQ(SentSequences(), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(Report().delivered, 4U);
  EXPECT_EQ(Report().pending_events, 0U);
}

TEST_F(WebhookTest, ABodyTellsAllThatTheEventCarried) {
  MakeSink();
  conformance::Record record =
      conformance::From(conformance::Upsert("k\"1", R"({"a": [1, 2.50]})"), "p", 3, 7);
  record.version = Version{1, 0};
  record.event_time = WallTime{1'769'860'800'500'000};
  conformance::Record gone = conformance::From(conformance::Delete("k"), "p", 3, 8);
  gone.key_is_default = true;
  ASSERT_EQ(Commit({record, gone}), CommitOutcome::kCommitted);
  const auto requests = receiver().Requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(
      requests[0].body,
      R"({"type":"orders","timestamp":"2026-01-31T12:00:00Z","id":")" + requests[0].key +
          R"(","stream":"orders","op":"upsert","key":"k\"1","producer":"p","epoch":3,"seq":7,)"
          R"("version":18446744073709551616,"event_time":"2026-01-31T12:00:00.5Z",)"
          R"("data":{"a": [1, 2.50]}})");
  EXPECT_EQ(
      requests[1].body,
      R"({"type":"orders","timestamp":"2026-01-31T12:00:00Z","id":")" + requests[1].key +
          R"(","stream":"orders","op":"delete","producer":"p","epoch":3,"seq":8,"data":null})");
}

TEST_F(WebhookTest, ARequestIsSignedAndCarriesItsHeaders) {
  MakeSink({{"secret", kSecret},
            {"authorization", "Bearer abc"},
            {"headers", "X-Tenant: acme"},
            {"url", receiver().Url("/in?room=1")}});
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  const WebhookRequest request = receiver().Requests().front();
  EXPECT_EQ(request.target, "/in?room=1");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.at("authorization"), "Bearer abc");
  EXPECT_EQ(request.headers.at("x-tenant"), "acme");
  EXPECT_EQ(request.headers.at("webhook-id"), request.key);
  EXPECT_EQ(request.headers.at("webhook-signature"),
            Sign(*DecodeSecret(kSecret),
                 {request.key, std::stoll(request.headers.at("webhook-timestamp")), request.body}));
}

TEST_F(WebhookTest, ABatchIsOneRequestWithinItsBounds) {
  MakeSink({{"batch", "true"}, {"batch_events", "3"}});
  std::vector<conformance::Record> records;
  for (int i = 0; i < 7; ++i) records.push_back(Numbered("p", i));
  ASSERT_EQ(Commit(records), CommitOutcome::kCommitted);
  EXPECT_EQ(receiver().Requests().size(), 3U);
  EXPECT_EQ(EffectSequences(), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(WebhookTest, ABatchEndsBeforeItIsTooLong) {
  MakeSink({{"batch", "true"}, {"batch_format", "ndjson"}, {"batch_bytes", "500"}});
  std::vector<conformance::Record> records;
  for (int i = 0; i < 6; ++i) records.push_back(Numbered("p", i));
  records.push_back(conformance::From(
      conformance::Upsert("large", "\"" + std::string(900, 'x') + "\""), "p", 0, 6));
  ASSERT_EQ(Commit(records), CommitOutcome::kCommitted);
  const auto requests = receiver().Requests();
  EXPECT_GT(requests.size(), 3U);
  std::size_t lines = 0;
  for (const WebhookRequest& request : requests) {
    EXPECT_EQ(request.headers.at("content-type"), "application/x-ndjson");
    EXPECT_TRUE(request.body.size() <= 500 || request.body.find("large") != std::string::npos);
    lines += static_cast<std::size_t>(std::count(request.body.begin(), request.body.end(), '\n'));
  }
  EXPECT_EQ(lines, 7U);
}

TEST_F(WebhookTest, AValueThatWasSentOnSeveralLinesStandsOnOne) {
  const std::string value = "{\r\n  \"a\": \"x\\ny\"\n}";
  const auto record = conformance::From(conformance::Upsert("k", value), "p", 0, 0);
  MakeSink({{"batch", "true"}, {"batch_format", "ndjson"}});
  ASSERT_EQ(Commit({record, Numbered("p", 1)}), CommitOutcome::kCommitted);
  const std::string lines = receiver().Requests().back().body;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\r'), 0);
  EXPECT_NE(lines.find(R"("data":{    "a": "x\ny" }})"), std::string::npos) << lines;
}

TEST_F(WebhookTest, InAnArrayAValueIsByteForByteWhatWasSent) {
  const std::string value = "{\r\n  \"a\": \"x\\ny\"\n}";
  MakeSink({{"batch", "true"}});
  ASSERT_EQ(Commit({conformance::From(conformance::Upsert("k", value), "p", 0, 0)}),
            CommitOutcome::kCommitted);
  EXPECT_NE(receiver().Requests().back().body.find(value), std::string::npos);
}

TEST_F(WebhookTest, WhatIsRolledBackIsNeverSent) {
  MakeSink();
  RowsOutcome outcome;
  const conformance::Record record = Numbered("p", 0);
  const Event event = record.View();
  const Event* const row = &event;
  ASSERT_TRUE(session().Begin());
  ASSERT_TRUE(session().UpsertRows(orders(), {&row, 1}, {}, &outcome));
  session().Rollback();
  ASSERT_EQ(Commit({Numbered("p", 1)}), CommitOutcome::kCommitted);
  EXPECT_EQ(SentSequences(), (std::vector<std::int64_t>{1}));
}

TEST_F(WebhookTest, AStreamNeedsTheAppendTarget) {
  MakeSink();
  const SinkStatus ensured = session().EnsureStream(conformance::Target("documents"));
  ASSERT_FALSE(ensured);
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
}

TEST_F(WebhookTest, NoLockIsHeldWhileTheReceiverWorks) {
  MakeSink();
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  std::int64_t committed = 0;
  receiver().Answer([&](const WebhookRequest& request) {
    if (request.body.find("\"producer\":\"slow\"") != std::string::npos) {
      auto other = sink().Connect();
      committed += CommitOn(**other, {Numbered("quick", 0)}) == CommitOutcome::kCommitted ? 1 : 0;
    }
    return WebhookAnswer{};
  });
  EXPECT_EQ(Commit({Numbered("slow", 0)}), CommitOutcome::kCommitted);
  EXPECT_EQ(committed, 1);
}

TEST_F(WebhookTest, NothingIsJudgedByAMarkWhoseEventIsStillUnderWay) {
  MakeSink();
  ASSERT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  const LedgerRequest slow{{"orders", "slow"}, true};
  const LedgerRequest other{{"orders", "other"}, true};
  std::optional<SinkErrorClass> refused;
  bool other_is_read = false;
  receiver().Answer([&](const WebhookRequest&) {
    auto session = sink().Connect();
    std::vector<LedgerRow> rows;
    if (!(*session)->Begin()) return WebhookAnswer{};
    const SinkStatus read = (*session)->ReadLedger({&slow, 1}, &rows);
    if (!read) refused = read.error().error_class;
    other_is_read = (*session)->ReadLedger({&other, 1}, &rows).has_value();
    (*session)->Rollback();
    return WebhookAnswer{};
  });
  EXPECT_EQ(Commit({Numbered("slow", 0)}), CommitOutcome::kCommitted);
  EXPECT_EQ(refused, SinkErrorClass::kRestart);
  EXPECT_TRUE(other_is_read);
  std::vector<LedgerRow> rows;
  ASSERT_TRUE(session().Begin());
  EXPECT_TRUE(session().ReadLedger({&slow, 1}, &rows));
  session().Rollback();
}

TEST_F(WebhookTest, AnIdIsNoDuplicateWhileItsEventIsStillUnderWay) {
  MakeSink();
  const StreamTarget ids = conformance::AppendTarget("hooks", DedupeMode::kId);
  ASSERT_TRUE(session().EnsureStream(ids));
  const IdClaim slow = conformance::JustId("slow");
  const IdClaim other = conformance::JustId("other");
  std::optional<SinkErrorClass> refused;
  bool other_is_fresh = false;
  receiver().Answer([&](const WebhookRequest&) {
    auto session = sink().Connect();
    std::vector<IdOutcome> seen;
    if (!(*session)->Begin()) return WebhookAnswer{};
    const SinkStatus claimed = (*session)->ClaimIds("hooks", {&slow, 1}, {}, &seen);
    if (!claimed) refused = claimed.error().error_class;
    other_is_fresh = (*session)->ClaimIds("hooks", {&other, 1}, {}, &seen) && seen.front().fresh;
    (*session)->Rollback();
    return WebhookAnswer{};
  });
  conformance::Record record = conformance::Upsert("k", "1");
  record.id = "slow";
  const Event event = record.View();
  const Event* const row = &event;
  std::vector<IdOutcome> outcomes;
  RowsOutcome outcome;
  ASSERT_TRUE(session().Begin());
  ASSERT_TRUE(session().ClaimIds("hooks", {&slow, 1}, {}, &outcomes));
  ASSERT_TRUE(session().UpsertRows(ids, {&row, 1}, {}, &outcome));
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(refused, SinkErrorClass::kRestart);
  EXPECT_TRUE(other_is_fresh);
  ASSERT_TRUE(session().Begin());
  ASSERT_TRUE(session().ClaimIds("hooks", {&slow, 1}, {}, &outcomes));
  EXPECT_FALSE(outcomes.front().fresh);
  session().Rollback();
}

}  // namespace
}  // namespace oncegate::webhook
