// Faults of the database as a whole and of one table: none of them is taken for a fault of a row,
// and everything goes on by itself once it is mended.
#include <thread>

#include "tests/support/deadline.h"
#include "tests/unit/sinks/mysql/mysql_session_test.h"

namespace oncegate::mysql {
namespace {

using conformance::Target;
using conformance::TokenOf;
using conformance::Upsert;
using test::Eventually;

class MysqlFault : public MysqlSessionTest {
 protected:
  static SinkStatus Lock(SinkSession& session, const std::string& producer) {
    std::vector<LedgerRow> rows;
    const LedgerRequest request{.key = {"orders", producer}, .lock = true};
    return session.ReadLedger({&request, 1}, &rows);
  }

  void MakeProducers(SinkSession& session) {
    std::vector<std::uint32_t> lost;
    ASSERT_TRUE(session.Begin().has_value());
    ASSERT_TRUE(conformance::WriteMarksOn(session,
                                          {{.producer = "p", .token = TokenOf(1)},
                                           {.producer = "q", .token = TokenOf(1)}},
                                          kNow, &lost)
                    .has_value());
    ASSERT_EQ(session.Commit(), CommitOutcome::kCommitted);
  }

  /// Connecting is refused for good, for a reason that names `text`.
  void ExpectRefused(const std::string& text) {
    const auto session = MakeSink(fixture().url())->Connect();
    ASSERT_FALSE(session.has_value());
    EXPECT_EQ(session.error().error_class, SinkErrorClass::kRefused);
    EXPECT_NE(session.error().message.find(text), std::string::npos) << session.error().message;
  }
};

TEST_F(MysqlFault, OfTwoInsertsOfAnUnknownProducerTheSecondWaitsAndLoses) {
  const auto first = Connect();
  const auto second = Connect();
  std::vector<std::uint32_t> lost;
  ASSERT_TRUE(first->Begin().has_value());
  ASSERT_TRUE(conformance::WriteMarksOn(*first, {{.token = TokenOf(1)}}, kNow, &lost).has_value());
  ASSERT_TRUE(second->Begin().has_value());
  std::vector<std::uint32_t> second_lost;
  std::thread thread([&] {
    EXPECT_TRUE(conformance::WriteMarksOn(*second, {{.token = TokenOf(2)}}, kNow, &second_lost)
                    .has_value());
  });
  EXPECT_TRUE(Eventually([&] { return Waiting() == 1; }));
  EXPECT_EQ(first->Commit(), CommitOutcome::kCommitted);
  thread.join();
  EXPECT_EQ(second_lost, std::vector<std::uint32_t>{0});
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(second->ReadLedger({&request, 1}, &rows).has_value());
  EXPECT_EQ(rows[0].token, TokenOf(1)) << "the same transaction goes on from the winner's state";
  EXPECT_EQ(second->Commit(), CommitOutcome::kCommitted);
}

TEST_F(MysqlFault, AfterADeadlockNothingOfTheVictimIsCommitted) {
  const auto session = Connect();
  MakeProducers(*session);
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  // The foreign writer has changed more, so that the session is the victim.
  client().Query("CREATE TABLE weight (n INT PRIMARY KEY) ENGINE = InnoDB");
  client().Query("BEGIN");
  client().Query("INSERT INTO weight SELECT seq FROM seq_1_to_1000");
  client().Query(
      "SELECT 1 FROM oncegate_ledger WHERE stream = 'orders' AND producer = 'q' FOR UPDATE");
  ASSERT_TRUE(session->Begin().has_value());
  RowsOutcome outcome;
  ASSERT_TRUE(Write(*session, orders(), {Upsert("k", "1")}, &outcome).has_value());
  ASSERT_TRUE(Lock(*session, "p").has_value());
  SinkStatus status;
  std::thread thread([&] { status = Lock(*session, "q"); });
  EXPECT_TRUE(Eventually([&] { return Waiting() == 1; }));
  client().Query(
      "SELECT 1 FROM oncegate_ledger WHERE stream = 'orders' AND producer = 'p' FOR UPDATE");
  thread.join();
  ExpectClass(status, SinkErrorClass::kRestart, "1213");
  client().Query("COMMIT");
  // The server has rolled back: what comes now would be committed without the row.
  std::vector<std::uint32_t> lost;
  EXPECT_TRUE(
      conformance::WriteMarksOn(*session, {{.producer = "new", .token = TokenOf(3)}}, kNow, &lost)
          .has_value());
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_EQ(fixture().SqlCount("SELECT count(*) FROM oncegate_ledger WHERE producer = 'new'"), 0);
  EXPECT_EQ(Rows(), 0);
  EXPECT_TRUE(session->IsUsable());
  ExpectTaken(*session, orders(), "k");
}

TEST_F(MysqlFault, ALockThatIsNotGrantedInTimeTakesTheWholeGroupBack) {
  const auto session = Connect({{"lock_timeout", "1000"}});
  MakeProducers(*session);
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Query("BEGIN");
  client().Query("SELECT 1 FROM oncegate_ledger FOR UPDATE");
  ASSERT_TRUE(session->Begin().has_value());
  RowsOutcome outcome;
  ASSERT_TRUE(Write(*session, orders(), {Upsert("k", "1")}, &outcome).has_value());
  ExpectClass(Lock(*session, "p"), SinkErrorClass::kRestart, "1205");
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  client().Query("COMMIT");
  EXPECT_EQ(Rows(), 0) << "the server itself takes only the statement back";
  ASSERT_TRUE(session->Begin().has_value());
  EXPECT_TRUE(Lock(*session, "p").has_value());
}

TEST_F(MysqlFault, AStatementThatTakesTooLongMeansStartAgain) {
  const auto session = Connect({{"statement_timeout", "1000"}, {"lock_timeout", "1000"}});
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Query("CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW SET NEW.id = SLEEP(60)");
  RowsOutcome outcome;
  ExpectClass(WriteAlone(*session, orders(), {Upsert("k", "1")}, &outcome),
              SinkErrorClass::kRestart, "1969");
  EXPECT_TRUE(outcome.bad.empty());
  client().Query("DROP TRIGGER slow");
  ExpectTaken(*session, orders(), "k");
}

TEST_F(MysqlFault, ARevokedRightStopsItsStreamAlone) {
  const std::string user = "user_of_" + fixture().database();
  client().Query("CREATE USER " + user);
  client().Query("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON " + fixture().database() +
                 ".oncegate_schema TO " + user);
  for (const char* table : {"oncegate_ledger", "oncegate_ids", "oncegate_dead_letters",
                            "oncegate_rows", "orders", "returns"}) {
    client().Query("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON " + fixture().database() + "." +
                   table + " TO " + user);
  }
  std::string url = fixture().url();
  url.replace(url.find("tester@"), 7, user + "@");
  const auto session = ConnectTo(url);
  for (const char* stream : {"orders", "returns"}) {
    const SinkStatus ensured = session->EnsureStream(Target(stream));
    ASSERT_TRUE(ensured.has_value()) << ensured.error().message;
  }
  client().Query("REVOKE INSERT ON " + fixture().database() + ".orders FROM " + user);
  RowsOutcome outcome;
  ExpectClass(WriteAlone(*session, orders(), {Upsert("k", "1")}, &outcome), SinkErrorClass::kStream,
              "1142");
  EXPECT_TRUE(outcome.bad.empty());
  ExpectTaken(*session, Target("returns"), "k");
  client().Query("GRANT INSERT ON " + fixture().database() + ".orders TO " + user);
  ExpectTaken(*session, orders(), "k");
  client().Query("DROP USER " + user);
}

TEST_F(MysqlFault, AReadOnlyServerIsNoFaultOfARow) {
  const std::string user = "reader_of_" + fixture().database();
  ASSERT_TRUE(Connect()->EnsureStream(orders()).has_value());
  client().Query("CREATE USER " + user);
  client().Query("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON " + fixture().database() +
                 ".* TO " + user);
  std::string url = fixture().url();
  url.replace(url.find("tester@"), 7, user + "@");
  client().Query("SET GLOBAL read_only = 1");
  ExpectClass(ConnectTo(url)->Ping(), SinkErrorClass::kConnection, "1290");
  RowsOutcome outcome;
  ExpectClass(WriteAlone(*ConnectTo(url), orders(), {Upsert("k", "1")}, &outcome),
              SinkErrorClass::kConnection, "1290");
  EXPECT_TRUE(outcome.bad.empty());
  client().Query("SET GLOBAL read_only = 0");
  EXPECT_TRUE(ConnectTo(url)->Ping().has_value());
  client().Query("DROP USER " + user);
}

TEST_F(MysqlFault, ATableOrLedgerWithoutTransactionsIsRefused) {
  ASSERT_TRUE(Connect()->EnsureStream(orders()).has_value());
  client().Query("DROP TABLE orders");
  client().Query("CREATE TABLE orders (a INT) ENGINE = MyISAM");
  const SinkStatus ensured = Connect()->EnsureStream(orders());
  ExpectClass(ensured, SinkErrorClass::kRefused);
  EXPECT_NE(ensured.error().message.find("MyISAM"), std::string::npos);
  client().Query("ALTER TABLE oncegate_ids ENGINE = Aria");
  ExpectRefused("Aria");
}

TEST_F(MysqlFault, AServerThatDoesNotFlushItsCommitsIsRefused) {
  client().Query("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  ExpectRefused("innodb_flush_log_at_trx_commit = 2");
  client().Query("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
  EXPECT_TRUE(Connect()->Ping().has_value());
}

TEST_F(MysqlFault, AServerWhoseBinaryLogIsNotFlushedIsRefused) {
  for (const std::string commits : {"0", "2"}) {
    client().Query("SET GLOBAL sync_binlog = " + commits);
    ExpectRefused("sync_binlog = " + commits);
  }
  client().Query("SET GLOBAL innodb_flush_log_at_trx_commit = 3");
  EXPECT_TRUE(Connect()->Ping().has_value()) << "InnoDB flushes the commit itself";
  client().Query("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
  client().Query("SET GLOBAL sync_binlog = 1");
  EXPECT_TRUE(Connect()->Ping().has_value());
}

TEST_F(MysqlFault, ALedgerOfAnotherVersionIsRefused) {
  Connect();
  client().Query("UPDATE oncegate_schema SET value = '2' WHERE name = 'schema_version'");
  ExpectRefused("schema_version 2");
}

TEST_F(MysqlFault, AStreamWhoseTableWasNotFinishedIsFinishedAndNoOther) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  const std::string unfinished =
      "UPDATE oncegate_schema SET value = JSON_SET(value, '$.made', false) "
      "WHERE name = 'stream:orders'";
  client().Query(unfinished);
  EXPECT_TRUE(session->EnsureStream(orders()).has_value()) << "died behind CREATE TABLE";
  client().Query(unfinished);
  client().Query("DROP TABLE orders");
  EXPECT_TRUE(session->EnsureStream(orders()).has_value()) << "died before CREATE TABLE";
  ExpectTaken(*session, orders(), "k");
  client().Query(unfinished);
  client().Query("DROP TABLE orders");
  client().Query("CREATE TABLE orders (a INT)");
  ExpectClass(session->EnsureStream(orders()), SinkErrorClass::kRefused);
}

TEST_F(MysqlFault, AServerThatIsAwayAndComesBack) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  ExpectTaken(*session, orders(), "k");
  BeginGroup(*session);
  SharedServer().Crash();
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  ExpectClass(session->Begin(), SinkErrorClass::kConnection);
  session->Rollback();
  EXPECT_FALSE(session->IsUsable());
  const auto refused = MakeSink(fixture().url())->Connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kConnection);
  SharedServer().Start();
  fixture().Reconnect();
  EXPECT_EQ(Rows(), 1);
  ExpectTaken(*Connect(), orders(), "other");
}

}  // namespace
}  // namespace oncegate::mysql
