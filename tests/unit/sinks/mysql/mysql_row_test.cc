// Rows: no other row is ever touched, nothing is cut, and only what is bad is called so.
#include <thread>

#include "tests/support/deadline.h"
#include "tests/unit/sinks/mysql/mysql_session_test.h"

namespace oncegate::mysql {
namespace {

using conformance::Record;
using conformance::Upsert;
using conformance::WithVersion;
using test::Eventually;

class MysqlRow : public MysqlSessionTest {
 protected:
  std::vector<std::uint32_t> BadRows(const std::vector<Record>& records) {
    RowsOutcome outcome;
    const SinkStatus written = WriteAlone(*session_, orders(), records, &outcome);
    EXPECT_TRUE(written.has_value()) << written.error().message;
    std::vector<std::uint32_t> bad;
    for (const BadRow& row : outcome.bad) bad.push_back(row.row);
    return bad;
  }

  void SetUp() override {
    session_ = Connect();
    ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
  }

  void MakeValuesUnique() {
    client().Query(
        "ALTER TABLE orders ADD COLUMN email VARCHAR(50) AS (JSON_VALUE(value, '$')) "
        "STORED, ADD UNIQUE (email)");
  }

  std::string ValueOf(const std::string& key) { return *fixture().StoredRow("orders", key)->value; }

