// What is written is what is read: values keep their meaning exactly, every column its content.
#include <limits>

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

TEST_P(SinkConformance, EveryColumnHoldsWhatTheEventCarried) {
  ONCEGATE_ONLY_IF(KeepsIdAndEventTime);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  Record record = WithVersion(From(Upsert("k", R"({"a":[1,null,true]})"), "pos-17", 3, 1045), 7);
  record.id = "id-1";
  record.event_time = WallTime{1'700'000'000'000'001};
  ASSERT_EQ(WriteOne(orders, record), RowEffect::kWritten);
  const auto row = fixture().StoredRow("orders", "k");
  ASSERT_TRUE(row.has_value());
  EXPECT_TRUE(SameJson(row->value.value_or(""), record.value));
  EXPECT_EQ(row->producer, "pos-17");
  EXPECT_EQ(row->epoch, 3);
  EXPECT_EQ(row->sequence, 1045);
  EXPECT_EQ(row->id, "id-1");
  EXPECT_EQ(row->version, "7");
  EXPECT_EQ(row->event_time, 1'700'000'000'000'001);
  EXPECT_FALSE(row->deleted);
  EXPECT_EQ(row->applied_at, kNow.microseconds);
}

TEST_P(SinkConformance, WhatAnEventDoesNotCarryIsNull) {
  const StreamTarget orders = Target("orders", DedupeMode::kOff);
  Ensure(orders);
  WriteOne(orders, WithVersion(From(Upsert("k", "1"), "p", 1, 1), 1));
  Record bare = WithVersion(Delete("k"), 2);
  ASSERT_EQ(WriteOne(orders, bare), RowEffect::kWritten);
  const auto row = fixture().StoredRow("orders", "k");
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->value, std::nullopt);
  EXPECT_EQ(row->producer, std::nullopt);
  EXPECT_EQ(row->sequence, std::nullopt);
  EXPECT_EQ(row->id, std::nullopt);
  EXPECT_EQ(row->event_time, std::nullopt);
  EXPECT_TRUE(row->deleted);
}

TEST_P(SinkConformance, TheLargestEpochAndSequenceAreHeld) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  const std::int64_t top = std::numeric_limits<std::int64_t>::max();
  WriteOne(orders, From(Upsert("k", "1"), "p", top, top));
  EXPECT_EQ(fixture().StoredRow("orders", "k")->epoch, top);
  EXPECT_EQ(fixture().StoredRow("orders", "k")->sequence, top);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "1"), "p", top, top - 1)), RowEffect::kNewerExists);
}

TEST_P(SinkConformance, EventTimesKeepTheirMicroseconds) {
  ONCEGATE_ONLY_IF(KeepsIdAndEventTime);
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  // Year 1, before 1970, half a second, year 9999.
  for (const std::int64_t time : {-62'135'596'800'000'000, std::int64_t{-1}, std::int64_t{0},
                                  1'700'000'000'500'000, 253'402'300'799'999'999}) {
    Record record = Upsert("k" + std::to_string(time), "1");
    record.event_time = WallTime{time};
    WriteOne(orders, record);
    EXPECT_EQ(fixture().StoredRow("orders", record.key)->event_time, time);
  }
}

TEST_P(SinkConformance, ValuesKeepTheirMeaningExactly) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  const std::vector<std::string> values{
      "null",
      "true",
      "\"\"",
      "{}",
      "[ ]",
      "0.1",
      "-0.5e-7",
      "1e400",
      "18446744073709551616",
      "9007199254740993",
      "1234567890123456789012345678901234567890",
      "0.1234567890123456789012345678901234567891",
      "-99999999999999999999.000000000000000000001",
      "[1.10, 2]",
      "\"\xf0\x9f\x98\x80 \xe2\x80\xa8 \xe2\x80\xa9 \xef\xbf\xbd\"",
      "\"'; DROP TABLE orders; -- \\\\ \\\" \\n %s $1 ?1 {a,b} NULL\"",
      "{\"a\": {\"b\": [1, \"x\", null]}}",
      "\"" + std::string(1024 * 1024, 'x') + "\""};
  std::vector<Record> records;
  for (const std::string& value : values) {
    records.push_back(Upsert("k" + std::to_string(100 + records.size()), value));
  }
  Write(orders, records);
  for (const Record& record : records) {
    const auto row = fixture().StoredRow("orders", record.key);
    ASSERT_TRUE(row.has_value() && row->value.has_value()) << record.key;
    const std::string shown = record.value.substr(0, 100);
    if (shown == "[1.10, 2]") {
      EXPECT_TRUE(SameJson(*row->value, "[1.10,2]") || SameJson(*row->value, "[1.1,2]"));
    } else {
      EXPECT_TRUE(SameJson(*row->value, record.value))
          << shown << " became " << row->value->substr(0, 100);
    }
  }
}

TEST_P(SinkConformance, ANumberBeyondTheSinkIsInvalidByName) {
  const auto number = fixture().NumberBeyondTheSink();
  if (!number) GTEST_SKIP() << "this sink holds every number";
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  const RowsOutcome outcome =
      Write(orders, {Upsert("a", "1"), Upsert("b", *number), Upsert("c", "1")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_EQ(outcome.bad[0].verdict, Verdict::kInvalid);
  EXPECT_EQ(outcome.bad[0].code, Code::kNumberNotRepresentable);
}

TEST_P(SinkConformance, TenThousandRowsInOneCallEachGetTheirEffect) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  std::vector<Record> newer;
  std::vector<Record> all;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::string key = "key-" + std::to_string(100'000 + i);
    if (i % 3 == 0) newer.push_back(WithVersion(Upsert(key, "\"newer\""), 2));
    all.push_back(WithVersion(Upsert(key, std::to_string(i)), 1));
  }
  Write(orders, newer);
  const RowsOutcome outcome = Write(orders, all);
  ASSERT_EQ(outcome.effects.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(outcome.effects[i], i % 3 == 0 ? RowEffect::kNewerExists : RowEffect::kWritten) << i;
  }
  EXPECT_EQ(fixture().RowCount("orders"), 10'000);
  EXPECT_EQ(fixture().StoredRow("orders", "key-109999")->value, "\"newer\"");
  EXPECT_EQ(fixture().StoredRow("orders", "key-109998")->value, "9998");
}

}  // namespace
}  // namespace oncegate::conformance
