// What a producer sees: every verdict through the whole way of an event, on a real sink.
#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::ElementsAre;
using enum Verdict;

class Settle : public EngineFixture {
 protected:
  void SetUp() override { ASSERT_TRUE(StartEngine().has_value()); }
};

TEST_F(Settle, AResentBatchIsADuplicateAndOneRow) {
  EXPECT_THAT(Send("orders", {Number(10), Number(11)}).Verdicts(), ElementsAre(kApplied, kApplied));
  EXPECT_THAT(Send("orders", {Number(10), Number(11)}).Verdicts(),
              ElementsAre(kDuplicate, kDuplicate));
  EXPECT_EQ(RowCount("orders"), 2);
}

TEST_F(Settle, ArrivalsOutOfOrderAreAppliedExactly) {
  EXPECT_EQ(SendOne("orders", Number(20)), kApplied);
  EXPECT_EQ(SendOne("orders", Number(13)), kApplied);
  EXPECT_EQ(SendOne("orders", Number(12)), kApplied);
  EXPECT_EQ(SendOne("orders", Number(15)), kApplied);
  EXPECT_EQ(SendOne("orders", Number(12)), kDuplicate);
  EXPECT_EQ(RowCount("orders"), 4);
}

TEST_F(Settle, AnotherPayloadUnderASettledNumberIsAConflict) {
  EXPECT_EQ(SendOne("orders", Number(11, "\"x\"")), kApplied);
  EXPECT_EQ(SendOne("orders", Number(11, "\"y\"")), kConflict);
  EXPECT_EQ(ValueOf("orders", "p/0/11"), "\"x\"");
  EXPECT_EQ(SendOne("orders", Number(11, "\"x\"")), kDuplicate);
}

TEST_F(Settle, AMixedBatchIsJudgedInOrder) {
  SendOne("orders", Number(11));
  EXPECT_THAT(Send("orders", {Number(11), Number(12, "1"), Number(12, "2"), Number(14)}).Verdicts(),
              ElementsAre(kDuplicate, kApplied, kConflict, kApplied));
  EXPECT_EQ(ValueOf("orders", "p/0/12"), "1");
}

TEST_F(Settle, ALowerEpochIsFencedAndNamesTheCurrentOne) {
  Sent newer = Number(0);
  newer.epoch = 4;
  EXPECT_EQ(SendOne("orders", Number(5)), kApplied);
  EXPECT_EQ(SendOne("orders", newer), kApplied);
  const Answer answer = Send("orders", {Number(5), Number(6)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kFenced, kFenced));
  EXPECT_EQ(answer.results[0].hint, 4);
  EXPECT_EQ(RowCount("orders"), 2);
}

TEST_F(Settle, AStreamOfAFreshServiceStillKnowsWhatWasSettled) {
  Send("orders", {Number(1), Number(2, "\"x\"")});
  RestartEngine();
  EXPECT_THAT(Send("orders", {Number(1), Number(2, "\"y\""), Number(3)}).Verdicts(),
              ElementsAre(kDuplicate, kConflict, kApplied));
}

TEST_F(Settle, WithoutTheIndexTheLedgerStillKnowsEverything) {
  Send("orders", {Number(1), Number(2)});
  StopEngine();
  DeleteIndex();
  ASSERT_TRUE(StartEngine().has_value());
  const Answer answer = Send("orders", {Number(1), Number(2, "9"), Number(3)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kDuplicate, kDuplicate, kApplied));
  EXPECT_FALSE(answer.results[0].verified);
  EXPECT_EQ(RowCount("orders"), 3);
}

