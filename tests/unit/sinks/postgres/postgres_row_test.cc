// What Postgres itself thinks of rows: triggers, unique constraints, numbers, savepoints.
#include "tests/unit/sinks/postgres/postgres_session_test.h"

namespace oncegate::postgres {
namespace {

using conformance::Delete;
using conformance::Target;
using conformance::Upsert;

class PostgresRow : public PostgresSessionTest {
 protected:
  void SetUp() override {
    session_ = Connect();
    ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
  }

  /// A trigger on orders whose body may look at NEW.
  void AddTrigger(const std::string& body) {
    client().Query("CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body +
                   " RETURN NEW; END $$;"
                   "CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON orders FOR EACH ROW "
                   "EXECUTE FUNCTION judge()");
  }

  RowsOutcome WriteAll(const std::vector<conformance::Record>& records) {
    RowsOutcome outcome;
    const SinkStatus written = WriteAlone(*session_, orders(), records, &outcome);
    EXPECT_TRUE(written.has_value()) << written.error().message;
    return outcome;
  }

  /// A mark and rows that can only be written one after the other: together or not at all.
  RowsOutcome WriteBehindMark(const std::vector<conformance::Record>& records) {
    RowsOutcome outcome;
    SinkStatus written;
    for (int attempt = 0; attempt < 2; ++attempt) {
      EXPECT_TRUE(session_->Begin().has_value());
      EXPECT_TRUE(
          conformance::WriteMarksOn(*session_, {{.token = conformance::TokenOf(1)}}, kNow, nullptr)
              .has_value());
      written = Write(*session_, orders(), records, &outcome);
      if (written) break;
      EXPECT_EQ(written.error().error_class, SinkErrorClass::kRestart);
      session_->Rollback();
    }
    EXPECT_TRUE(written.has_value());
    EXPECT_EQ(session_->Commit(), CommitOutcome::kCommitted);
    EXPECT_EQ(client().QueryValue("SELECT count(*) FROM oncegate_ledger"), "1");
    return outcome;
  }

