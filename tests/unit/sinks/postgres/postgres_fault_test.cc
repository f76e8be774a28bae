// Faults of the database as a whole and of one table: none of them is taken for a fault of a row,
// and everything goes on by itself once it is mended.
#include <atomic>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/unit/sinks/postgres/postgres_session_test.h"

namespace oncegate::postgres {
namespace {

using conformance::Target;
using conformance::TokenOf;
using conformance::Upsert;
using test::Eventually;

class PostgresFault : public PostgresSessionTest {
 protected:
  /// Sessions that wait for a lock.
  std::int64_t Waiting() {
    return fixture().SqlCount(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  }

  /// Locks the producers' rows in the given order, one statement each.
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
};

TEST_F(PostgresFault, OfTwoInsertsOfAnUnknownProducerTheSecondWaitsAndLoses) {
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
  ASSERT_TRUE(Eventually([&] { return Waiting() == 1; }));
  EXPECT_EQ(first->Commit(), CommitOutcome::kCommitted);
  thread.join();
  EXPECT_EQ(second_lost, std::vector<std::uint32_t>{0});
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(second->ReadLedger({&request, 1}, &rows).has_value());
  EXPECT_EQ(rows[0].token, TokenOf(1)) << "the same transaction goes on from the winner's state";
  EXPECT_EQ(second->Commit(), CommitOutcome::kCommitted);
}

TEST_F(PostgresFault, ALockedReadSeesWhatTheHolderOfTheLockCommitted) {
  const auto first = Connect();
  const auto second = Connect();
  MakeProducers(*first);
  std::vector<std::uint32_t> lost;
  ASSERT_TRUE(first->Begin().has_value());
  ASSERT_TRUE(conformance::WriteMarksOn(*first, {{.expected = TokenOf(1), .token = TokenOf(2)}},
                                        kNow, &lost)
                  .has_value());
  std::vector<LedgerRow> rows;
  std::thread thread([&] {
    const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
    EXPECT_TRUE(second->Begin().has_value());
    EXPECT_TRUE(second->ReadLedger({&request, 1}, &rows).has_value());
  });
  ASSERT_TRUE(Eventually([&] { return Waiting() == 1; }));
  EXPECT_EQ(first->Commit(), CommitOutcome::kCommitted);
  thread.join();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].token, TokenOf(2));
}

TEST_F(PostgresFault, ADeadlockMakesItsVictimStartAgain) {
  const auto first = Connect();
  const auto second = Connect();
  MakeProducers(*first);
  ASSERT_TRUE(first->Begin().has_value());
  ASSERT_TRUE(second->Begin().has_value());
  ASSERT_TRUE(Lock(*first, "p").has_value());
  ASSERT_TRUE(Lock(*second, "q").has_value());
  SinkStatus other;
  std::thread thread([&] {
    other = Lock(*second, "p");
    if (!other) second->Rollback();
  });
  const SinkStatus mine = Lock(*first, "q");
  if (!mine) first->Rollback();
  thread.join();
  EXPECT_NE(mine.has_value(), other.has_value()) << "one of the two is the victim";
  ExpectClass(mine ? other : mine, SinkErrorClass::kRestart, "40P01");
  SinkSession& victim = mine ? *second : *first;
  (mine ? *first : *second).Rollback();
  EXPECT_TRUE(victim.IsUsable());
  ASSERT_TRUE(victim.Begin().has_value());
  EXPECT_TRUE(Lock(victim, "p").has_value());
}

TEST_F(PostgresFault, ALockThatIsNotGrantedInTimeMeansStartAgain) {
  const auto session = Connect({{"lock_timeout", "100"}});
  MakeProducers(*session);
  client().Query("BEGIN");
  client().Query("SELECT 1 FROM oncegate_ledger FOR UPDATE");
  ASSERT_TRUE(session->Begin().has_value());
  ExpectClass(Lock(*session, "p"), SinkErrorClass::kRestart, "55P03");
  session->Rollback();
  client().Query("COMMIT");
  ASSERT_TRUE(session->Begin().has_value());
  EXPECT_TRUE(Lock(*session, "p").has_value());
}

TEST_F(PostgresFault, AStatementThatTakesTooLongMeansStartAgain) {
  const auto session = Connect({{"statement_timeout", "200"}, {"lock_timeout", "100"}});
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Query(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); "
      "RETURN NEW; END $$;"
      "CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION slow()");
  RowsOutcome outcome;
  ExpectClass(WriteAlone(*session, orders(), {Upsert("k", "1")}, &outcome),
              SinkErrorClass::kRestart, "57014");
  EXPECT_TRUE(outcome.bad.empty());
  client().Query("DROP TRIGGER slow ON orders");
  ExpectTaken(*session, orders(), "k");
}