TEST_F(Settle, EventsOfOneKeyInOneGroupLeaveTheNewestState) {
  const auto keyed = [](std::int64_t sequence, std::string value, bool deletes = false) {
    Sent sent = Number(sequence, std::move(value));
    sent.key = "k";
    sent.deletes = deletes;
    return sent;
  };
  EXPECT_THAT(Send("orders", {keyed(1, "1"), keyed(2, "", true)}).Verdicts(),
              ElementsAre(kApplied, kApplied));
  EXPECT_EQ(SqlNumber("SELECT deleted FROM orders WHERE key = 'k'"), 1);
  EXPECT_THAT(Send("orders", {keyed(3, "", true), keyed(4, "4")}).Verdicts(),
              ElementsAre(kApplied, kApplied));
  EXPECT_EQ(ValueOf("orders", "k"), "4");
  // Late for its key: settled, but the row keeps what is newer.
  EXPECT_THAT(Send("orders", {keyed(9, "9"), keyed(7, "7")}).Verdicts(),
              ElementsAre(kApplied, kSuperseded));
  EXPECT_EQ(SendOne("orders", keyed(8, "8")), kSuperseded);
  EXPECT_EQ(SendOne("orders", keyed(8, "8")), kDuplicate);
  EXPECT_EQ(ValueOf("orders", "k"), "9");
  EXPECT_EQ(RowCount("orders"), 1);
}

TEST_F(Settle, AStrictStreamTellsTheExpectedNumber) {
  RestartEngine({Stream("ledger", DedupeMode::kStrict)});
  EXPECT_EQ(SendOne("ledger", Number(1)), kGap);
  EXPECT_THAT(Send("ledger", {Number(0), Number(1)}).Verdicts(), ElementsAre(kApplied, kApplied));
  const Answer answer = Send("ledger", {Number(3), Number(4), Number(2)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kGap, kGap, kApplied));
  EXPECT_EQ(answer.results[0].hint, 2);
  EXPECT_EQ(RowCount("ledger"), 3);
}

TEST_F(Settle, AMonotonicStreamTakesOnlyHigherPositions) {
  RestartEngine({Stream("log", DedupeMode::kMonotonic)});
  EXPECT_EQ(SendOne("log", Number(100)), kApplied);
  EXPECT_EQ(SendOne("log", Number(100)), kDuplicate);
  EXPECT_EQ(SendOne("log", Number(99)), kTooOld);
  Sent linked = Number(200);
  linked.after = 150;
  EXPECT_EQ(SendOne("log", linked), kGap);
  linked.after = 100;
  EXPECT_EQ(SendOne("log", linked), kApplied);
}

TEST_F(Settle, AnIdIsAppliedOnceWhoeverSendsIt) {
  RestartEngine({Stream("hooks", DedupeMode::kId)});
  const auto with_id = [](std::string id, std::string value, std::string producer = "") {
    Sent sent;
    sent.producer = std::move(producer);
    sent.id = std::move(id);
    sent.value = std::move(value);
    return sent;
  };
  EXPECT_THAT(
      Send("hooks", {with_id("b", "1"), with_id("a", "1"), with_id("b", "1"), with_id("b", "2")})
          .Verdicts(),
      ElementsAre(kApplied, kApplied, kDuplicate, kConflict));
  EXPECT_THAT(
      Send("hooks", {with_id("a", "1", "other"), with_id("c", "1"), with_id("b", "3")}).Verdicts(),
      ElementsAre(kDuplicate, kApplied, kConflict));
  EXPECT_EQ(RowCount("hooks"), 3);
  // The ledger keeps fingerprints of ids, so a lost index changes nothing.
  StopEngine();
  DeleteIndex();
  ASSERT_TRUE(StartEngine({Stream("hooks", DedupeMode::kId)}).has_value());
  EXPECT_THAT(Send("hooks", {with_id("a", "1"), with_id("b", "3")}).Verdicts(),
              ElementsAre(kDuplicate, kConflict));
}

