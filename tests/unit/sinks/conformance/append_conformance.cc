// The append target: every event is a row, in one transaction with its mark.
#include <algorithm>

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

// A sink may write few rows by other means than many.
constexpr std::size_t kFew = 3;
constexpr std::size_t kMany = 1'000;

/// Events of producer p, all of one key.
std::vector<Record> Events(std::size_t count) {
  std::vector<Record> events;
  for (std::size_t i = 0; i < count; ++i) {
    const auto sequence = static_cast<std::int64_t>(i);
    events.push_back(From(Upsert("k", std::to_string(i)), "p", 0, sequence));
  }
  return events;
}

TEST_P(SinkConformance, AppendKeepsEveryEventOfAKey) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  std::int64_t expected = 0;
  for (const std::size_t count : {std::size_t{1}, kFew, kMany}) {
    const RowsOutcome outcome = Write(events, Events(count));
    EXPECT_EQ(std::count(outcome.effects.begin(), outcome.effects.end(), RowEffect::kWritten),
              static_cast<std::int64_t>(count));
    expected += static_cast<std::int64_t>(count);
    EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM \"events\" WHERE \"key\" = 'k'"), expected);
  }
  EXPECT_EQ(fixture().SqlCount("SELECT count(DISTINCT seq) FROM \"events\""), std::int64_t{kMany});
}

TEST_P(SinkConformance, AppendWritesOlderVersionsAndSequencesToo) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  WriteOne(events, WithVersion(From(Upsert("k", "1"), "p", 3, 9), 9));
  EXPECT_EQ(WriteOne(events, WithVersion(From(Upsert("k", "2"), "p", 3, 5), 4)),
            RowEffect::kWritten);
  EXPECT_EQ(WriteOne(events, From(Upsert("k", "3"), "p", 1, 1)), RowEffect::kWritten);
  EXPECT_EQ(fixture().RowCount("events"), 3);
}

TEST_P(SinkConformance, AppendHoldsWhatEachEventCarried) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  const std::vector<Version> versions{{0, 0},
                                      {0, 7},
                                      {0, 10'000},
                                      {0, 100'000'000},
                                      {0, 123'456'789},
                                      {1, 0},
                                      {~std::uint64_t{0}, ~std::uint64_t{0}}};
  for (const std::size_t further : {std::size_t{0}, kMany}) {
    for (const Version& version : versions) {
      std::vector<Record> records = Events(further);
      Record record = WithVersion(
          From(Upsert("x" + ToDecimal(version) + std::to_string(further), R"({"a":[1,null,"é"]})"),
               "pos-17", 3, 1045),
          version);
      record.id = "id-1";
      record.event_time = WallTime{1'700'000'000'000'001};
      records.push_back(record);
      Write(events, records);
      const auto row = fixture().StoredRow("events", record.key);
      ASSERT_TRUE(row.has_value()) << record.key;
      EXPECT_TRUE(SameJson(row->value.value_or(""), record.value));
      EXPECT_EQ(row->producer, "pos-17");
      EXPECT_EQ(row->epoch, 3);
      EXPECT_EQ(row->sequence, 1045);
      EXPECT_EQ(row->id, "id-1");
      EXPECT_EQ(row->version, ToDecimal(version));
      EXPECT_EQ(row->event_time, 1'700'000'000'000'001);
      EXPECT_FALSE(row->deleted);
      EXPECT_EQ(row->applied_at, kNow.microseconds);
    }
  }
}

TEST_P(SinkConformance, AppendLeavesOutWhatAnEventDoesNotCarry) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events", DedupeMode::kId);
  Ensure(events);
  for (const std::size_t count : {kFew, kMany}) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < count; ++i) {
      Record record = Upsert("default", "null");
      record.key_is_default = true;
      records.push_back(record);
    }
    Write(events, records);
  }
  EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM \"events\" WHERE \"key\" IS NULL AND "
                               "producer IS NULL AND epoch IS NULL AND seq IS NULL AND id IS NULL "
                               "AND version IS NULL AND event_time IS NULL AND "
                               "value IS NOT NULL AND NOT deleted"),
            std::int64_t{kFew + kMany});
}

