// The columns target: the row guard outside of the user's table, and what becomes of each field.
#include "tests/unit/sinks/conformance/columns_conformance.h"

#include <algorithm>

namespace oncegate::conformance {
namespace {

class Goods {
 public:
  explicit Goods(SinkFixture& fixture) : fixture_(fixture) {
    fixture_.Execute(
        "CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"name\" TEXT, \"price\" INTEGER, "
        "\"email\" " +
        fixture_.KeyText() +
        " UNIQUE, \"state\" TEXT DEFAULT 'new', \"gone\" BOOLEAN, \"version\" BIGINT, "
        "\"rest\" TEXT)");
  }

  std::int64_t Count(const std::string& condition) {
    return fixture_.SqlCount("SELECT count(*) FROM \"goods\" WHERE " + condition);
  }

 private:
  SinkFixture& fixture_;
};

Record Good(int id, const std::string& fields, std::int64_t sequence) {
  return From(Upsert(std::to_string(id), "{" + fields + "}"), "p", 0, sequence);
}

Record Gone(int id, std::int64_t sequence) {
  return From(Delete(std::to_string(id)), "p", 0, sequence);
}

/// Of another stream: what a session knows of one does not change while it runs.
StreamTarget SoftTarget() {
  StreamTarget target = ColumnsTarget("soft");
  target.table = "goods";
  target.columns.deletes = DeleteKind::kSoft;
  target.columns.deleted_column = "gone";
  return target;
}

TEST_P(ColumnsConformance, ColumnsTakeTheFieldsOfTheirNames) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  EXPECT_EQ(WriteOne(target, Good(7, R"("id":7,"name":"a \"ä\" \u00e9","price":12)", 0)),
            RowEffect::kWritten);
  EXPECT_EQ(goods.Count("id = 7 AND name = 'a \"ä\" é' AND price = 12 AND email IS NULL"), 1);
}

TEST_P(ColumnsConformance, ColumnsPutTheDefaultOfAnAbsentFieldAndNullForNull) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  WriteOne(target, Good(1, R"("name":"a","state":"old")", 0));
  EXPECT_EQ(goods.Count("state = 'old'"), 1);
  WriteOne(target, Good(1, R"("price":2)", 1));
  EXPECT_EQ(goods.Count("state = 'new' AND name IS NULL AND price = 2"), 1);
  WriteOne(target, Good(1, R"("state":null)", 2));
  EXPECT_EQ(goods.Count("state IS NULL"), 1);
}

TEST_P(ColumnsConformance, ColumnsLeaveThoseAloneThatAreNotListed) {
  Goods goods(fixture());
  fixture().Execute("INSERT INTO \"goods\" (id, name, state) VALUES (1, 'a', 'mine')");
  StreamTarget target = ColumnsTarget("goods");
  target.columns.columns = {"name"};
  Ensure(target);
  WriteOne(target, Good(1, R"("name":"b")", 0));
  EXPECT_EQ(goods.Count("name = 'b' AND state = 'mine'"), 1);
  EXPECT_EQ(Write(target, {Good(1, R"("state":"theirs")", 1)}).bad.size(), 1U);
}

TEST_P(ColumnsConformance, ColumnsSupersedeALateEvent) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  WriteOne(target, Good(1, R"("name":"new")", 5));
  EXPECT_EQ(WriteOne(target, Good(1, R"("name":"late")", 4)), RowEffect::kNewerExists);
  EXPECT_EQ(goods.Count("name = 'new'"), 1);
}

TEST_P(ColumnsConformance, ColumnsKeepALateEventFromBringingADeletedRowBack) {
  Goods goods(fixture());
  for (const StreamTarget& target : {ColumnsTarget("goods"), SoftTarget()}) {
    const bool is_soft = target.columns.deletes == DeleteKind::kSoft;
    const std::int64_t base = is_soft ? 100 : 0;
    WriteOne(target, Good(1, R"("name":"a")", base + 1));
    EXPECT_EQ(WriteOne(target, Gone(1, base + 3)), RowEffect::kWritten);
    EXPECT_EQ(WriteOne(target, Good(1, R"("name":"late")", base + 2)), RowEffect::kNewerExists);
    EXPECT_EQ(goods.Count("name = 'late'"), 0);
    EXPECT_EQ(goods.Count(is_soft ? "gone" : "1 = 1"), is_soft ? 1 : 0);
    EXPECT_EQ(WriteOne(target, Good(1, R"("name":"again")", base + 4)), RowEffect::kWritten);
    EXPECT_EQ(goods.Count(is_soft ? "NOT gone" : "name = 'again'"), 1);
  }
}