TEST_F(Settle, AVersionedRowIsWrittenOnlyByAHigherVersion) {
  RestartEngine({Stream("rows", DedupeMode::kVersion)});
  const auto version = [](std::uint64_t number, std::string value, bool deletes = false) {
    Sent sent;
    sent.producer = "";
    sent.key = "k";
    sent.version = number;
    sent.value = std::move(value);
    sent.deletes = deletes;
    return sent;
  };
  EXPECT_EQ(SendOne("rows", version(20, "20")), kApplied);
  EXPECT_EQ(SendOne("rows", version(15, "15")), kSuperseded);
  EXPECT_EQ(SendOne("rows", version(20, "20")), kDuplicate);
  EXPECT_EQ(SendOne("rows", version(20, "21")), kConflict);
  // An equal event in the same group is no more settled than the one that it repeats.
  EXPECT_THAT(Send("rows", {version(20, "21"), version(20, "21")}).Verdicts(),
              ElementsAre(kConflict, kConflict));
  EXPECT_THAT(
      Send("rows", {version(30, "", true), version(25, "25"), version(30, "", true)}).Verdicts(),
      ElementsAre(kApplied, kSuperseded, kDuplicate));
  EXPECT_EQ(SendOne("rows", version(29, "29")), kSuperseded);
  EXPECT_EQ(SqlNumber("SELECT deleted FROM rows WHERE key = 'k'"), 1);
  EXPECT_EQ(SendOne("rows", version(31, "31")), kApplied);
  EXPECT_EQ(ValueOf("rows", "k"), "31");
}

TEST_F(Settle, APoisonedRecordIsRejectedAloneAndTakenOnceMended) {
  Send("orders", {Number(0)});
  SqlRun(
      "CREATE TRIGGER no_poison BEFORE INSERT ON orders WHEN NEW.value = '\"poison\"' "
      "BEGIN SELECT RAISE(ABORT, 'poison'); END");
  std::vector<Sent> events;
  for (std::int64_t s = 1; s <= 1000; ++s) {
    events.push_back(Number(s, s == 500 ? "\"poison\"" : "1"));
  }
  const Answer answer = Send("orders", events);
  for (std::int64_t s = 1; s <= 1000; ++s) {
    EXPECT_EQ(answer.results[static_cast<std::size_t>(s - 1)].verdict,
              s == 500 ? kRejected : kApplied);
  }
  EXPECT_EQ(RowCount("orders"), 1000);
  SqlRun("DROP TRIGGER no_poison");
  EXPECT_EQ(SendOne("orders", events[499]), kApplied);
  EXPECT_EQ(RowCount("orders"), 1001);
}

TEST_F(Settle, ABadLastValueOfAKeyDoesNotTakeAGoodEarlierOneWithIt) {
  Send("orders", {Number(0)});
  SqlRun(
      "CREATE TRIGGER no_poison BEFORE INSERT ON orders WHEN NEW.value = '\"poison\"' "
      "BEGIN SELECT RAISE(ABORT, 'poison'); END");
  Sent good = Number(1, "\"good\"");
  Sent bad = Number(2, "\"poison\"");
  good.key = bad.key = "k";
  EXPECT_THAT(Send("orders", {good, bad}).Verdicts(), ElementsAre(kApplied, kRejected));
  EXPECT_EQ(ValueOf("orders", "k"), "\"good\"");
}

TEST_F(Settle, ARejectedNumberLeavesAGapInAStrictStream) {
  RestartEngine({Stream("ledger", DedupeMode::kStrict)});
  Send("ledger", {Number(0)});
  SqlRun(
      "CREATE TRIGGER no_poison BEFORE INSERT ON ledger WHEN NEW.value = '\"poison\"' "
      "BEGIN SELECT RAISE(ABORT, 'poison'); END");
  EXPECT_THAT(Send("ledger", {Number(1), Number(2, "\"poison\""), Number(3)}).Verdicts(),
              ElementsAre(kApplied, kRejected, kGap));
  EXPECT_EQ(RowCount("ledger"), 2);
}

