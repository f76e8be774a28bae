// Rows that the database itself refuses: all of them are named, no other one is, nothing stays.
#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

std::vector<Record> Rows(std::size_t count, const std::vector<std::uint32_t>& bad) {
  std::vector<Record> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(Upsert("key-" + std::to_string(10'000 + i), std::to_string(i)));
  }
  for (const std::uint32_t row : bad) rows[row].value = kRefused;
  return rows;
}

TEST_P(SinkConformance, ExactlyTheBadRowsAreNamed) {
  ONCEGATE_ONLY_IF(RefusesValues);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  fixture().RefuseMarkedValues("orders");
  for (const auto& bad : std::vector<std::vector<std::uint32_t>>{
           {0}, {999}, {500}, {0, 999}, {1, 2, 3, 499, 500, 998}}) {
    const RowsOutcome outcome = Write(orders, Rows(1000, bad));
    EXPECT_EQ(BadIndexes(outcome), bad);
    for (const BadRow& row : outcome.bad) {
      EXPECT_EQ(row.verdict, Verdict::kRejected);
      EXPECT_EQ(row.code, Code::kSinkRejected);
      EXPECT_NE(row.detail, "");
    }
    EXPECT_EQ(fixture().RowCount("orders"), 0);
  }
}

TEST_P(SinkConformance, EveryRowMayBeBad) {
  ONCEGATE_ONLY_IF(RefusesValues);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  fixture().RefuseMarkedValues("orders");
  const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(BadIndexes(Write(orders, Rows(7, all))), all);
}

TEST_P(SinkConformance, ARowIsBadAlsoWhereItWouldReplaceAnother) {
  ONCEGATE_ONLY_IF(RefusesValues);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  Write(orders, Rows(10, {}));
  fixture().RefuseMarkedValues("orders");
  EXPECT_EQ(BadIndexes(Write(orders, Rows(10, {4}))), std::vector<std::uint32_t>{4});
  EXPECT_EQ(fixture().StoredRow("orders", "key-10004")->value, "4");
}

TEST_P(SinkConformance, ARowThatTheGuardRefusesDoesNotSpoilTheOthers) {
  ONCEGATE_ONLY_IF(RefusesValues);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  Write(orders, {WithVersion(Upsert("b", "1"), 9)});
  fixture().RefuseMarkedValues("orders");
  const RowsOutcome outcome =
      Write(orders, {Upsert("a", "1"), WithVersion(Upsert("b", "2"), 3), Upsert("c", "1")});
  ASSERT_TRUE(outcome.bad.empty());
  EXPECT_EQ(outcome.effects, (std::vector<RowEffect>{RowEffect::kWritten, RowEffect::kNewerExists,
                                                     RowEffect::kWritten}));
}

TEST_P(SinkConformance, TheOthersAreWrittenOnceTheBadRowsAreLeftOut) {
  ONCEGATE_ONLY_IF(RefusesValues);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  fixture().RefuseMarkedValues("orders");
  ASSERT_EQ(BadIndexes(Write(orders, Rows(1000, {17}))), std::vector<std::uint32_t>{17});
  std::vector<Record> others = Rows(1000, {17});
  others.erase(others.begin() + 17);
  EXPECT_TRUE(Write(orders, others).bad.empty());
  EXPECT_EQ(fixture().RowCount("orders"), 999);
}

TEST_P(SinkConformance, AMendedSinkTakesTheRowThatItRefused) {
  ONCEGATE_ONLY_IF(RefusesValues);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  fixture().RefuseMarkedValues("orders");
  ASSERT_EQ(BadIndexes(Write(orders, {Upsert("k", kRefused)})), std::vector<std::uint32_t>{0});
  fixture().AcceptMarkedValues("orders");
  EXPECT_EQ(WriteOne(orders, Upsert("k", kRefused)), RowEffect::kWritten);
  EXPECT_EQ(fixture().StoredRow("orders", "k")->value, kRefused);
}

TEST_P(SinkConformance, MarksOfATransactionWithABadRowAreGoneAfterRollback) {
  ONCEGATE_ONLY_IF(RefusesValues);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  fixture().RefuseMarkedValues("orders");
  std::vector<std::uint32_t> lost;
  RowsOutcome outcome;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteMarksOn(session(), {{.token = TokenOf(1)}}, kNow, &lost).has_value());
  ASSERT_TRUE(WriteRows(orders, Rows(3, {1}), &outcome).has_value());
  session().Rollback();
  EXPECT_EQ(BadIndexes(outcome), std::vector<std::uint32_t>{1});
  EXPECT_FALSE(ReadMark("orders", "p").found);
  EXPECT_TRUE(session().IsUsable());
}

}  // namespace
}  // namespace oncegate::conformance
