// The columns target with auto_evolve: which columns a table gets from the fields of events, and
// that no session writes rows without a column that the table has.
#include <barrier>
#include <thread>

#include "tests/unit/sinks/conformance/columns_conformance.h"

namespace oncegate::conformance {
namespace {

StreamTarget Growing() {
  StreamTarget target = ColumnsTarget("goods");
  target.columns.auto_evolve = true;
  return target;
}

Record Thing(int id, std::int64_t sequence, const std::string& fields) {
  return From(Upsert(std::to_string(id), "{" + fields + "}"), "p", 0, sequence);
}

void MakeThings(SinkFixture& fixture, const std::string& more = "") {
  fixture.Execute(
      "CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"name\" TEXT, \"Size\" TEXT" + more +
      ")");
}

std::int64_t CountThings(SinkFixture& fixture, const std::string& condition) {
  return fixture.SqlCount("SELECT count(*) FROM \"goods\" WHERE " + condition);
}

using Columns = std::vector<NewColumn>;

TEST_P(ColumnsConformance, AFieldWithoutAColumnAsksForOneOfItsKind) {
  MakeThings(fixture());
  Ensure(Growing());
  ASSERT_TRUE(session().Begin().has_value());
  RowsOutcome outcome;
  ASSERT_TRUE(
      WriteRows(Growing(),
                {Thing(1, 0, R"("t":"x","i":-7,"n":1.5,"b":true,"o":{"x":1},"a":[1])"),
                 Thing(2, 1, R"("big":9223372036854775808,"number":1,"mixed":1,"either":[])"),
                 Thing(3, 2, R"("number":2e3,"mixed":"x","either":{},"name":"n")")},
                &outcome)
          .has_value());
  session().Rollback();
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_EQ(outcome.new_columns, (Columns{{"a", ColumnKind::kJson},
                                          {"b", ColumnKind::kBoolean},
                                          {"big", ColumnKind::kNumber},
                                          {"either", ColumnKind::kJson},
                                          {"i", ColumnKind::kInteger},
                                          {"mixed", ColumnKind::kText},
                                          {"n", ColumnKind::kNumber},
                                          {"number", ColumnKind::kNumber},
                                          {"o", ColumnKind::kJson},
                                          {"t", ColumnKind::kText}}));
}

TEST_P(ColumnsConformance, AnAddedColumnTakesItsField) {
  MakeThings(fixture());
  Ensure(Growing());
  const RowsOutcome outcome =
      WriteGrowing(&session(), Growing(),
                   {Thing(1, 0, R"("name":"a")"), Thing(2, 1, R"("t":"x","i":9007199254740993)"),
                    Thing(3, 2, R"("n":1.5,"b":true,"o":{"x":1})")});
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_EQ(outcome.effects, std::vector<RowEffect>(3, RowEffect::kWritten));
  EXPECT_EQ(CountThings(fixture(), "id = 1 AND name = 'a' AND t IS NULL AND o IS NULL"), 1);
  EXPECT_EQ(CountThings(fixture(), "id = 2 AND t = 'x' AND i = 9007199254740993"), 1);
  EXPECT_EQ(CountThings(fixture(), "id = 3 AND n = 1.5 AND b AND o IS NOT NULL"), 1);
}

TEST_P(ColumnsConformance, FieldsThatCanHaveNoColumnAreLeftToUnknownFields) {
  MakeThings(fixture());
  Ensure(Growing());
  for (const std::string& name :
       {std::string("Colour"), std::string("a b"), std::string("1a"), std::string("xmin"),
        std::string("rowid"), std::string("db_row_id"), std::string("size"), std::string("a\\\""),
        std::string(64, 'a')}) {
    const RowsOutcome outcome =
        Write(Growing(), {Thing(1, 0, R"("colour":"red",")" + name + "\":1")});
    EXPECT_EQ(outcome.bad.size(), 1U) << name;
    EXPECT_TRUE(outcome.new_columns.empty()) << "a rejected event asks for nothing: " << name;
  }
  StreamTarget ignoring = Growing();
  ignoring.columns.unknown_fields = UnknownFields::kIgnore;
  EXPECT_TRUE(WriteGrowing(&session(), ignoring, {Thing(1, 0, R"("Colour":1,"colour":"red")")})
                  .bad.empty());
  EXPECT_EQ(CountThings(fixture(), "colour = 'red'"), 1);
}

TEST_P(ColumnsConformance, NullAddsNoColumn) {
  MakeThings(fixture());
  Ensure(Growing());
  const RowsOutcome outcome = Write(Growing(), {Thing(1, 0, R"("name":"a","colour":null)")});
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_TRUE(outcome.new_columns.empty());
  EXPECT_EQ(CountThings(fixture(), "name = 'a'"), 1);
}

TEST_P(ColumnsConformance, ATableDoesNotGrowBeyondItsBound) {
  std::string more;
  for (int i = 0; i < 252; ++i) more += ", c" + std::to_string(i) + " INTEGER";
  MakeThings(fixture(), more);
  Ensure(Growing());
  const RowsOutcome outcome =
      WriteGrowing(&session(), Growing(), {Thing(1, 0, R"("one":1)"), Thing(2, 1, R"("two":2)")});
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_NE(outcome.bad[0].detail.find("\"two\""), std::string::npos) << outcome.bad[0].detail;
  EXPECT_TRUE(WriteGrowing(&session(), Growing(), {Thing(1, 0, R"("one":1)")}).bad.empty());
}

TEST_P(ColumnsConformance, TwoSessionsMayAddTheSameColumn) {
  MakeThings(fixture());
  Ensure(Growing());
  const auto other = Connect();
  std::barrier start(2);
  const auto write = [&](SinkSession* session, int id) {
    for (int round = 0; round < 10; ++round) {
      start.arrive_and_wait();
      const std::string field = "\"f" + std::to_string(round) + "\":";
      EXPECT_TRUE(
          WriteGrowing(session, Growing(), {Thing(id + round, round, field + "1")}).bad.empty());
    }
  };
  std::thread thread([&] { write(other.get(), 100); });
  write(&session(), 200);
  thread.join();
  EXPECT_EQ(CountThings(fixture(), "f0 = 1 OR f9 = 1"), 4);
  EXPECT_EQ(CountThings(fixture(), "1 = 1"), 20);
}

TEST_P(ColumnsConformance, AColumnThatIsThereByNowDoesNotKeepAnotherFromBeingAdded) {
  MakeThings(fixture());
  Ensure(Growing());
  const Columns first{{"first", ColumnKind::kText}};
  const Columns both{{"first", ColumnKind::kInteger}, {"second", ColumnKind::kText}};
  ASSERT_TRUE(session().AddColumns(Growing(), first).has_value());
  ASSERT_TRUE(session().AddColumns(Growing(), both).has_value());
  EXPECT_EQ(CountThings(fixture(), "first IS NULL AND second IS NULL"), 0);
  WriteOne(Growing(), Thing(1, 0, R"("first":"x","second":"y")"));
  EXPECT_EQ(CountThings(fixture(), "first = 'x' AND second = 'y'"), 1);
}

TEST_P(ColumnsConformance, AColumnThatSomebodyAddsIsNoticedAtOnce) {
  MakeThings(fixture());
  for (const UnknownFields unknown : {UnknownFields::kReject, UnknownFields::kIgnore}) {
    const bool ignores = unknown == UnknownFields::kIgnore;
    StreamTarget target = ColumnsTarget(ignores ? "ignoring" : "goods");
    target.table = "goods";
    target.columns.unknown_fields = unknown;
    const std::string name = ignores ? "second" : "first";
    WriteGrowing(&session(), target, {Thing(1, 0, R"("name":"a")")});
    fixture().Execute("ALTER TABLE \"goods\" ADD COLUMN " + name + " TEXT");
    fixture().Execute("UPDATE \"goods\" SET " + name + " = 'x'");
    // The row is written as a whole, with the column that this session has not seen yet.
    EXPECT_TRUE(WriteGrowing(&session(), target, {Thing(1, 1, R"("name":"b")")}).bad.empty());
    EXPECT_EQ(CountThings(fixture(), "name = 'b' AND " + name + " IS NULL"), 1);
    fixture().Execute("ALTER TABLE \"goods\" ADD COLUMN " + name + "_too TEXT");
    EXPECT_TRUE(
        WriteGrowing(&session(), target, {Thing(1, 2, "\"" + name + "_too\":\"y\"")}).bad.empty());
    EXPECT_EQ(CountThings(fixture(), name + "_too = 'y'"), 1);
  }
}

}  // namespace
}  // namespace oncegate::conformance
