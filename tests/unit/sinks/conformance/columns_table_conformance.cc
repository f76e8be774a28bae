// The columns target and the user's table: which keys mean which rows, and what is refused before
// anything is written.
#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "tests/unit/sinks/conformance/columns_conformance.h"

namespace oncegate::conformance {
namespace {

ColumnsOptions Options(std::vector<std::string> key_columns,
                       std::vector<std::string> columns = {}) {
  ColumnsOptions options;
  options.key_columns = std::move(key_columns);
  options.columns = std::move(columns);
  return options;
}

TEST_P(ColumnsConformance, ACompositeKeyIsAnArrayOfItsValues) {
  fixture().Execute("CREATE TABLE \"stock\" (\"region\" " + fixture().KeyText() +
                    ", \"id\" INTEGER, \"count\" INTEGER, PRIMARY KEY (\"region\", \"id\"))");
  StreamTarget target = ColumnsTarget("stock");
  target.columns.key_columns = {"region", "id"};
  Ensure(target);
  WriteOne(target, From(Upsert(R"(["eu",1])", R"({"count":5,"id":1})"), "p", 0, 0));
  WriteOne(target, From(Upsert(R"(["us \"x\"",1])", R"({"count":6})"), "p", 0, 1));
  EXPECT_EQ(fixture().SqlCount("SELECT count FROM \"stock\" WHERE region = 'eu' AND id = 1"), 5);
  WriteOne(target, From(Delete(R"(["us \"x\"",1])"), "p", 0, 2));
  EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM \"stock\""), 1);
  for (const char* const key : {R"([ "eu",1])", R"(["eu","1"])", R"(["eu",01])", R"(["eu"])", "eu",
                                R"(["eu",1)", R"(["\u0065u",1])", R"(["eu",1.0])", R"(["\u)"}) {
    EXPECT_EQ(Write(target, {From(Upsert(key, "{}"), "p", 0, 3)}).bad.size(), 1U) << key;
  }
}

TEST_P(ColumnsConformance, AKeyHasOneSpellingAndTheValueDoesNotContradictIt) {
  fixture().Execute("CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"name\" TEXT)");
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  for (const char* const key :
       {"01", "+1", "1.0", "1e0", " 1", "x", "-0", "99999999999999999999"}) {
    EXPECT_EQ(Write(target, {Upsert(key, "{}")}).bad.size(), 1U) << key;
  }
  for (const char* const value : {R"({"id":2})", R"({"id":null})", R"({"id":[1]})"}) {
    EXPECT_EQ(Write(target, {Upsert("1", value)}).bad.size(), 1U) << value;
  }
  for (const char* const value : {R"({"id":1})", R"({"id":"1"})", "{}"}) {
    EXPECT_EQ(WriteOne(target, Upsert("1", value)), RowEffect::kWritten) << value;
  }
  Record keyless = Upsert("p/0/0", "{}");
  keyless.key_is_default = true;
  EXPECT_EQ(Write(target, {keyless}).bad.size(), 1U);
}

TEST_P(ColumnsConformance, ATableThatDoesNotFitIsRefusedByName) {
  fixture().Execute(
      "CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"name\" TEXT NOT NULL, \"size\" REAL "
      "UNIQUE, \"sku\" " +
      fixture().KeyText() + ")");
  const auto refused = [&](const ColumnsOptions& columns, const std::string& named,
                           const std::string& table = "goods") {
    StreamTarget target = ColumnsTarget("goods");
    target.table = table;
    target.columns = columns;
    const SinkStatus ensured = session().EnsureStream(target);
    ASSERT_FALSE(ensured.has_value()) << named;
    EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
    EXPECT_NE(ensured.error().message.find(named), std::string::npos) << ensured.error().message;
    EXPECT_NE(ensured.error().message.find("\"" + table + "\""), std::string::npos);
  };
  refused(Options({"id"}), "create it", "missing");
  refused(Options({"uid"}), "no key column \"uid\"");
  refused(Options({"sku"}), "no primary key or unique index");
  refused(Options({"id", "sku"}), "\"id\", \"sku\"");
  refused(Options({"size"}), "key column \"size\"");
  refused(Options({"id"}, {"colour"}), "no column \"colour\"");
  refused(Options({"id"}, {"sku"}), "\"name\" is NOT NULL");
  ColumnsOptions version = Options({"id"});
  version.version_column = "name";
  refused(version, "version_column");
  ColumnsOptions soft = Options({"id"});
  soft.deletes = DeleteKind::kSoft;
  soft.deleted_column = "nowhere";
  refused(soft, "no column \"nowhere\"");
  EXPECT_TRUE(session().ListStreams().value().empty());
}

TEST_P(ColumnsConformance, AColumnsStreamKeepsItsTableAndKeyColumns) {
  fixture().Execute("CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"sku\" " +
                    fixture().KeyText() + " NOT NULL UNIQUE)");
  const StreamTarget target = ColumnsTarget("goods");
  for (int i = 0; i < 2; ++i) Ensure(target);
  EXPECT_EQ(session().ListStreams().value().at(0).kind, TargetKind::kColumns);
  StreamTarget other = target;
  other.columns.key_columns = {"sku"};
  const SinkStatus changed = session().EnsureStream(other);
  ASSERT_FALSE(changed.has_value());
  EXPECT_NE(changed.error().message.find("key_columns"), std::string::npos);
  StreamTarget second = ColumnsTarget("second");
  second.table = "goods";
  EXPECT_FALSE(session().EnsureStream(second).has_value());
}

TEST_P(ColumnsConformance, AKeyMayStandInAnotherUniqueIndexThanThePrimaryOne) {
  // Indexes of other columns stand on either side of that of the key.
  const std::string text = fixture().KeyText();
  fixture().Execute("CREATE TABLE \"goods\" (\"code\" " + text + " PRIMARY KEY, \"email\" " + text +
                    " UNIQUE, \"sku\" " + text + " NOT NULL UNIQUE, \"phone\" " + text +
                    " UNIQUE, \"state\" VARCHAR(9) DEFAULT 'new')");
  StreamTarget target = ColumnsTarget("goods");
  target.columns.key_columns = {"sku"};
  Ensure(target);
  const auto count = [&](const std::string& condition) {
    return fixture().SqlCount("SELECT count(*) FROM \"goods\" WHERE " + condition);
  };
  WriteOne(target, Upsert("a", R"({"code":"1","email":"x","phone":"1","state":"old"})"));
  WriteOne(target, Upsert("b", R"({"code":"2","email":"y","phone":"2"})"));
  for (const Record& taken :
       {Upsert("a", R"({"code":"1","email":"y"})"), Upsert("a", R"({"code":"2","email":"z"})"),
        Upsert("c", R"({"code":"3","phone":"2"})")}) {
    EXPECT_EQ(Write(target, {taken}).bad.size(), 1U) << taken.value;
  }
  EXPECT_EQ(count("(code = '1' AND email = 'x' AND state = 'old') OR (code = '2' AND email = 'y')"),
            2);
  // The same again changes nothing, and is written all the same.
  EXPECT_EQ(WriteOne(target, Upsert("b", R"({"code":"2","email":"y","phone":"2"})")),
            RowEffect::kWritten);
  EXPECT_EQ(WriteOne(target, Upsert("a", R"({"code":"4","email":"z"})")), RowEffect::kWritten);
  EXPECT_EQ(count("code = '4' AND email = 'z' AND phone IS NULL AND state = 'new' AND sku = 'a'"),
            1);
  WriteOne(target, Delete("a"));
  EXPECT_EQ(count("code = '2'"), 1);
  EXPECT_EQ(count("1 = 1"), 1);
}

TEST_P(ColumnsConformance, AColumnThatIsGoneStopsItsStreamAlone) {
  fixture().Execute("CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"name\" TEXT)");
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  WriteOne(target, Upsert("1", R"({"name":"a"})"));
  fixture().Execute("ALTER TABLE \"goods\" RENAME TO \"goods_away\"");
  RowsOutcome outcome;
  ASSERT_TRUE(session().Begin().has_value());
  const SinkStatus written = WriteRows(target, {Upsert("1", R"({"name":"b"})")}, &outcome);
  session().Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream) << written.error().message;
  EXPECT_TRUE(session().IsUsable());
  fixture().Execute("ALTER TABLE \"goods_away\" RENAME TO \"goods\"");
  EXPECT_EQ(WriteOne(target, Upsert("1", R"({"name":"b"})")), RowEffect::kWritten);
}

TEST_P(ColumnsConformance, TwoSessionsWriteTheSameColumnsWithoutADeadlock) {
  fixture().Execute("CREATE TABLE \"goods\" (\"id\" INTEGER PRIMARY KEY, \"name\" TEXT)");
  const StreamTarget target = ColumnsTarget("goods");
  Ensure(target);
  constexpr int kTurns = 20;
  std::atomic<int> restarts{0};
  const auto work = [&](SinkSession* own, int parity) {
    for (int turn = 0; turn < kTurns; ++turn) {
      std::vector<Record> records;
      for (int id = 1000; id < 1100; ++id) {
        const bool is_delete = (id + turn + parity) % 3 == 0;
        records.push_back(is_delete ? Delete(std::to_string(id))
                                    : Upsert(std::to_string(id), R"({"name":"a"})"));
      }
      std::vector<Event> events;
      for (const Record& record : records) events.push_back(record.View());
      std::vector<const Event*> rows;
      for (const Event& event : events) rows.push_back(&event);
      RowsOutcome outcome;
      EXPECT_TRUE(own->Begin().has_value());
      const SinkStatus written = own->UpsertRows(target, rows, kNow, &outcome);
      EXPECT_TRUE(outcome.bad.empty());
      if (!written) {
        EXPECT_EQ(written.error().error_class, SinkErrorClass::kRestart) << written.error().message;
      }
      if (!written || own->Commit() != CommitOutcome::kCommitted) {
        own->Rollback();
        ++restarts;
      }
    }
  };
  const std::unique_ptr<SinkSession> other = Connect();
  std::thread thread(work, other.get(), 1);
  work(&session(), 0);
  thread.join();
  EXPECT_LE(restarts, fixture().StartsOverOnInsert() ? 1 : 0);
  EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM \"goods\""),
            fixture().SqlCount("SELECT count(*) FROM oncegate_rows WHERE NOT deleted"));
}

}  // namespace
}  // namespace oncegate::conformance