TEST_P(ColumnsConformance, ColumnsRememberTheDeleteOfARowThatWasNeverThere) {
  Goods goods(fixture());
  for (const StreamTarget& target : {ColumnsTarget("goods"), SoftTarget()}) {
    EXPECT_EQ(WriteOne(target, Gone(2, 9)), RowEffect::kWritten);
    EXPECT_EQ(WriteOne(target, Good(2, "", 8)), RowEffect::kNewerExists);
    EXPECT_EQ(goods.Count("id = 2"), 0);
  }
}

TEST_P(ColumnsConformance, ColumnsForgetDeletedRowsOnlyOnceTheyAreOld) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  Write(target, {Gone(1, 1), Gone(2, 2), Good(3, "", 3)});
  const auto sweep = [&](std::int64_t cutoff) {
    std::string after;
    do {
      after = session().SweepGuards({"goods", {cutoff}, after, 2}).value();
    } while (!after.empty());
    return fixture().SqlCount("SELECT count(*) FROM oncegate_rows");
  };
  EXPECT_EQ(sweep(kNow.microseconds), 3);
  EXPECT_EQ(sweep(kNow.microseconds + 1), 1);
  EXPECT_EQ(WriteOne(target, Good(3, "", 2)), RowEffect::kNewerExists);
}

TEST_P(ColumnsConformance, ColumnsTellTheEventThatWroteARowOfTheSameVersion) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods", DedupeMode::kVersion);
  Ensure(target);
  Record first = WithVersion(Upsert("1", R"({"name":"a"})"), 5);
  first.fingerprint = FingerprintOf(1);
  WriteOne(target, first);
  const RowsOutcome again = Write(target, {first});
  ASSERT_EQ(again.effects.at(0), RowEffect::kSameVersion);
  EXPECT_EQ(again.stored.at(0).fingerprint, FingerprintOf(1));
  EXPECT_EQ(WriteOne(target, WithVersion(Upsert("1", "{}"), 4)), RowEffect::kNewerExists);
}

TEST_P(ColumnsConformance, AVersionColumnGuardsRowsThatOncegateDidNotWrite) {
  Goods goods(fixture());
  fixture().Execute("INSERT INTO \"goods\" (id, name, version) VALUES (1, 'a', 9), (2, 'b', NULL)");
  StreamTarget target = ColumnsTarget("goods", DedupeMode::kVersion);
  target.columns.version_column = "version";
  Ensure(target);
  EXPECT_EQ(WriteOne(target, WithVersion(Upsert("1", R"({"name":"late"})"), 8)),
            RowEffect::kNewerExists);
  EXPECT_EQ(WriteOne(target, WithVersion(Delete("1"), 7)), RowEffect::kNewerExists);
  EXPECT_EQ(goods.Count("id = 1 AND name = 'a' AND version = 9"), 1);
  EXPECT_EQ(WriteOne(target, WithVersion(Upsert("1", R"({"name":"new"})"), 10)),
            RowEffect::kWritten);
  EXPECT_EQ(WriteOne(target, WithVersion(Upsert("2", R"({"name":"new"})"), 1)),
            RowEffect::kWritten);
  EXPECT_EQ(goods.Count("name = 'new' AND version IN (1, 10)"), 2);
}