  std::unique_ptr<SinkSession> session_;
};

TEST_F(PostgresRow, ATriggerThatRaisesRefusesItsRowWithCodeAndMessage) {
  AddTrigger("IF NEW.key = 'b' THEN RAISE EXCEPTION 'no b here' USING DETAIL = 'secret'; END IF;");
  const RowsOutcome outcome = WriteAll({Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_EQ(outcome.bad[0].verdict, Verdict::kRejected);
  EXPECT_EQ(outcome.bad[0].code, Code::kSinkRejected);
  EXPECT_EQ(outcome.bad[0].detail, "P0001: no b here");
}

TEST_F(PostgresRow, ARowThatATriggerDropsInSilenceIsNoneOfTheGuards) {
  AddTrigger("IF NEW.key = 'b' THEN RETURN NULL; END IF;");
  const RowsOutcome outcome = WriteAll({Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_EQ(outcome.bad[0].verdict, Verdict::kRejected);
}

TEST_F(PostgresRow, ARowWhoseKeyATriggerChangesIsTheOnlyBadOne) {
  AddTrigger("IF NEW.key = 'b' THEN NEW.key = 'zzz'; END IF;");
  const RowsOutcome outcome =
      WriteAll({Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1"), Upsert("d", "1")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
}

TEST_F(PostgresRow, AChangeThatATriggerDropsInSilenceIsNoneOfTheGuards) {
  WriteAll({Upsert("b", "1")});
  client().Query(
      "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;"
      "CREATE TRIGGER keep BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION keep()");
  const RowsOutcome outcome = WriteAll({Upsert("a", "1"), Upsert("b", "2")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
}

TEST_F(PostgresRow, AppendedRowsThatATriggerDropsInSilenceAreBad) {
  const StreamTarget events = conformance::AppendTarget("events");
  ASSERT_TRUE(session_->EnsureStream(events).has_value());
  client().Query(
      "CREATE FUNCTION drop_b() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.key = 'b' THEN RETURN NULL; END IF; RETURN NEW; END $$;"
      "CREATE TRIGGER drop_b BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION drop_b()");
  for (const std::size_t count : {3U, 1'000U}) {  // By INSERT, by COPY.
    std::vector<conformance::Record> records(count, Upsert("a", "1"));
    records[1].key = "b";
    records[2].key = "b";
    RowsOutcome outcome;
    ASSERT_TRUE(WriteAlone(*session_, events, records, &outcome).has_value());
    ASSERT_EQ(outcome.bad.size(), 2U);
    EXPECT_EQ(outcome.bad[0].row, 1U);
    EXPECT_EQ(outcome.bad[1].row, 2U);
    EXPECT_EQ(outcome.bad[0].verdict, Verdict::kRejected);
    EXPECT_EQ(Rows("events"), 0);
  }
}

TEST_F(PostgresRow, OfTwoAppendedRowsThatExcludeEachOtherOneIsBad) {
  const StreamTarget events = conformance::AppendTarget("events");
  ASSERT_TRUE(session_->EnsureStream(events).has_value());
  client().Query("CREATE UNIQUE INDEX ON events (key) WHERE key <> 'a'");
  std::vector<conformance::Record> records(1'000, Upsert("a", "1"));
  records[3].key = "b";
  records[997].key = "b";
  RowsOutcome outcome;
  ASSERT_TRUE(WriteAlone(*session_, events, records, &outcome).has_value());
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 997U);
  EXPECT_EQ(outcome.bad[0].detail.substr(0, 6), "23505:");
}

TEST_F(PostgresRow, OfTwoRowsThatExcludeEachOtherOneIsBad) {
  client().Query("CREATE UNIQUE INDEX ON orders ((value->>'email'))");
  const RowsOutcome outcome =
      WriteAll({Upsert("a", R"({"email":"x"})"), Upsert("b", R"({"email":"y"})"),
                Upsert("c", R"({"email":"x"})"), Upsert("d", R"({"email":"z"})")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 2U);
  EXPECT_EQ(outcome.bad[0].detail.substr(0, 6), "23505:");
  EXPECT_EQ(outcome.bad[0].detail.find("x)"), std::string::npos) << "no data of other rows";
}

TEST_F(PostgresRow, ABadRowOfALaterCallTakesOnlyItsOwnCallBack) {
  client().Query("CREATE UNIQUE INDEX ON orders ((value->>'email'))");
  RowsOutcome first;
  RowsOutcome second;
  ASSERT_TRUE(session_->Begin().has_value());
  ASSERT_TRUE(Write(*session_, orders(), {Upsert("a", R"({"email":"x"})")}, &first).has_value());
  ASSERT_TRUE(Write(*session_, orders(),
                    {Upsert("b", R"({"email":"x"})"), Upsert("c", R"({"email":"y"})")}, &second)
                  .has_value());
  session_->Rollback();
  ASSERT_EQ(second.bad.size(), 1U) << "the row of the first call is what it collides with";
  EXPECT_EQ(second.bad[0].row, 0U);
}

TEST_F(PostgresRow, ANumberBeyondJsonbIsInvalidButATriggersOverflowIsRejected) {
  AddTrigger("IF NEW.key = 'b' THEN PERFORM 3000000000::int; END IF;");
  const RowsOutcome outcome =
      WriteAll({Upsert("a", "[1e200000]"), Upsert("b", "1"), Upsert("c", "1"),
                Upsert("d", "{\"deep\": 1e-20000}"), Delete("e")});
  ASSERT_EQ(outcome.bad.size(), 3U);
  EXPECT_EQ(outcome.bad[0].row, 0U);
  EXPECT_EQ(outcome.bad[0].verdict, Verdict::kInvalid);
  EXPECT_EQ(outcome.bad[0].code, Code::kNumberNotRepresentable);
  EXPECT_EQ(outcome.bad[1].row, 1U);
  EXPECT_EQ(outcome.bad[1].verdict, Verdict::kRejected);
  EXPECT_EQ(outcome.bad[2].row, 3U);
  EXPECT_EQ(outcome.bad[2].verdict, Verdict::kInvalid);
}

TEST_F(PostgresRow, FindingAFewBadRowsAmongManyCostsFewStatements) {
  client().Query("CREATE SEQUENCE attempts");
  client().Query(
      "CREATE FUNCTION count_attempt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "PERFORM nextval('attempts'); RETURN NULL; END $$;"
      "CREATE TRIGGER count_attempt BEFORE INSERT ON orders FOR EACH STATEMENT "
      "EXECUTE FUNCTION count_attempt()");
  client().Query("ALTER TABLE orders ADD CHECK (value <> '0'::jsonb)");
  std::vector<conformance::Record> records;
  for (int i = 0; i < 1024; ++i) records.push_back(Upsert(std::to_string(10'000 + i), "1"));
  records[100].value = records[600].value = "0";
  EXPECT_EQ(WriteAll(records).bad.size(), 2U);
  // 1 + 2 log2(1024) and a second try per bad row, plus the statement at the start.
  EXPECT_LE(std::stoi(client().QueryValue("SELECT last_value FROM attempts")), 44);
}

TEST_F(PostgresRow, ARowMayTakeAUniqueValueThatALaterKeyGivesUp) {
  client().Query("CREATE UNIQUE INDEX emails ON orders ((value ->> 'email'))");
  ASSERT_TRUE(WriteAll({Upsert("b", R"({"email":"x"})")}).bad.empty());
  const RowsOutcome outcome = WriteBehindMark(
      {Upsert("a", R"({"email":"x"})"), Delete("b"), Upsert("c", R"({"email":"y"})")});
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_EQ(outcome.effects, (std::vector<RowEffect>(3, RowEffect::kWritten)));
  EXPECT_EQ(client().QueryValue("SELECT key FROM orders WHERE value ->> 'email' = 'x'"), "a");
}

TEST_F(PostgresRow, RowsThatAreOnlyRefusedTogetherAreWrittenOneByOne) {
  client().Query(
      "CREATE FUNCTION one_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF (SELECT count(*) FROM written) > 1 THEN RAISE EXCEPTION 'one row per statement'; END IF; "
      "RETURN NULL; END $$;"
      "CREATE TRIGGER one_only AFTER INSERT ON orders REFERENCING NEW TABLE AS written "
      "FOR EACH STATEMENT EXECUTE FUNCTION one_only()");
  const RowsOutcome outcome = WriteBehindMark({Upsert("a", "1"), Upsert("b", "1")});
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_EQ(outcome.effects, (std::vector<RowEffect>(2, RowEffect::kWritten)));
  EXPECT_EQ(Rows(), 2);
}

TEST_F(PostgresRow, ATableMayStandInAnotherSchema) {
  const std::string schema = fixture().schema() + "_other";
  StreamTarget target = Target("returns");
  target.table = schema + ".Kept \"here\"";
  ExpectClass(session_->EnsureStream(target), SinkErrorClass::kStream, "3F000");
  client().Query("CREATE SCHEMA " + schema);
  ASSERT_TRUE(session_->EnsureStream(target).has_value());
  ASSERT_TRUE(Connect()->EnsureStream(target).has_value());
  ExpectTaken(*session_, target, "k");
  EXPECT_EQ(Rows(schema + ".\"Kept \"\"here\"\"\""), 1);
  EXPECT_EQ(session_->ListStreams().value()[1].table, target.table);
  client().Query("DROP SCHEMA " + schema + " CASCADE");
}

TEST_F(PostgresRow, ANameThatPostgresWouldCutIsRefused) {
  StreamTarget target = Target("returns");
  target.table = std::string(64, 'x');
  ExpectClass(session_->EnsureStream(target), SinkErrorClass::kRefused);
  target.table = "a.b.c";
  ExpectClass(session_->EnsureStream(target), SinkErrorClass::kRefused);
  target.table = std::string(63, 'x');
  EXPECT_TRUE(session_->EnsureStream(target).has_value());
}

TEST_F(PostgresRow, AnUnloggedTargetIsRefused) {
  client().Query("ALTER TABLE orders SET UNLOGGED");
  ExpectClass(session_->EnsureStream(orders()), SinkErrorClass::kRefused);
  client().Query("ALTER TABLE orders SET LOGGED");
  EXPECT_TRUE(session_->EnsureStream(orders()).has_value());
}

}  // namespace
}  // namespace oncegate::postgres