TEST_P(SinkConformance, AppendKeepsADeleteAsARowWithoutValue) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  for (const std::size_t count : {kFew, kMany}) {
    std::vector<Record> records = Events(count);
    records.push_back(Delete("k"));
    Write(events, records);
  }
  EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM \"events\" WHERE deleted AND value IS NULL"),
            2);
  EXPECT_EQ(fixture().RowCount("events"), std::int64_t{kFew + kMany + 2});
}

TEST_P(SinkConformance, AppendKeepsTheMeaningOfValuesExactly) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  const std::vector<std::string> values{
      "null",
      "\"\"",
      "{}",
      "0.1",
      "1e400",
      "18446744073709551616",
      "1234567890123456789012345678901234567890",
      "\"\xf0\x9f\x98\x80 \xe2\x80\xa8 \xef\xbf\xbd\"",
      "\"'; DROP TABLE events; -- \\\\ \\\" \\t \\\\N {a,b} NULL \\\\.\"",
      "\"" + std::string(1024 * 1024, 'x') + "\""};
  for (const std::size_t further : {std::size_t{0}, kMany}) {
    std::vector<Record> records = Events(further);
    for (std::size_t i = 0; i < values.size(); ++i) {
      records.push_back(Upsert(std::to_string(further) + "/" + std::to_string(i), values[i]));
    }
    Write(events, records);
    for (std::size_t i = further; i < records.size(); ++i) {
      const auto row = fixture().StoredRow("events", records[i].key);
      ASSERT_TRUE(row.has_value() && row->value.has_value()) << records[i].key;
      EXPECT_TRUE(SameJson(*row->value, records[i].value)) << row->value->substr(0, 100);
    }
  }
}

TEST_P(SinkConformance, AppendNamesExactlyTheBadRows) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  fixture().RefuseMarkedValues("events");
  for (const auto& bad : std::vector<std::vector<std::uint32_t>>{
           {0}, {kMany - 1}, {0, 500, 501, kMany - 1}, {1, 2, 3, 250, 499}}) {
    std::vector<Record> records = Events(kMany);
    for (const std::uint32_t row : bad) records[row].value = kRefused;
    const RowsOutcome outcome = Write(events, records);
    EXPECT_EQ(BadIndexes(outcome), bad);
    for (const BadRow& row : outcome.bad) {
      EXPECT_EQ(row.verdict, Verdict::kRejected);
      EXPECT_NE(row.detail, "");
    }
    EXPECT_EQ(fixture().RowCount("events"), 0);
  }
  std::vector<Record> few = Events(kFew);
  few[1].value = kRefused;
  EXPECT_EQ(BadIndexes(Write(events, few)), std::vector<std::uint32_t>{1});
  few.erase(few.begin() + 1);
  EXPECT_TRUE(Write(events, few).bad.empty());
  EXPECT_EQ(fixture().RowCount("events"), std::int64_t{kFew - 1});
}

TEST_P(SinkConformance, AppendCallsANumberBeyondTheSinkInvalid) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const auto number = fixture().NumberBeyondTheSink();
  if (!number) GTEST_SKIP() << "this sink holds every number";
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  for (const std::size_t count : {kFew, kMany}) {
    std::vector<Record> records = Events(count);
    records[1].value = *number;
    const RowsOutcome outcome = Write(events, records);
    ASSERT_EQ(BadIndexes(outcome), std::vector<std::uint32_t>{1});
    EXPECT_EQ(outcome.bad[0].verdict, Verdict::kInvalid);
    EXPECT_EQ(outcome.bad[0].code, Code::kNumberNotRepresentable);
  }
}

TEST_P(SinkConformance, AppendLeavesNothingOfATransactionThatDidNotCommit) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  for (const std::size_t count : {kFew, kMany}) {
    for (const bool rolls_back : {true, false}) {
      std::vector<std::uint32_t> lost;
      RowsOutcome rows;
      ASSERT_TRUE(session().Begin().has_value());
      ASSERT_TRUE(WriteMarksOn(session(), {{.stream = "events", .token = TokenOf(1)}}, kNow, &lost)
                      .has_value());
      ASSERT_TRUE(WriteRows(events, Events(count), &rows).has_value());
      if (rolls_back) {
        session().Rollback();
      } else {
        Reconnect();
      }
      EXPECT_FALSE(ReadMark("events", "p").found);
      EXPECT_EQ(fixture().RowCount("events"), 0);
    }
  }
}