TEST_F(Settle, AnAtomicBatchIsAppliedWhollyOrNotAtAll) {
  RestartEngine({Stream("ledger", DedupeMode::kStrict)});
  EXPECT_THAT(SendTo(&engine(), "ledger", {Number(0), Number(1)}, true).Verdicts(),
              ElementsAre(kApplied, kApplied));
  const Answer refused =
      SendTo(&engine(), "ledger", {Number(1), Number(2), Number(2), Number(4)}, true);
  EXPECT_THAT(refused.Verdicts(), ElementsAre(kDuplicate, kRetry, kRetry, kGap));
  EXPECT_EQ(refused.results[1].code, Code::kAtomicAborted);
  EXPECT_EQ(RowCount("ledger"), 2);
  EXPECT_THAT(SendTo(&engine(), "ledger", {Number(1), Number(2)}, true).Verdicts(),
              ElementsAre(kDuplicate, kApplied));
  EXPECT_EQ(RowCount("ledger"), 3);
}

TEST_F(Settle, AnAtomicBatchWithAPoisonedRowWritesNothing) {
  Send("orders", {Number(0)});
  SqlRun(
      "CREATE TRIGGER no_poison BEFORE INSERT ON orders WHEN NEW.value = '\"poison\"' "
      "BEGIN SELECT RAISE(ABORT, 'poison'); END");
  EXPECT_THAT(
      SendTo(&engine(), "orders", {Number(1), Number(2, "\"poison\""), Number(3)}, true).Verdicts(),
      ElementsAre(kRetry, kRejected, kRetry));
  EXPECT_EQ(RowCount("orders"), 1);
  EXPECT_EQ(SendOne("orders", Number(1)), kApplied);
}

TEST_F(Settle, AStreamIsNotMadeOverAForeignTable) {
  SqlRun("CREATE TABLE orders (mine TEXT)");
  const Answer answer = Send("orders", {Number(1)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kRejected));
  EXPECT_EQ(answer.results[0].code, Code::kTableNotOwned);
  EXPECT_EQ(RowCount("orders"), 0);
  SqlRun("DROP TABLE orders");
  EXPECT_EQ(SendOne("orders", Number(1)), kApplied);
}

TEST_F(Settle, AStreamThatContradictsItsLedgerRefusesToStart) {
  SendOne("orders", Number(1));
  StopEngine();
  const Status started = StartEngine({Stream("orders", DedupeMode::kStrict)});
  ASSERT_FALSE(started.has_value());
  EXPECT_NE(started.error().message.find("orders"), std::string::npos);
  EXPECT_NE(started.error().message.find("\"window\""), std::string::npos);
  EXPECT_NE(started.error().message.find("\"strict\""), std::string::npos);
}

TEST_F(Settle, TheNumberOfStreamsMadeOnFirstUseIsCapped) {
  settings_.streams_max = 2;
  RestartEngine({Stream("configured", DedupeMode::kWindow)});
  EXPECT_EQ(SendOne("a", Number(1)), kApplied);
  EXPECT_EQ(SendOne("b", Number(1)), kApplied);
  EXPECT_EQ(engine().ResolveStream("c").lookup, StreamLookup::kLimitReached);
  EXPECT_EQ(engine().ResolveStream("a").lookup, StreamLookup::kFound);
  EXPECT_EQ(engine().ResolveStream("configured").lookup, StreamLookup::kFound);
}

TEST_F(Settle, ManyLanesSplitABatchAndAnswerItOnce) {
  StopEngine();
  ASSERT_TRUE(StartEngine({}, 4).has_value());
  std::vector<Sent> events;
  for (std::int64_t s = 0; s < 400; ++s) {
    Sent sent = Number(s / 40);
    sent.producer = "p" + std::to_string(s % 40);
    events.push_back(sent);
  }
  for (const Verdict verdict : Send("orders", events).Verdicts()) EXPECT_EQ(verdict, kApplied);
  for (const Verdict verdict : Send("orders", events).Verdicts()) EXPECT_EQ(verdict, kDuplicate);
  EXPECT_EQ(RowCount("orders"), 400);
}

}  // namespace
}  // namespace oncegate::testing