TEST_F(PostgresFault, ARevokedRightStopsItsStreamAlone) {
  const std::string role = "role_of_" + fixture().schema();
  client().Query("CREATE ROLE " + role + " LOGIN");
  client().Query("GRANT ALL ON SCHEMA " + fixture().schema() + " TO " + role);
  std::string url = fixture().url();
  url.replace(url.find("postgres@"), 9, role + "@");
  const auto session = ConnectTo(url);
  for (const char* stream : {"orders", "returns"}) {
    ASSERT_TRUE(session->EnsureStream(Target(stream)).has_value());
  }
  client().Query("REVOKE INSERT ON orders FROM " + role);
  RowsOutcome outcome;
  ExpectClass(WriteAlone(*session, orders(), {Upsert("k", "1")}, &outcome), SinkErrorClass::kStream,
              "42501");
  EXPECT_TRUE(outcome.bad.empty());
  ExpectTaken(*session, Target("returns"), "k");
  client().Query("GRANT INSERT ON orders TO " + role);
  ExpectTaken(*session, orders(), "k");
  client().Query("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_F(PostgresFault, ALedgerThatIsAwayStopsTheSinkNotAStream) {
  const auto session = Connect();
  client().Query("DROP TABLE oncegate_ledger");
  ASSERT_TRUE(session->Begin().has_value());
  ExpectClass(Lock(*session, "p"), SinkErrorClass::kConnection, "42P01");
  session->Rollback();
  EXPECT_FALSE(session->IsUsable());
  const auto next = Connect();
  MakeProducers(*next);
}

TEST_F(PostgresFault, AReadOnlyServerIsNoFaultOfARow) {
  ASSERT_TRUE(Connect()->EnsureStream(orders()).has_value());
  const std::string url = fixture().url() + "%20-cdefault_transaction_read_only%3Don";
  ExpectClass(ConnectTo(url)->Ping(), SinkErrorClass::kConnection, "25006");
  const auto session = ConnectTo(url);
  RowsOutcome outcome;
  ExpectClass(WriteAlone(*session, orders(), {Upsert("k", "1")}, &outcome),
              SinkErrorClass::kConnection, "25006");
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_FALSE(session->IsUsable()) << "the next connection may find the server that writes";
  EXPECT_TRUE(Connect()->Ping().has_value());
}

TEST_F(PostgresFault, AServerThatIsAwayAndComesBack) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  const auto sink = MakeSink(fixture().url());
  SharedServer().Stop(test::StopMode::kFast);
  ExpectClass(session->Begin(), SinkErrorClass::kConnection);
  EXPECT_FALSE(session->IsUsable());
  session->Rollback();
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  const auto refused = sink->Connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kConnection);
  SharedServer().Start();
  fixture().Reconnect();
  const auto next = sink->Connect();
  ASSERT_TRUE(next.has_value()) << next.error().message;
  ExpectTaken(**next, orders(), "k");
}

TEST_F(PostgresFault, ACrashOfTheServerKeepsWhatWasCommitted) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  ExpectTaken(*session, orders(), "k");
  RowsOutcome outcome;
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(Write(*session, orders(), {Upsert("open", "1")}, &outcome).has_value());
  SharedServer().Restart(test::StopMode::kImmediate);
  fixture().Reconnect();
  EXPECT_NE(session->Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(Rows(), 1);
  ExpectTaken(*Connect(), orders(), "other");
}

TEST_F(PostgresFault, TooManyConnectionsAreNoRefusal) {
  const std::string role = "narrow_" + fixture().schema();
  client().Query("CREATE ROLE " + role + " LOGIN CONNECTION LIMIT 0");
  std::string url = fixture().url();
  url.replace(url.find("postgres@"), 9, role + "@");
  const auto refused = MakeSink(url)->Connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kConnection);
  client().Query("DROP ROLE " + role);
}

TEST_F(PostgresFault, RowsAreLockedInByteOrder) {
  // In the order of a language a < B, in byte order B < a; locked against each other they deadlock.
  std::vector<conformance::Record> records;
  for (const std::string prefix : {"A", "B", "C", "_", "a", "b", "c", "\xc3\xa9"}) {
    for (int i = 0; i < 40; ++i) records.push_back(Upsert(prefix + std::to_string(100 + i), "1"));
  }
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  RowsOutcome first;
  ASSERT_TRUE(WriteAlone(*session, orders(), records, &first).has_value());
  std::atomic<bool> done{false};
  std::thread thread([&] {
    test::PostgresClient other(fixture().url());
    while (!done) {
      EXPECT_NO_THROW(other.Query("SELECT key FROM orders ORDER BY key COLLATE \"C\" FOR UPDATE"));
    }
  });
  for (int i = 0; i < 100; ++i) {
    RowsOutcome outcome;
    const SinkStatus written = WriteAlone(*session, orders(), records, &outcome);
    EXPECT_TRUE(written.has_value()) << written.error().message;
  }
  done = true;
  thread.join();
}

}  // namespace
}  // namespace oncegate::postgres
