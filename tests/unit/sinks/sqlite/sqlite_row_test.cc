// Rows in SQLite's own ways: triggers, unique values, affinities, names without regard to case.
#include "tests/unit/sinks/sqlite/sqlite_session_test.h"

namespace oncegate::sqlite {
namespace {

using conformance::Delete;
using conformance::Record;
using conformance::Upsert;
using conformance::WithVersion;

class SqliteRow : public SqliteSessionTest {
 protected:
  void SetUp() override {
    session_ = Connect();
    ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
  }

  void Execute(const std::string& sql) { PlainDatabase(path()).Execute(sql); }

  /// Rows in a transaction of their own; rolled back if any is bad.
  RowsOutcome Apply(const std::vector<Record>& records) {
    RowsOutcome outcome;
    EXPECT_TRUE(session_->Begin().has_value());
    const SinkStatus written = Write(*session_, orders(), records, &outcome);
    EXPECT_TRUE(written.has_value());
    if (written && outcome.bad.empty()) {
      EXPECT_EQ(session_->Commit(), CommitOutcome::kCommitted);
    } else {
      session_->Rollback();
    }
    return outcome;
  }

  std::string Text(const std::string& query) { return PlainDatabase(path()).Text(query); }

  std::unique_ptr<SinkSession> session_;
};

TEST_F(SqliteRow, ARowThatATriggerDropsInSilenceIsBadAndNotSuperseded) {
  Execute(
      "CREATE TRIGGER t BEFORE INSERT ON orders WHEN NEW.key = 'b'"
      " BEGIN SELECT RAISE(IGNORE); END");
  const RowsOutcome outcome = Apply({Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
}

TEST_F(SqliteRow, AChangeThatATriggerDropsInSilenceIsBadAndNotSuperseded) {
  Apply({Upsert("b", "1")});
  Execute("CREATE TRIGGER t BEFORE UPDATE ON orders BEGIN SELECT RAISE(IGNORE); END");
  const RowsOutcome outcome = Apply({Upsert("a", "1"), Upsert("b", "2")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
}

TEST_F(SqliteRow, AnAppendedRowThatATriggerDropsInSilenceIsBad) {
  const StreamTarget events = conformance::AppendTarget("events");
  ASSERT_TRUE(session_->EnsureStream(events).has_value());
  Execute(
      "CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.key = 'b'"
      " BEGIN SELECT RAISE(IGNORE); END");
  RowsOutcome outcome;
  ASSERT_TRUE(session_->Begin().has_value());
  ASSERT_TRUE(
      Write(*session_, events, {Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1")}, &outcome)
          .has_value());
  session_->Rollback();
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
}

TEST_F(SqliteRow, ATriggerThatEndsTheTransactionNamesItsRowAndNothingRunsOn) {
  Execute(
      "CREATE TRIGGER t BEFORE INSERT ON orders WHEN NEW.key = 'b'"
      " BEGIN SELECT RAISE(ROLLBACK, 'no'); END");
  RowsOutcome outcome;
  ASSERT_TRUE(session_->Begin().has_value());
  ASSERT_TRUE(
      Write(*session_, orders(), {Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1")}, &outcome)
          .has_value());
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_EQ(session_->Commit(), CommitOutcome::kAborted);
  EXPECT_EQ(Rows(), 0);
  EXPECT_TRUE(Apply({Upsert("a", "1"), Upsert("c", "1")}).bad.empty());
}

TEST_F(SqliteRow, AFunctionThatChokesOnARowMakesThatRowBad) {
  Execute(
      "CREATE UNIQUE INDEX mail ON orders (json_extract(value, '$.mail') || "
      "abs(json_extract(value, '$.number')))");
  const RowsOutcome outcome = Apply({Upsert("a", R"({"mail":"m","number":1})"),
                                     Upsert("b", R"({"mail":"m","number":-9223372036854775808})")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_NE(outcome.bad[0].detail.find("SQLITE_ERROR"), std::string::npos);
}

class UniqueMail : public SqliteRow {
 protected:
  void SetUp() override {
    SqliteRow::SetUp();
    Execute("CREATE UNIQUE INDEX mail ON orders (json_extract(value, '$.mail'))");
    ASSERT_TRUE(
        Apply({Upsert("2", R"({"mail":"a"})"), Upsert("4", R"({"mail":"b"})")}).bad.empty());
  }
};

TEST_F(UniqueMail, AValueGivenUpByALaterRowOfTheGroupIsFree) {
  const RowsOutcome outcome =
      Apply({Upsert("1", R"({"mail":"a"})"), Delete("2"), Upsert("3", R"({"mail":"b"})"),
             Upsert("4", R"({"mail":"c"})")});
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_EQ(outcome.effects, std::vector<RowEffect>(4, RowEffect::kWritten));
  EXPECT_EQ(Text("SELECT value FROM orders WHERE key = '1'"), R"({"mail":"a"})");
  EXPECT_EQ(Text("SELECT value FROM orders WHERE key = '3'"), R"({"mail":"b"})");
}

TEST_F(UniqueMail, AChainOfValuesMovesAlong) {
  const RowsOutcome outcome = Apply({Upsert("1", R"({"mail":"a"})"), Upsert("2", R"({"mail":"b"})"),
                                     Upsert("4", R"({"mail":"d"})")});
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_EQ(Text("SELECT group_concat(value, '') FROM orders"),
            R"({"mail":"b"}{"mail":"d"}{"mail":"a"})");
}

TEST_F(UniqueMail, ASwapIsRefusedAndNothingElseIsTouched) {
  const RowsOutcome outcome = Apply({Upsert("1", R"({"mail":"z"})"), Upsert("2", R"({"mail":"b"})"),
                                     Upsert("4", R"({"mail":"a"})")});
  ASSERT_EQ(outcome.bad.size(), 2U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_EQ(outcome.bad[1].row, 2U);
  EXPECT_NE(outcome.bad[0].detail.find("SQLITE_CONSTRAINT"), std::string::npos);
  EXPECT_EQ(Rows(), 2);
}

TEST_F(SqliteRow, AVersionIsAnIntegerWhileItFitsAndSortsAsANumberBeyond) {
  const std::uint64_t top = ~std::uint64_t{0};
  Apply({WithVersion(Upsert("a", "1"), Version{top, top}), WithVersion(Upsert("b", "1"), 10),
         WithVersion(Upsert("c", "1"), Version{0, top}), WithVersion(Upsert("d", "1"), 9),
         WithVersion(Upsert("e", "1"), Version{1, 0}),
         WithVersion(Upsert("f", "1"), Version{0, top >> 1U})});
  EXPECT_EQ(Text("SELECT group_concat(key, '') FROM (SELECT key FROM orders ORDER BY version)"),
            "dbfcea");
  EXPECT_EQ(Text("SELECT group_concat(key, '') FROM orders WHERE typeof(version) = 'integer'"),
            "bdf");
  EXPECT_EQ(Text("SELECT version FROM orders WHERE key = 'c'"),
            "000000000000000000018446744073709551615");
  EXPECT_EQ(Text("SELECT count(*) FROM orders WHERE version > 9"), "5");
}

TEST_F(SqliteRow, TimesAreTextInTheOrderOfTime) {
  std::vector<Record> records{Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1")};
  records[0].event_time = WallTime{1'700'000'000'500'000};
  records[1].event_time = WallTime{1'700'000'000'000'000};
  records[2].event_time = WallTime{-62'135'596'800'000'000};
  Apply(records);
  EXPECT_EQ(Text("SELECT group_concat(key, '') FROM (SELECT key FROM orders ORDER BY event_time)"),
            "cba");
  EXPECT_EQ(Text("SELECT event_time FROM orders WHERE key = 'a'"), "2023-11-14T22:13:20.500000Z");
  EXPECT_EQ(Text("SELECT event_time FROM orders WHERE key = 'c'"), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(Text("SELECT applied_at FROM orders WHERE key = 'a'"), "2026-01-31T12:00:00.000000Z");
}

TEST_F(SqliteRow, TheValueIsTheTextThatWasSent) {
  const std::string value = R"( { "a" : 1.50e+3 , "b":"A" } )";
  Apply({Upsert("k", value)});
  EXPECT_EQ(Text("SELECT value FROM orders WHERE key = 'k'"), value);
  EXPECT_EQ(Text("SELECT typeof(value) FROM orders WHERE key = 'k'"), "text");
}

TEST_F(SqliteRow, ATableWithOtherColumnsStopsItsStreamAlone) {
  Execute("DROP TABLE orders; CREATE TABLE orders (key TEXT PRIMARY KEY, other)");
  RowsOutcome outcome;
  ASSERT_TRUE(session_->Begin().has_value());
  const SinkStatus written = Write(*session_, orders(), {Upsert("k", "1")}, &outcome);
  session_->Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream) << written.error().message;
  EXPECT_TRUE(session_->IsUsable());
}

TEST_F(SqliteRow, ATableReplacedByAViewIsRefused) {
  Apply({Upsert("k", "1")});
  Execute("ALTER TABLE orders RENAME TO away; CREATE VIEW orders AS SELECT * FROM away");
  RowsOutcome outcome;
  ASSERT_TRUE(session_->Begin().has_value());
  const SinkStatus written = Write(*session_, orders(), {Upsert("k", "1")}, &outcome);
  session_->Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream) << written.error().message;
  const SinkStatus ensured = session_->EnsureStream(orders());
  ASSERT_FALSE(ensured.has_value());
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused) << ensured.error().message;
}

TEST_F(SqliteRow, TableNamesThatDifferInCaseAloneAreOneTable) {
  StreamTarget second = conformance::Target("returns");
  second.table = "Orders";
  const SinkStatus ensured = session_->EnsureStream(second);
  ASSERT_FALSE(ensured.has_value());
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
  EXPECT_NE(ensured.error().message.find("\"orders\""), std::string::npos);
  EXPECT_NE(ensured.error().message.find("\"returns\""), std::string::npos);
}

TEST_F(SqliteRow, NamesOfTheLedgerAndOfSqliteAreNoTables) {
  for (const char* table : {"OnceGate_ledger", "SQLITE_schema", "sqlite_x", "oncegate_new", ""}) {
    StreamTarget target = conformance::Target("returns");
    target.table = table;
    const SinkStatus ensured = session_->EnsureStream(target);
    ASSERT_FALSE(ensured.has_value()) << table;
    EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused) << table;
  }
}

TEST_F(SqliteRow, AnIndexOfThatNameIsNotTakenForATable) {
  Execute("CREATE INDEX returns ON orders (producer)");
  const SinkStatus ensured = session_->EnsureStream(conformance::Target("returns"));
  ASSERT_FALSE(ensured.has_value());
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
}

TEST_F(SqliteRow, AStreamWhoseEntryWasRemovedGetsANewTable) {
  Apply({Upsert("k", "1")});
  Execute("DROP TABLE orders; DELETE FROM oncegate_schema WHERE name = 'stream:orders'");
  ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
  EXPECT_EQ(Apply({Upsert("k", "2")}).effects, std::vector<RowEffect>{RowEffect::kWritten});
}

}  // namespace
}  // namespace oncegate::sqlite
