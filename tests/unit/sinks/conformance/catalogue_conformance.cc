// The catalogue: a stream's table is made once, never taken over, and never shared.
#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

void ExpectRefused(const SinkStatus& status, const std::vector<std::string>& mentions) {
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().error_class, SinkErrorClass::kRefused) << status.error().message;
  for (const std::string& text : mentions) {
    EXPECT_NE(status.error().message.find(text), std::string::npos)
        << "\"" << text << "\" is missing in: " << status.error().message;
  }
}

TEST_P(SinkConformance, AnEmptySinkHasNoStreams) {
  EXPECT_TRUE(session().ListStreams().value().empty());
}

TEST_P(SinkConformance, EnsureStreamMakesTableAndEntryAndThenConfirmsThem) {
  StreamTarget orders = Target("orders", DedupeMode::kStrict);
  orders.table = "order_rows";
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(session().EnsureStream(orders).has_value());
  ASSERT_TRUE(Connect()->EnsureStream(orders).has_value());
  ASSERT_TRUE(session().EnsureStream(Target("a", DedupeMode::kId)).has_value());
  EXPECT_EQ(fixture().RowCount("order_rows"), 0);
  const auto streams = session().ListStreams().value();
  ASSERT_EQ(streams.size(), 2U);
  EXPECT_EQ(streams[0].stream, "a");
  EXPECT_EQ(streams[0].mode, DedupeMode::kId);
  EXPECT_EQ(streams[1].stream, "orders");
  EXPECT_EQ(streams[1].table, "order_rows");
  EXPECT_EQ(streams[1].mode, DedupeMode::kStrict);
  EXPECT_EQ(streams[1].kind, GetParam().target);
}

TEST_P(SinkConformance, ATableThatOncegateDidNotMakeIsNotTakenOver) {
  ONCEGATE_ONLY_IF(SpeaksSql);
  fixture().Execute("CREATE TABLE \"orders\" (a text)");
  ExpectRefused(session().EnsureStream(Target("orders")), {"orders"});
  EXPECT_TRUE(session().ListStreams().value().empty());
  EXPECT_EQ(fixture().RowCount("orders"), 0);
  EXPECT_TRUE(session().IsUsable());
}

TEST_P(SinkConformance, ATableWithTheRightColumnsIsNotTakenOverEither) {
  ONCEGATE_ONLY_IF(SpeaksSql);
  Ensure(Target("model"));
  fixture().Execute("CREATE TABLE \"orders\" AS SELECT * FROM \"model\"");
  ExpectRefused(session().EnsureStream(Target("orders")), {"orders"});
}

TEST_P(SinkConformance, AViewIsNotTakenForATable) {
  ONCEGATE_ONLY_IF(SpeaksSql);
  fixture().Execute("CREATE VIEW \"orders\" AS SELECT 1 AS a");
  ExpectRefused(session().EnsureStream(Target("orders")), {"orders"});
  EXPECT_TRUE(session().ListStreams().value().empty());
}

TEST_P(SinkConformance, AContradictingModeIsRefusedWithBothNamed) {
  Ensure(Target("orders", DedupeMode::kWindow));
  ExpectRefused(session().EnsureStream(Target("orders", DedupeMode::kStrict)),
                {"orders", "window", "strict"});
  EXPECT_EQ(session().ListStreams().value()[0].mode, DedupeMode::kWindow);
}

TEST_P(SinkConformance, AContradictingTableIsRefusedWithBothNamed) {
  Ensure(Target("orders"));
  StreamTarget moved = Target("orders");
  moved.table = "other_orders";
  ExpectRefused(session().EnsureStream(moved), {"orders", "other_orders"});
  if (fixture().SpeaksSql()) {
    EXPECT_THROW(fixture().RowCount("other_orders"), std::runtime_error);
  }
}

TEST_P(SinkConformance, TwoStreamsDoNotShareATable) {
  Ensure(Target("orders"));
  StreamTarget second = Target("returns");
  second.table = "orders";
  ExpectRefused(session().EnsureStream(second), {"orders", "returns"});
}

TEST_P(SinkConformance, TheLedgersOwnTablesAreNoTargets) {
  StreamTarget target = Target("orders");
  target.table = fixture().NameOfTheLedger();
  ExpectRefused(session().EnsureStream(target), {target.table});
}

TEST_P(SinkConformance, ATableNameIsQuotedNotInterpreted) {
  StreamTarget target = Target("orders");
  target.table = "select \"x\"; drop table y; --";
  ASSERT_TRUE(session().EnsureStream(target).has_value());
  EXPECT_EQ(WriteOne(target, Upsert("k", "1")), RowEffect::kWritten);
  EXPECT_EQ(fixture().RowCount(target.table), 1);
}

TEST_P(SinkConformance, ATableThatIsAwayStopsItsStreamAloneUntilItIsBack) {
  ONCEGATE_ONLY_IF(SpeaksSql);
  const StreamTarget orders = Target("orders");
  const StreamTarget returns = Target("returns");
  Ensure(orders);
  Ensure(returns);
  WriteOne(orders, Upsert("k", "1"));
  fixture().Execute("ALTER TABLE \"orders\" RENAME TO \"orders_away\"");

  RowsOutcome outcome;
  ASSERT_TRUE(session().Begin().has_value());
  const SinkStatus written = WriteRows(orders, {Upsert("k", "2")}, &outcome);
  session().Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream) << written.error().message;
  EXPECT_TRUE(outcome.bad.empty());

  const SinkStatus ensured = session().EnsureStream(orders);
  ASSERT_FALSE(ensured.has_value()) << "an empty table in its place would hide the loss";
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kStream) << ensured.error().message;
  EXPECT_TRUE(session().IsUsable());
  EXPECT_EQ(WriteOne(returns, Upsert("k", "2")), RowEffect::kWritten);

  fixture().Execute("ALTER TABLE \"orders_away\" RENAME TO \"orders\"");
  EXPECT_TRUE(session().EnsureStream(orders).has_value());
  EXPECT_EQ(WriteOne(orders, Upsert("k", "2")), RowEffect::kWritten);
  EXPECT_EQ(fixture().StoredRow("orders", "k")->value, "2");
}

TEST_P(SinkConformance, TwoSessionsMayEnsureTheSameStreamAtOnce) {
  const auto other = Connect();
  for (int i = 0; i < 20; ++i) {
    const StreamTarget target = Target("stream_" + std::to_string(i));
    ASSERT_TRUE(session().EnsureStream(target).has_value());
    ASSERT_TRUE(other->EnsureStream(target).has_value());
  }
  EXPECT_EQ(other->ListStreams().value().size(), 20U);
}

}  // namespace
}  // namespace oncegate::conformance