  std::unique_ptr<SinkSession> session_;
};

using Bad = std::vector<std::uint32_t>;

TEST_F(MysqlRow, ASecondUniqueKeyNeverLeadsToAnotherRow) {
  MakeValuesUnique();
  EXPECT_EQ(BadRows({Upsert("a", "1"), Upsert("b", "2")}), Bad{});
  EXPECT_EQ(BadRows({Upsert("c", "1"), Upsert("d", "3")}), Bad{0}) << "an insert";
  EXPECT_EQ(BadRows({Upsert("b", "1")}), Bad{0}) << "an update";
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(ValueOf("a"), "1");
  EXPECT_EQ(ValueOf("b"), "2");
}

TEST_F(MysqlRow, AValueThatAnotherRowGivesUpIsFree) {
  MakeValuesUnique();
  EXPECT_EQ(BadRows({Upsert("a", "1"), Upsert("b", "2"), Upsert("c", "3")}), Bad{});
  EXPECT_EQ(BadRows({Upsert("a", "2"), Upsert("b", "3"), Upsert("c", "4")}), Bad{});
  EXPECT_EQ(ValueOf("a"), "2");
  EXPECT_EQ(ValueOf("b"), "3");
  EXPECT_EQ(ValueOf("c"), "4");
}

TEST_F(MysqlRow, ARowThatSomebodyElseInsertsMeanwhileIsJudged) {
  const auto other = Connect();
  RowsOutcome theirs;
  ASSERT_TRUE(other->Begin().has_value());
  ASSERT_TRUE(
      Write(*other, orders(), {WithVersion(Upsert("b", "\"theirs\""), 9)}, &theirs).has_value());
  RowsOutcome mine;
  std::thread thread([&] {
    const std::vector<Record> records{WithVersion(Upsert("a", "1"), 5),
                                      WithVersion(Upsert("b", "1"), 5),
                                      WithVersion(Upsert("c", "1"), 5)};
    EXPECT_TRUE(WriteAlone(*session_, orders(), records, &mine).has_value());
  });
  EXPECT_TRUE(Eventually([&] { return Waiting() == 1; }));
  EXPECT_EQ(other->Commit(), CommitOutcome::kCommitted);
  thread.join();
  EXPECT_EQ(mine.effects, (std::vector<RowEffect>{RowEffect::kWritten, RowEffect::kNewerExists,
                                                  RowEffect::kWritten}));
  EXPECT_EQ(ValueOf("b"), "\"theirs\"");
  EXPECT_EQ(Rows(), 3);
}

TEST_F(MysqlRow, AfterManyNewRowsAKnownOneIsGuardedAllTheSame) {
  EXPECT_EQ(BadRows({WithVersion(Upsert("m", "\"newer\""), 9)}), Bad{});
  for (int call = 0; call < 20; ++call) {
    EXPECT_EQ(BadRows({Upsert("new" + std::to_string(call), "1")}), Bad{});
  }
  std::vector<Record> records;
  for (int i = 0; i < 1000; ++i) {
    records.push_back(WithVersion(Upsert("a" + std::to_string(1000 + i), "1"), 1));
  }
  records.push_back(WithVersion(Upsert("m", "\"older\""), 3));
  records.push_back(WithVersion(Upsert("new7", "2"), 1));
  RowsOutcome outcome;
  ASSERT_TRUE(WriteAlone(*session_, orders(), records, &outcome).has_value());
  ASSERT_EQ(outcome.effects.size(), 1002U);
  EXPECT_EQ(outcome.effects[1000], RowEffect::kNewerExists);
  EXPECT_EQ(outcome.effects[1001], RowEffect::kWritten);
  EXPECT_EQ(ValueOf("m"), "\"newer\"");
  EXPECT_EQ(ValueOf("new7"), "2");
  EXPECT_EQ(Rows(), 1021);
  EXPECT_EQ(BadRows({Upsert("z", "1"), Upsert(std::string(2049, 'z'), "1")}), Bad{1});
  EXPECT_EQ(Rows(), 1021);
}

TEST_F(MysqlRow, WhatIsTooLongIsRefusedAndNotCut) {
  const std::string longest(2048, 'k');
  EXPECT_EQ(BadRows({Upsert("a", "1"), Upsert(longest, "1"), Upsert(longest + "x", "1")}), Bad{2});
  Record record = Upsert("b", "1");
  record.id = std::string(1025, 'i');
  EXPECT_EQ(BadRows({record}), Bad{0});
  EXPECT_EQ(Rows(), 0);
  const std::string id(1025, 'i');
  const std::vector<IdClaim> claims{conformance::JustId(id)};
  std::vector<IdOutcome> outcomes;
  ASSERT_TRUE(session_->Begin().has_value());
  EXPECT_FALSE(session_->ClaimIds("calls", claims, kNow, &outcomes).has_value());
  session_->Rollback();
  EXPECT_EQ(Rows("oncegate_ids"), 0);
}

TEST_F(MysqlRow, ARowBeyondTheServersPacketIsBadAndTheSessionLives) {
  const std::string value = "\"" + std::string(17 * 1024 * 1024, 'x') + "\"";
  EXPECT_EQ(BadRows({Upsert("a", "1"), Upsert("b", value), Upsert("c", "1")}), Bad{1});
  EXPECT_TRUE(session_->IsUsable());
}

TEST_F(MysqlRow, ALetterBeyondTheServersPacketCanNotBeKept) {
  DeadLetter letter;
  letter.id = "orders:a";
  letter.stream = "orders";
  letter.value = "\"" + std::string(17 * 1024 * 1024, 'x') + "\"";
  EXPECT_FALSE(session_->CanKeep(letter));
  letter.value = "\"" + std::string(4 * 1024 * 1024, 'x') + "\"";
  ASSERT_TRUE(session_->CanKeep(letter));
  ASSERT_TRUE(session_->Begin().has_value());
  EXPECT_TRUE(session_->WriteDeadLetters({&letter, 1}).has_value());
  EXPECT_EQ(session_->Commit(), CommitOutcome::kCommitted);
}

TEST_F(MysqlRow, ManyLargeRowsTravelInSeveralStatements) {
  std::vector<Record> records;
  for (int i = 0; i < 9; ++i) {
    records.push_back(Upsert("k" + std::to_string(i), "\"" + std::string(4'000'000, 'x') + "\""));
  }
  EXPECT_EQ(BadRows(records), Bad{});
  EXPECT_EQ(Rows(), 9);
}

TEST_F(MysqlRow, ValuesMayBeNestedDeeplyAndNumbersStayAsTheyAre) {
  const std::string deep = std::string(128, '[') + "1.10e5" + std::string(128, ']');
  EXPECT_EQ(BadRows({Upsert("a", deep)}), Bad{});
  EXPECT_EQ(ValueOf("a"), deep);
}

TEST_F(MysqlRow, ASignalOfATriggerIsAnErrorOfItsRowWhateverItsState) {
  client().Query(
      "CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW IF NEW.value = '7' THEN "
      "SIGNAL SQLSTATE '99123' SET MESSAGE_TEXT = 'no sevens'; END IF");
  EXPECT_EQ(BadRows({Upsert("a", "1"), Upsert("b", "7"), Upsert("c", "3")}), Bad{1});
}

TEST_F(MysqlRow, TablesOfAnotherDatabaseAreReachedByName) {
  const std::string other = SharedServer().CreateDatabase();
  StreamTarget target = conformance::Target("elsewhere");
  target.table = other + ".elsewhere";
  ASSERT_TRUE(session_->EnsureStream(target).has_value());
  ExpectTaken(*session_, target, "k");
  EXPECT_EQ(Rows(other + ".elsewhere"), 1);
  EXPECT_EQ(session_->ListStreams().value().at(0).table, target.table);
  SharedServer().DropDatabase(other);
}

}  // namespace
}  // namespace oncegate::mysql
