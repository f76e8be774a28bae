// The ledger: compare-and-set on the token, insert-only for unknown producers, update-only for
// known ones, and nothing left by a transaction that did not commit.
#include <utility>

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

TEST_P(SinkConformance, AnUnknownProducerReadsAsNotFound) {
  EXPECT_FALSE(ReadMark("orders", "p", false).found);
  EXPECT_FALSE(ReadMark("orders", "p", true).found);
}

TEST_P(SinkConformance, ALedgerRowReadsBackAsWritten) {
  std::string state("\x01\x00\xff'\"\\\n", 7);
  state += std::string(5000, '\xfe');
  EXPECT_TRUE(
      WriteMarks({{.producer = "p/\xc3\xa9 '\"", .token = TokenOf(0), .state = state}}).empty());
  for (const bool lock : {false, true}) {
    const LedgerRow row = ReadMark("orders", "p/\xc3\xa9 '\"", lock);
    EXPECT_TRUE(row.found);
    EXPECT_EQ(row.token, TokenOf(0));
    EXPECT_EQ(row.state, state);
    EXPECT_EQ(row.updated_at, kNow);
  }
}

TEST_P(SinkConformance, OneReadAnswersEveryRequestInItsPlace) {
  ASSERT_TRUE(WriteMarks({{.producer = "b", .token = TokenOf(2), .state = "two"},
                          {.producer = "d", .token = TokenOf(4), .state = "four"}})
                  .empty());
  const std::vector<LedgerRequest> requests{{.key = {"orders", "a"}, .lock = true},
                                            {.key = {"orders", "b"}, .lock = false},
                                            {.key = {"orders", "c"}, .lock = false},
                                            {.key = {"orders", "d"}, .lock = true},
                                            {.key = {"others", "d"}, .lock = true}};
  std::vector<LedgerRow> rows;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(session().ReadLedger(requests, &rows).has_value());
  session().Rollback();
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_FALSE(rows[0].found);
  EXPECT_EQ(rows[1].state, "two");
  EXPECT_FALSE(rows[2].found);
  EXPECT_EQ(rows[3].token, TokenOf(4));
  EXPECT_FALSE(rows[4].found);
}

TEST_P(SinkConformance, AnUpdateNeedsTheTokenThatIsStored) {
  ASSERT_TRUE(WriteMarks({{.token = TokenOf(1), .state = "one"}}).empty());
  EXPECT_TRUE(WriteMarks({{.expected = TokenOf(1), .token = TokenOf(2), .state = "two"}}).empty());
  EXPECT_EQ(WriteMarks({{.expected = TokenOf(1), .token = TokenOf(3), .state = "three"}}),
            std::vector<std::uint32_t>{0});
  EXPECT_EQ(ReadMark("orders", "p").state, "two");
  EXPECT_EQ(ReadMark("orders", "p").token, TokenOf(2));
}

TEST_P(SinkConformance, AnInsertNeverOverwritesAKnownProducer) {
  ASSERT_TRUE(WriteMarks({{.token = TokenOf(1), .state = "one"}}).empty());
  EXPECT_EQ(WriteMarks({{.token = TokenOf(2), .state = "two"}}), std::vector<std::uint32_t>{0});
  EXPECT_EQ(ReadMark("orders", "p").state, "one");
}

TEST_P(SinkConformance, AnUpdateNeverBringsBackALostRow) {
  ASSERT_TRUE(WriteMarks({{.token = TokenOf(1)}}).empty());
  fixture().LoseMarks();
  EXPECT_EQ(WriteMarks({{.expected = TokenOf(1), .token = TokenOf(2)}}),
            std::vector<std::uint32_t>{0});
  EXPECT_FALSE(ReadMark("orders", "p").found);
}