TEST_P(SinkConformance, AppendedRowsAndTheirMarkAppearTogether) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  std::uint8_t token = 0;
  for (const std::size_t count : {kFew, kMany}) {
    const std::string producer = "p" + std::to_string(count);
    const std::int64_t before = fixture().RowCount("events");
    RowsOutcome rows;
    ASSERT_TRUE(session().Begin().has_value());
    ASSERT_TRUE(
        WriteMarksOn(session(),
                     {{.stream = "events", .producer = producer, .token = TokenOf(++token)}}, kNow,
                     nullptr)
            .has_value());
    ASSERT_TRUE(WriteRows(events, Events(count), &rows).has_value());
    EXPECT_EQ(fixture().RowCount("events"), before);
    ASSERT_EQ(session().Commit(), CommitOutcome::kCommitted);
    EXPECT_EQ(fixture().RowCount("events"), before + static_cast<std::int64_t>(count));
    EXPECT_TRUE(ReadMark("events", producer).found);
  }
}

TEST_P(SinkConformance, AppendWritesNothingBehindAMarkThatWasLost) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  ASSERT_TRUE(WriteMarks({{.stream = "events", .token = TokenOf(1)}}).empty());
  for (const std::size_t count : {kFew, kMany}) {
    const Mark stale{.stream = "events", .expected = TokenOf(7), .token = TokenOf(8)};
    RowsOutcome rows;
    ASSERT_TRUE(session().Begin().has_value());
    SinkStatus status = WriteMarksOn(session(), {stale}, kNow, nullptr);
    if (status) status = WriteRows(events, Events(count), &rows);
    if (status) {
      EXPECT_EQ(session().Commit(), CommitOutcome::kAborted);
    } else {
      EXPECT_EQ(status.error().error_class, SinkErrorClass::kRestart) << status.error().message;
    }
    session().Rollback();
    EXPECT_EQ(ReadMark("events", "p").token, TokenOf(1));
    EXPECT_EQ(fixture().RowCount("events"), 0);
  }
}

TEST_P(SinkConformance, ARefusedAppendTakesOnlyItsOwnCallBack) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget orders = Target("orders");
  const StreamTarget events = AppendTarget("events");
  Ensure(orders);
  Ensure(events);
  fixture().RefuseMarkedValues("events");
  std::vector<Record> records = Events(kMany);
  records[7].value = kRefused;
  RowsOutcome first;
  RowsOutcome second;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteRows(orders, {Upsert("k", "1")}, &first).has_value());
  ASSERT_TRUE(WriteRows(events, records, &second).has_value());
  session().Rollback();
  EXPECT_EQ(BadIndexes(second), std::vector<std::uint32_t>{7});
  EXPECT_TRUE(session().IsUsable());
}

TEST_P(SinkConformance, AnAppendStreamIsListedAsSuchAndContradictsADocument) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  for (int i = 0; i < 2; ++i) Ensure(events);
  EXPECT_EQ(session().ListStreams().value().at(0).kind, TargetKind::kAppend);
  const SinkStatus ensured = session().EnsureStream(Target("events"));
  ASSERT_FALSE(ensured.has_value());
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
  for (const std::string name : {"append", "document"}) {
    EXPECT_NE(ensured.error().message.find(name), std::string::npos) << ensured.error().message;
  }
}

TEST_P(SinkConformance, AnAppendTableThatIsAwayStopsItsStreamAlone) {
  ONCEGATE_ONLY_IF(TakesAppend);
  const StreamTarget events = AppendTarget("events");
  Ensure(events);
  Write(events, Events(1));
  fixture().Execute("ALTER TABLE \"events\" RENAME TO \"events_away\"");
  for (const std::size_t count : {kFew, kMany}) {
    RowsOutcome outcome;
    ASSERT_TRUE(session().Begin().has_value());
    const SinkStatus written = WriteRows(events, Events(count), &outcome);
    session().Rollback();
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream) << written.error().message;
    EXPECT_TRUE(outcome.bad.empty());
    EXPECT_TRUE(session().IsUsable());
  }
  fixture().Execute("ALTER TABLE \"events_away\" RENAME TO \"events\"");
  EXPECT_TRUE(Write(events, Events(kMany)).bad.empty());
}

}  // namespace
}  // namespace oncegate::conformance
