// The columns target on types, keys and tables that MariaDB alone has.
#include <algorithm>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/unit/sinks/mysql/mysql_session_test.h"

namespace oncegate::mysql {
namespace {

using conformance::ColumnsTarget;
using conformance::Delete;

class MysqlColumns : public MysqlSessionTest {
 protected:
  void MakeTable(const std::string& columns) {
    client().Query("CREATE TABLE goods (" + columns + ")");
    session_ = Connect();
    const SinkStatus ensured = session_->EnsureStream(ColumnsTarget("goods"));
    ASSERT_TRUE(ensured.has_value()) << ensured.error().message;
  }
  RowsOutcome WriteAll(const std::vector<conformance::Record>& records,
                       const StreamTarget& target = ColumnsTarget("goods")) {
    RowsOutcome outcome;
    const SinkStatus written = WriteAlone(*session_, target, records, &outcome);
    EXPECT_TRUE(written.has_value()) << written.error().message;
    return outcome;
  }
  /// Empty, or why the row is bad.
  std::string Refusal(const std::string& key, const std::string& value) {
    const RowsOutcome outcome = WriteAll({conformance::Upsert(key, value)});
    return outcome.bad.empty() ? "" : outcome.bad[0].detail;
  }
  std::string StartRefusal(const std::string& key_column) {
    StreamTarget target = ColumnsTarget("goods");
    target.columns.key_columns = {key_column};
    const SinkStatus ensured = session_->EnsureStream(target);
    if (ensured) return "";
    EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
    return ensured.error().message;
  }
  std::int64_t Goods(const std::string& condition) {
    return fixture().SqlCount("SELECT count(*) FROM goods WHERE " + condition);
  }
  std::int64_t SessionsInState(const std::string& state) {
    return fixture().SqlCount(
        "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND state = '" +
        state + "'");
  }
  static bool Mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  std::unique_ptr<SinkSession> session_;
};

TEST_F(MysqlColumns, EveryTypeIsConvertedByTheDatabase) {
  MakeTable(
      "id UUID PRIMARY KEY, n DECIMAL(65,30), big BIGINT UNSIGNED, d DOUBLE, at TIMESTAMP(3) NULL, "
      "dt DATETIME(6), day DATE, t TIME, y YEAR, b VARBINARY(20), flags BIT(9), flag BOOLEAN, "
      "colour ENUM('red', 'blue'), tags SET('a', 'b'), j JSON, txt LONGTEXT, sub TEXT, "
      "made TIMESTAMP DEFAULT CURRENT_TIMESTAMP, word VARCHAR(20) CHARACTER SET latin1");
  EXPECT_EQ(
      Refusal("0b9f6e0a-1111-4222-8333-abcdefabcdef",
              R"({"n":12345678901234567890123456789012345.5,"big":18446744073709551615,"d":0.1,)"
              R"("at":"2026-01-31T13:00:00.25+01:00","dt":"2026-01-31T12:00:00.123456Z",)"
              R"("day":"2026-01-31","t":"12:30:00","y":2026,"b":"a\u00e9","flags":258,"flag":true,)"
              R"("colour":"blue","tags":"b,a","j":{"a":[1e400,null]},"txt":"é","sub":[1, 2.50],)"
              R"("word":"é"})"),
      "");
  EXPECT_EQ(
      Goods("n = 12345678901234567890123456789012345.5 AND big = 18446744073709551615 AND "
            "d = 0.1 AND at = '2026-01-31 12:00:00.25' AND dt = '2026-01-31 12:00:00.123456'"),
      1);
  EXPECT_EQ(Goods("day = '2026-01-31' AND t = '12:30' AND y = 2026 AND HEX(b) = '61C3A9' AND "
                  "flags = 258 AND flag AND colour = 'blue' AND tags = 'a,b'"),
            1);
  EXPECT_EQ(Goods("j = '{\"a\":[1e400,null]}' AND txt = 'é' AND sub = '[1, 2.50]' AND word = 'é' "
                  "AND made > '2020-01-01'"),
            1);
  EXPECT_EQ(Refusal("0b9f6e0a-1111-4222-8333-abcdefabcdef", R"({"j":"text","flag":false})"), "");
  EXPECT_EQ(Goods("j = '\"text\"' AND flag = 0 AND flags IS NULL"), 1);
}

TEST_F(MysqlColumns, NothingIsChangedInSilence) {
  MakeTable(
      "id INT PRIMARY KEY, i SMALLINT, c DECIMAL(5,2), v VARCHAR(3), tt TINYTEXT, "
      "e ENUM('a', 'b'), at DATETIME, seen TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, "
      "word VARCHAR(9) CHARACTER SET latin1, u INT UNSIGNED, b BINARY(3), l VARBINARY(3)");
  for (const std::string value : {R"("i":70000)",
                                  R"("i":1.5)",
                                  R"("i":"x")",
                                  R"("i":"1.5")",
                                  R"("c":1.005)",
                                  R"("c":1000)",
                                  R"("v":"abcd")",
                                  R"("v":"abc ")",
                                  R"("e":"c")",
                                  R"("e":1)",
                                  R"("e":"1")",
                                  R"("at":"2026-02-29")",
                                  R"("at":"2026-01-31T12:00:00.5Z")",
                                  R"("seen":null)",
                                  R"("word":"漢")",
                                  R"("u":-1)",
                                  R"("b":"a")",
                                  R"("l":"abcd")",
                                  R"("i":[1])",
                                  R"("at":"2026-01-31T12:00:00Zulu")"}) {
    const std::string refusal = Refusal("1", "{" + value + "}");
    EXPECT_NE(refusal, "") << value;
    const std::string column = value.substr(1, value.find('"', 1) - 1);
    EXPECT_TRUE(Mentions(refusal, column)) << value << ": " << refusal;
  }
  EXPECT_EQ(Refusal("1", "{\"tt\":\"" + std::string(255, 'x') + "\"}"), "");
  for (const char* more : {"x", " ", "é"}) {
    EXPECT_NE(Refusal("1", "{\"tt\":\"" + std::string(255, 'x') + more + "\"}"), "") << more;
  }
  EXPECT_NE(Refusal("3000000000", "{}"), "");
  EXPECT_EQ(Goods("1 = 1"), 1);
  EXPECT_EQ(Goods("i IS NULL AND v IS NULL"), 1);
}

TEST_F(MysqlColumns, NumbersMeanTheSameHoweverTheyAreWritten) {
  MakeTable("id INT PRIMARY KEY, i INT, big BIGINT, c DECIMAL(9,2), d DOUBLE, f FLOAT");
  EXPECT_EQ(Refusal("1", R"({"i":1.50e1,"big":922337203685477580.7e1,"c":12.500,"d":1e2})"), "");
  EXPECT_EQ(Refusal("2", R"({"i":15.000,"big":-9223372036854775808,"c":125e-1,"d":"+1e2"})"), "");
  EXPECT_EQ(Goods("i = 15 AND c = 12.5 AND d = 100"), 2);
  EXPECT_EQ(Goods("big = 9223372036854775807 OR big = -9223372036854775808"), 2);
  for (const char* value : {R"({"big":9223372036854775808})", R"({"big":1e19})", R"({"c":1e7})",
                            R"({"d":1e400})", R"({"f":1e39})", R"({"i":1e99999999999})"}) {
    EXPECT_NE(Refusal("1", value), "") << value;
  }
}

TEST_F(MysqlColumns, WhatTheDatabaseWritesItselfHasNoField) {
  MakeTable(
      "id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT, twice INT AS (a * 2) STORED, "
      "more INT AS (a + 1) VIRTUAL, hidden INT INVISIBLE DEFAULT 7");
  EXPECT_EQ(Refusal("0", R"({"a":4})"), "");
  EXPECT_EQ(Refusal("7", R"({"a":5})"), "");
  EXPECT_EQ(Goods("(id = 0 AND twice = 8 AND hidden = 7) OR (id = 7 AND more = 6)"), 2);
  for (const char* field : {"twice", "more", "hidden"}) {
    const std::string refusal = Refusal("7", std::string("{\"") + field + "\":9}");
    EXPECT_TRUE(Mentions(refusal, std::string("\"") + field + "\"")) << refusal;
  }
}

TEST_F(MysqlColumns, KeysWithoutOneSpellingAreRefusedAtTheStart) {
  client().Query(
      "CREATE TABLE goods (ci VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci UNIQUE, "
      "latin VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin UNIQUE, at DATETIME UNIQUE, "
      "n DECIMAL(10,2) UNIQUE, f DOUBLE UNIQUE, e ENUM('a') UNIQUE, "
      "t TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, g INT AS (id + 1) STORED UNIQUE, "
      "part VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, id INT, UNIQUE (part(5)))");
  session_ = Connect();
  for (const std::string column : {"ci", "latin", "at", "n", "f", "e", "t", "g", "part", "id"}) {
    const std::string refusal = StartRefusal(column);
    EXPECT_TRUE(Mentions(refusal, "\"" + column + "\"")) << column << ": " << refusal;
    EXPECT_TRUE(Mentions(refusal, "\"goods\"")) << refusal;
  }
  EXPECT_TRUE(Mentions(StartRefusal("ci"), "utf8mb4_general_ci")) << StartRefusal("ci");
  EXPECT_TRUE(Mentions(StartRefusal("ci"), "COLLATE utf8mb4_bin")) << StartRefusal("ci");
  EXPECT_EQ(Rows("oncegate_schema"), 1) << "the schema's version";
}

TEST_F(MysqlColumns, KeysOfTextAreComparedByteByByte) {
  MakeTable("id VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PRIMARY KEY, name TEXT");
  for (const char* key : {"a", "A", "a ", "ä", "漢"})
    EXPECT_EQ(Refusal(key, R"({"name":"x"})"), "");
  EXPECT_EQ(Goods("1 = 1"), 5);
  EXPECT_NE(Refusal("12345678 x ", "{}"), "") << "it would be cut to another key";
  EXPECT_NE(Refusal("123456789 ", "{}"), "");
  WriteAll({Delete("a ")});
  EXPECT_EQ(Goods("1 = 1"), 4);
  client().Query("CREATE TABLE bytes (id VARBINARY(9) PRIMARY KEY, name TEXT)");
  StreamTarget bytes = ColumnsTarget("bytes");
  ASSERT_TRUE(session_->EnsureStream(bytes).has_value());
  EXPECT_TRUE(WriteAll({conformance::Upsert("a", "{}"), conformance::Upsert("a ", "{}")}, bytes)
                  .bad.empty());
  EXPECT_EQ(Rows("bytes"), 2);
}

TEST_F(MysqlColumns, AKeyThatIsPaddedDoesNotEndInASpace) {
  MakeTable("id VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY, name VARCHAR(9)");
  client().Query("INSERT INTO goods VALUES ('a  ', 'old')");
  EXPECT_EQ(Refusal("a", R"({"name":"new"})"), "") << "the row that the database takes for it";
  EXPECT_EQ(Goods("name = 'new'"), 1);
  EXPECT_EQ(Goods("1 = 1"), 1);
  EXPECT_NE(Refusal("a ", "{}"), "");
  EXPECT_EQ(Refusal("A", "{}"), "");
}

TEST_F(MysqlColumns, DatesAndWholeDecimalsAreKeys) {
  MakeTable("id DATE PRIMARY KEY, name TEXT");
  EXPECT_EQ(Refusal("2026-01-31", "{}"), "");
  EXPECT_EQ(Refusal("2026-01-31", R"({"name":"again"})"), "");
  EXPECT_NE(Refusal("2026-02-29", "{}"), "");
  EXPECT_NE(Refusal("2026-1-31", "{}"), "");
  EXPECT_EQ(Goods("id = '2026-01-31' AND name = 'again'"), 1);
  client().Query("CREATE TABLE wholes (id DECIMAL(20,0) PRIMARY KEY, name TEXT)");
  const StreamTarget wholes = ColumnsTarget("wholes");
  ASSERT_TRUE(session_->EnsureStream(wholes).has_value());
  for (const char* name : {"one", "two"}) {
    const std::string value = std::string("{\"name\":\"") + name + "\"}";
    EXPECT_TRUE(WriteAll({conformance::Upsert("-9223372036854775808", value)}, wholes).bad.empty());
  }
  EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM wholes WHERE name = 'two' AND id < 0"), 1);
}

TEST_F(MysqlColumns, ATableWithoutTransactionsIsRefused) {
  client().Query("CREATE TABLE goods (id INT PRIMARY KEY) ENGINE = MyISAM");
  session_ = Connect();
  const std::string refusal = StartRefusal("id");
  EXPECT_TRUE(Mentions(refusal, "MyISAM") && Mentions(refusal, "\"goods\"")) << refusal;
}

TEST_F(MysqlColumns, ForeignKeysAndTriggersRefuseTheirRowAlone) {
  client().Query("CREATE TABLE shops (id INT PRIMARY KEY)");
  client().Query("INSERT INTO shops VALUES (1), (2)");
  MakeTable("id INT PRIMARY KEY, shop INT, FOREIGN KEY (shop) REFERENCES shops (id)");
  client().Query("CREATE TABLE parts (good INT, FOREIGN KEY (good) REFERENCES goods (id))");
  client().Query(
      "CREATE TRIGGER refuse BEFORE INSERT ON goods FOR EACH ROW IF NEW.id = 13 THEN "
      "SIGNAL SQLSTATE '99123' SET MESSAGE_TEXT = 'no thirteens'; END IF");
  const auto good = [](int id, int shop) {
    return conformance::Upsert(std::to_string(id), "{\"shop\":" + std::to_string(shop) + "}");
  };
  const RowsOutcome outcome = WriteAll({good(11, 1), good(12, 3), good(13, 2), good(14, 2)});
  ASSERT_EQ(outcome.bad.size(), 2U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_EQ(outcome.bad[1].row, 2U);
  EXPECT_TRUE(Mentions(outcome.bad[1].detail, "no thirteens")) << outcome.bad[1].detail;
  EXPECT_TRUE(WriteAll({good(11, 1), good(14, 2)}).bad.empty());
  client().Query("INSERT INTO parts VALUES (11)");
  const RowsOutcome deleted = WriteAll({Delete("11"), Delete("14")});
  ASSERT_EQ(deleted.bad.size(), 1U);
  EXPECT_EQ(deleted.bad[0].row, 0U);
  EXPECT_EQ(Goods("1 = 1"), 2);
}

TEST_F(MysqlColumns, ARowThatWentWithAnotherOneIsWrittenAllTheSame) {
  const std::string key = fixture().KeyText();
  client().Query("CREATE TABLE goods (sku " + key + " NOT NULL UNIQUE, number INT AUTO_INCREMENT " +
                 "PRIMARY KEY, above " + key +
                 ", name TEXT, FOREIGN KEY (above) REFERENCES goods (sku) ON DELETE CASCADE)");
  StreamTarget target = ColumnsTarget("goods");
  target.columns.key_columns = {"sku"};
  session_ = Connect();
  ASSERT_TRUE(session_->EnsureStream(target).has_value());
  using conformance::Upsert;
  WriteAll({Upsert("a", "{}"), Upsert("b", R"({"above":"a"})")}, target);
  EXPECT_TRUE(WriteAll({Delete("a"), Upsert("b", R"({"name":"alone"})")}, target).bad.empty());
  EXPECT_EQ(Goods("sku = 'b' AND name = 'alone' AND above IS NULL"), 1);
  EXPECT_EQ(Goods("1 = 1"), 1);
}

TEST_F(MysqlColumns, RowsWithOtherFieldsTravelInOtherStatements) {
  MakeTable("id INT PRIMARY KEY, a INT DEFAULT 1, b VARCHAR(9) DEFAULT 'x', c INT DEFAULT (2 + 3)");
  const std::vector<std::string> values{"{}", R"({"a":7})", R"({"b":"y"})", R"({"a":7,"b":null})",
                                        R"({"c":null})"};
  std::vector<conformance::Record> records;
  for (int id = 1000; id < 1500; ++id) {
    records.push_back(conformance::Upsert(std::to_string(id), values[id % values.size()]));
  }
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(WriteAll(records).bad.empty());
    EXPECT_EQ(Goods("id % 5 = 0 AND a = 1 AND b = 'x' AND c = 5"), 100);
    EXPECT_EQ(Goods("id % 5 = 1 AND a = 7 AND b = 'x' AND c = 5"), 100);
    EXPECT_EQ(Goods("id % 5 = 2 AND a = 1 AND b = 'y' AND c = 5"), 100);
    EXPECT_EQ(Goods("id % 5 = 3 AND a = 7 AND b IS NULL AND c = 5"), 100);
    EXPECT_EQ(Goods("id % 5 = 4 AND a = 1 AND b = 'x' AND c IS NULL"), 100);
  }
}

TEST_F(MysqlColumns, AWideTableTakesManyRows) {
  std::string columns = "id INT PRIMARY KEY";
  std::string value;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "c" + std::to_string(i);
    columns += ", " + name + " INT";
    value += (value.empty() ? "{\"" : ",\"") + name + "\":" + std::to_string(i);
  }
  MakeTable(columns);
  std::vector<conformance::Record> records;
  for (int id = 1000; id < 2000; ++id) {
    records.push_back(conformance::Upsert(std::to_string(id), value + "}"));
  }
  for (int round = 0; round < 2; ++round) EXPECT_TRUE(WriteAll(records).bad.empty());
  EXPECT_EQ(Goods("c0 = 0 AND c199 = 199"), 1000);
}

TEST_F(MysqlColumns, ARowThatSomebodyElseInsertsMeanwhileStartsTheGroupOver) {
  MakeTable("id INT PRIMARY KEY, name VARCHAR(9)");
  // The first row waits behind a gate, once the session has seen that none is there.
  client().Query(
      "CREATE TRIGGER wait BEFORE INSERT ON goods FOR EACH ROW IF NEW.id = 1 THEN "
      "SET @open = GET_LOCK('gate', 60) + RELEASE_LOCK('gate'); END IF");
  client().Query("DO GET_LOCK('gate', 60)");
  std::vector<conformance::Record> records;
  for (const char* key : {"1", "2", "3"}) {
    records.push_back(conformance::Upsert(key, R"({"name":"mine"})"));
  }
  RowsOutcome outcome;
  ASSERT_TRUE(session_->Begin().has_value());
  std::thread thread([&] {
    ExpectClass(Write(*session_, ColumnsTarget("goods"), records, &outcome),
                SinkErrorClass::kRestart);
  });
  EXPECT_TRUE(test::Eventually([&] { return SessionsInState("User lock") == 1; }));
  client().Query("INSERT INTO goods VALUES (2, 'theirs')");
  client().Query("DO RELEASE_LOCK('gate')");
  thread.join();
  session_->Rollback();
  EXPECT_TRUE(WriteAll(records).bad.empty());
  EXPECT_EQ(Goods("name = 'mine'"), 3);
}

TEST_F(MysqlColumns, AnIndexThatIsGoneStopsTheStreamAlone) {
  MakeTable("id INT, name TEXT, UNIQUE only_key (id)");
  EXPECT_EQ(Refusal("1", "{}"), "");
  client().Query("ALTER TABLE goods DROP INDEX only_key");
  for (int round = 0; round < 2; ++round) {
    RowsOutcome outcome;
    ASSERT_TRUE(session_->Begin().has_value());
    ExpectClass(
        Write(*session_, ColumnsTarget("goods"), {conformance::Upsert("1", "{}")}, &outcome),
        SinkErrorClass::kStream);
    session_->Rollback();
  }
  EXPECT_TRUE(session_->IsUsable());
  client().Query("ALTER TABLE goods ADD UNIQUE other_key (id)");
  EXPECT_EQ(Refusal("1", "{}"), "");
}

TEST_F(MysqlColumns, AColumnOfAnotherTypeIsNoticedAtOnce) {
  MakeTable("id INT PRIMARY KEY, name VARCHAR(9), price INT");
  EXPECT_EQ(Refusal("1", R"({"price":1})"), "");
  EXPECT_NE(Refusal("1", R"({"price":1.5})"), "");
  client().Query("ALTER TABLE goods MODIFY price DECIMAL(9,1)");
  EXPECT_EQ(Refusal("1", R"({"price":1.5})"), "");
  client().Query("ALTER TABLE goods MODIFY price TINYINT");
  EXPECT_NE(Refusal("1", R"({"price":1.5})"), "");
}

TEST_F(MysqlColumns, AColumnThatMayNotBeAddedIsRefusedWithTheRightThatIsMissing) {
  MakeTable("id INT PRIMARY KEY, name TEXT");
  const std::string user = "user_of_" + fixture().database();
  client().Query("CREATE USER " + user);
  client().Query("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON " + fixture().database() +
                 ".* TO " + user);
  std::string url = fixture().url();
  url.replace(url.find(test::kMariadbUser), std::string(test::kMariadbUser).size(), user);
  session_ = ConnectTo(url);
  StreamTarget target = ColumnsTarget("goods");
  target.columns.auto_evolve = true;
  const auto write = [&] {
    RowsOutcome outcome;
    EXPECT_TRUE(session_->Begin().has_value());
    EXPECT_TRUE(
        Write(*session_, target, {conformance::Upsert("1", R"({"colour":"red"})")}, &outcome));
    session_->Rollback();
    return outcome;
  };
  const std::vector<NewColumn> wanted = write().new_columns;
  ASSERT_EQ(wanted.size(), 1U);
  ASSERT_TRUE(session_->AddColumns(target, wanted).has_value());
  const RowsOutcome refused = write();
  ASSERT_EQ(refused.bad.size(), 1U);
  EXPECT_TRUE(Mentions(refused.bad[0].detail, "1142")) << refused.bad[0].detail;
  EXPECT_TRUE(Mentions(refused.bad[0].detail, "grant ALTER")) << refused.bad[0].detail;
  EXPECT_EQ(write().new_columns.size(), 1U) << "the right may be given meanwhile";
  client().Query("GRANT ALTER ON " + fixture().database() + ".goods TO " + user);
  ASSERT_TRUE(session_->AddColumns(target, wanted).has_value());
  EXPECT_TRUE(write().bad.empty());
  session_.reset();
  client().Query("DROP USER " + user);
}

TEST_F(MysqlColumns, ATableThatIsLockedIsNoReasonToRefuseAColumn) {
  MakeTable("id INT PRIMARY KEY, name TEXT");
  client().Query("START TRANSACTION");
  client().Query("SELECT count(*) FROM goods");
  const std::vector<NewColumn> columns{{"colour", ColumnKind::kText}};
  ExpectClass(session_->AddColumns(ColumnsTarget("goods"), columns), SinkErrorClass::kRestart,
              "1205");
  client().Query("ROLLBACK");
  EXPECT_TRUE(session_->IsUsable());
  EXPECT_TRUE(session_->AddColumns(ColumnsTarget("goods"), columns).has_value());
}

TEST_F(MysqlColumns, AGroupIsNotStoppedByAnAlterTableThatWaitsForIt) {
  MakeTable("id INT PRIMARY KEY, name VARCHAR(9)");
  const auto named = [](const char* key, std::int64_t sequence) {
    return conformance::From(conformance::Upsert(key, R"({"name":"a"})"), "p", 0, sequence);
  };
  WriteAll({named("1", 5)});
  RowsOutcome outcome;
  ASSERT_TRUE(session_->Begin().has_value());
  // A late event, of which the table sees nothing but a look at its columns.
  ASSERT_TRUE(Write(*session_, ColumnsTarget("goods"), {named("1", 4)}, &outcome).has_value());
  std::thread thread([&] {
    test::MariadbClient(SharedServer().port(), fixture().database())
        .Query("ALTER TABLE goods ADD COLUMN colour TEXT");
  });
  EXPECT_TRUE(
      test::Eventually([&] { return SessionsInState("Waiting for table metadata lock") == 1; }));
  const SinkStatus written = Write(*session_, ColumnsTarget("goods"), {named("2", 6)}, &outcome);
  EXPECT_TRUE(written.has_value()) << written.error().message;
  EXPECT_EQ(session_->Commit(), CommitOutcome::kCommitted);
  thread.join();
  EXPECT_EQ(Refusal("3", R"({"colour":"red"})"), "");
  EXPECT_EQ(Goods("1 = 1"), 3);
}

TEST_F(MysqlColumns, RowsAreFoundByTheIndexOfTheirKey) {
  constexpr int kRows = 20'000;
  client().Query("CREATE TABLE goods (region INT, id INT, name VARCHAR(9), UNIQUE (region, id))");
  client().Query("INSERT INTO goods SELECT seq % 7, seq, 'a' FROM seq_1_to_" +
                 std::to_string(kRows));
  client().Query("CREATE TABLE more (id INT PRIMARY KEY, name VARCHAR(9))");
  client().Query("INSERT INTO more SELECT seq, 'a' FROM seq_1_to_" + std::to_string(kRows));
  StreamTarget pairs = ColumnsTarget("goods");
  pairs.columns.key_columns = {"region", "id"};
  const StreamTarget single = ColumnsTarget("more");
  session_ = Connect();
  for (const StreamTarget& target : {pairs, single}) {
    ASSERT_TRUE(session_->EnsureStream(target).has_value());
    std::vector<conformance::Record> records;
    for (int id = 14'000; id < 14'300; ++id) {
      const std::string key = target.stream == "goods"
                                  ? "[" + std::to_string(id % 7) + "," + std::to_string(id) + "]"
                                  : std::to_string(id);
      records.push_back(id % 2 == 0 ? Delete(key) : conformance::Upsert(key, R"({"name":"b"})"));
    }
    std::sort(records.begin(), records.end(),
              [](const auto& left, const auto& right) { return left.key < right.key; });
    const auto rows_read = [&] {
      return fixture().SqlCount(
          "SELECT sum(variable_value) FROM information_schema.global_status WHERE variable_name IN "
          "('HANDLER_READ_NEXT', 'HANDLER_READ_RND_NEXT')");
    };
    const std::int64_t before = rows_read();
    EXPECT_TRUE(WriteAll(records, target).bad.empty());
    EXPECT_LT(rows_read() - before, kRows / 2) << target.stream;
  }
}

TEST_F(MysqlColumns, AnOlderLedgerGetsItsTableOfGuardRows) {
  session_ = Connect();
  client().Query("DROP TABLE oncegate_rows");
  MakeTable("id INT PRIMARY KEY, name TEXT");
  EXPECT_EQ(Refusal("1", "{}"), "");
  EXPECT_EQ(Rows("oncegate_rows"), 1);
}

}  // namespace
}  // namespace oncegate::mysql