TEST_P(SinkConformance, OnlyTheLostWritesOfACallTakeNoEffect) {
  ASSERT_TRUE(WriteMarks({{.producer = "a", .token = TokenOf(1)},
                          {.producer = "b", .token = TokenOf(1)},
                          {.producer = "d", .token = TokenOf(1)}})
                  .empty());
  const auto lost = WriteMarks({{.producer = "a", .expected = TokenOf(1), .token = TokenOf(2)},
                                {.producer = "b", .expected = TokenOf(9), .token = TokenOf(2)},
                                {.producer = "c", .token = TokenOf(2)},
                                {.producer = "d", .token = TokenOf(2)},
                                {.producer = "e", .expected = TokenOf(1), .token = TokenOf(2)}});
  EXPECT_EQ(lost, (std::vector<std::uint32_t>{1, 3, 4}));
  EXPECT_EQ(ReadMark("orders", "a").token, TokenOf(2));
  EXPECT_EQ(ReadMark("orders", "b").token, TokenOf(1));
  EXPECT_EQ(ReadMark("orders", "c").token, TokenOf(2));
  EXPECT_EQ(ReadMark("orders", "d").token, TokenOf(1));
  EXPECT_FALSE(ReadMark("orders", "e").found);
}

TEST_P(SinkConformance, ALossThatIsNotWaitedForCommitsNothing) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  ASSERT_TRUE(
      WriteMarks({{.producer = "a", .token = TokenOf(1)}, {.producer = "b", .token = TokenOf(1)}})
          .empty());
  const Mark holds{.producer = "a", .expected = TokenOf(1), .token = TokenOf(2)};
  const std::vector<std::pair<std::string, Mark>> losers{
      {"another token", {.producer = "b", .expected = TokenOf(9), .token = TokenOf(2)}},
      {"known already", {.producer = "b", .token = TokenOf(2)}},
      {"not there", {.producer = "c", .expected = TokenOf(1), .token = TokenOf(2)}}};
  for (const auto& [what, loser] : losers) {
    for (const bool with_rows : {false, true}) {
      SCOPED_TRACE(what);
      RowsOutcome rows;
      ASSERT_TRUE(session().Begin().has_value());
      SinkStatus status = WriteMarksOn(session(), {holds, loser}, kNow, nullptr);
      if (status && with_rows) status = WriteRows(orders, {Upsert("k", "1")}, &rows);
      if (status) {
        EXPECT_EQ(session().Commit(), CommitOutcome::kAborted);
      } else {
        EXPECT_EQ(status.error().error_class, SinkErrorClass::kRestart);
      }
      session().Rollback();
      EXPECT_EQ(ReadMark("orders", "a").token, TokenOf(1));
      EXPECT_EQ(fixture().RowCount("orders"), 0);
    }
  }
}

TEST_P(SinkConformance, WritesThatAreNotWaitedForAreCommitted) {
  ASSERT_TRUE(WriteMarks({{.producer = "a", .token = TokenOf(1)}}).empty());
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteMarksOn(session(),
                           {{.producer = "a", .expected = TokenOf(1), .token = TokenOf(2)},
                            {.producer = "b", .token = TokenOf(3)}},
                           kNow, nullptr)
                  .has_value());
  ASSERT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(ReadMark("orders", "a").token, TokenOf(2));
  EXPECT_EQ(ReadMark("orders", "b").token, TokenOf(3));
}

TEST_P(SinkConformance, ProducersAreToldApartByBytes) {
  ASSERT_TRUE(WriteMarks({{.producer = "P", .token = TokenOf(1)},
                          {.producer = "p", .token = TokenOf(2)},
                          {.producer = "p ", .token = TokenOf(3)}})
                  .empty());
  EXPECT_EQ(ReadMark("orders", "P").token, TokenOf(1));
  EXPECT_EQ(ReadMark("orders", "p").token, TokenOf(2));
  EXPECT_EQ(ReadMark("orders", "p ").token, TokenOf(3));
}

TEST_P(SinkConformance, AWriteIsReadWithinItsOwnTransaction) {
  std::vector<std::uint32_t> lost;
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteMarksOn(session(), {{.token = TokenOf(7)}}, kNow, &lost).has_value());
  ASSERT_TRUE(session().ReadLedger({&request, 1}, &rows).has_value());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].token, TokenOf(7));
  session().Rollback();
}

}  // namespace
}  // namespace oncegate::conformance