TEST_P(ColumnsConformance, UnknownFieldsAreRejectedIgnoredOrKeptTogether) {
  Goods goods(fixture());
  StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  const RowsOutcome refused = Write(target, {Good(1, R"("name":"a","colour":"red")", 0)});
  ASSERT_EQ(refused.bad.size(), 1U);
  EXPECT_NE(refused.bad[0].detail.find("\"colour\""), std::string::npos) << refused.bad[0].detail;
  target.columns.unknown_fields = UnknownFields::kIgnore;
  target.stream = "ignoring";
  EXPECT_EQ(WriteOne(target, Good(1, R"("name":"a","colour":"red")", 1)), RowEffect::kWritten);
  target.columns.unknown_fields = UnknownFields::kColumn;
  target.columns.unknown_fields_column = "rest";
  target.stream = "keeping";
  WriteOne(target, Good(2, R"("name":"a","colour":"red")", 2));
  WriteOne(target, Good(3, R"("name":"a")", 3));
  EXPECT_EQ(goods.Count("id = 2 AND replace(rest, ' ', '') = '{\"colour\":\"red\"}'"), 1);
  EXPECT_EQ(goods.Count("id = 3 AND rest IS NULL"), 1);
}

TEST_P(ColumnsConformance, ColumnsNameTheRowsThatTheDatabaseRefuses) {
  fixture().Execute(
      "CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"name\" TEXT NOT NULL, \"price\" "
      "INTEGER CHECK (price > 0))");
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  std::vector<Record> records;
  for (int id = 100; id < 300; ++id) records.push_back(Good(id, R"("name":"a","price":1)", id));
  records[50].value = R"({"name":"a","price":0})";
  records[120].value = R"({"price":1})";
  records[199].value = R"(["name"])";
  // What is wrong with an event alone may be told before anything is written.
  for (std::size_t left = 3; left > 0;) {
    const RowsOutcome outcome = Write(target, records);
    ASSERT_FALSE(outcome.bad.empty());
    EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM oncegate_rows"), 0);
    std::vector<std::uint32_t> bad_rows;
    for (const BadRow& bad : outcome.bad) {
      EXPECT_EQ(bad.verdict, Verdict::kRejected);
      EXPECT_NE(bad.detail, "");
      bad_rows.push_back(bad.row);
    }
    std::sort(bad_rows.rbegin(), bad_rows.rend());
    left -= bad_rows.size();
    for (const std::uint32_t row : bad_rows) records.erase(records.begin() + row);
  }
  EXPECT_TRUE(Write(target, records).bad.empty());
  EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM \"goods\""), 197);
}

TEST_P(ColumnsConformance, AUniqueValueMayMoveWithinAGroup) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  Write(target, {Good(1, R"("email":"a")", 1), Good(2, R"("email":"b")", 2)});
  EXPECT_TRUE(
      Write(target, {Good(1, R"("email":"c")", 3), Good(2, R"("email":"a")", 4)}).bad.empty());
  EXPECT_TRUE(Write(target, {Gone(2, 5), Good(3, R"("email":"a")", 6)}).bad.empty());
  EXPECT_EQ(goods.Count("(id = 1 AND email = 'c') OR (id = 3 AND email = 'a')"), 2);
  EXPECT_EQ(goods.Count("1 = 1"), 2);
}

TEST_P(ColumnsConformance, AUniqueValueOfAnotherRowIsRefusedAndThatRowStays) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  Write(target, {Good(1, R"("email":"a","name":"one")", 1), Good(2, R"("email":"b")", 2)});
  EXPECT_EQ(Write(target, {Good(3, R"("email":"a")", 3)}).bad.size(), 1U);
  // A swap is no sequence of single changes that the index allows.
  EXPECT_EQ(Write(target, {Good(1, R"("email":"b")", 3), Good(2, R"("email":"a")", 4)}).bad.size(),
            2U);
  EXPECT_EQ(goods.Count("(id = 1 AND email = 'a' AND name = 'one') OR (id = 2 AND email = 'b')"),
            2);
  EXPECT_EQ(goods.Count("1 = 1"), 2);
}

TEST_P(ColumnsConformance, ARefusedRowOfColumnsCanBeSentAgain) {
  Goods goods(fixture());
  const StreamTarget target = ColumnsTarget("goods", DedupeMode::kVersion);
  Ensure(target);
  WriteOne(target, WithVersion(Upsert("1", R"({"email":"a"})"), 1));
  const Record taken = WithVersion(Upsert("2", R"({"email":"a"})"), 1);
  EXPECT_EQ(Write(target, {taken}).bad.size(), 1U);
  WriteOne(target, WithVersion(Delete("1"), 2));
  EXPECT_EQ(WriteOne(target, taken), RowEffect::kWritten);
}

}  // namespace
}  // namespace oncegate::conformance
