// COMMIT: committed only if the server said so, aborted only if that is certain, else in doubt.
#include <chrono>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/tcp_proxy.h"
#include "tests/unit/sinks/postgres/postgres_session_test.h"

namespace oncegate::postgres {
namespace {

using conformance::Mark;
using conformance::TokenOf;
using conformance::Upsert;
using test::Eventually;
using test::ProxyFault;

class PostgresCommit : public PostgresSessionTest {
 protected:
  PostgresCommit() : proxy_(SharedServer().port()) {}

  std::string proxied_url() {
    std::string url = fixture().url();
    const std::string port = std::to_string(SharedServer().port());
    return url.replace(url.find(port), port.size(), std::to_string(proxy_.port()));
  }

  /// Begins a transaction that holds a row and a mark.
  void BeginGroup(SinkSession& session, const std::string& key = "k") {
    ASSERT_TRUE(session.EnsureStream(orders()).has_value());
    ASSERT_TRUE(session.Begin().has_value());
    std::vector<std::uint32_t> lost;
    ASSERT_TRUE(
        conformance::WriteMarksOn(session, {{.token = TokenOf(1)}}, kNow, &lost).has_value());
    RowsOutcome outcome;
    ASSERT_TRUE(Write(session, orders(), {Upsert(key, "1")}, &outcome).has_value());
  }

  std::int64_t OpenSessions() {
    return fixture().SqlCount(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oncegate'");
  }

  test::TcpProxy& proxy() { return proxy_; }

 private:
  test::TcpProxy proxy_;
};

TEST_F(PostgresCommit, TheCommitOfAFailedTransactionIsAborted) {
  const auto session = Connect();
  BeginGroup(*session);
  RowsOutcome outcome;
  ExpectClass(Write(*session, conformance::Target("missing"), {Upsert("k", "1")}, &outcome),
              SinkErrorClass::kStream, "42P01");
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_TRUE(session->IsUsable());
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(Rows("oncegate_ledger"), 0);
  BeginGroup(*session);
  EXPECT_EQ(session->Commit(), CommitOutcome::kCommitted);
}

TEST_F(PostgresCommit, ACommitThatNeverArrivedIsInDoubt) {
  auto session = ConnectTo(proxied_url());
  BeginGroup(*session);
  proxy().Arm(ProxyFault::kLoseRequest, "COMMIT");
  EXPECT_EQ(session->Commit(), CommitOutcome::kInDoubt);
  EXPECT_FALSE(session->IsUsable());
  session = ConnectTo(proxied_url());
  EXPECT_EQ(Rows(), 0);
  BeginGroup(*session);
  EXPECT_EQ(session->Commit(), CommitOutcome::kCommitted);
}

TEST_F(PostgresCommit, ACommitWhoseAnswerIsLostIsInDoubtAndLanded) {
  auto session = ConnectTo(proxied_url());
  BeginGroup(*session);
  proxy().Arm(ProxyFault::kLoseAnswer, "COMMIT");
  EXPECT_EQ(session->Commit(), CommitOutcome::kInDoubt);
  EXPECT_FALSE(session->IsUsable());
  session = ConnectTo(proxied_url());
  EXPECT_EQ(Rows(), 1);
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(session->ReadLedger({&request, 1}, &rows).has_value());
  EXPECT_EQ(rows[0].token, TokenOf(1)) << "the lost attempt is recognised by its token";
}

TEST_F(PostgresCommit, AServerThatDoesNotAnswerACommitLeavesItInDoubt) {
  const auto session =
      ConnectTo(proxied_url(), {{"statement_timeout", "200"}, {"lock_timeout", "100"}});
  BeginGroup(*session);
  proxy().Arm(ProxyFault::kSilence, "COMMIT");
  EXPECT_EQ(session->Commit(), CommitOutcome::kInDoubt);
  EXPECT_FALSE(session->IsUsable());
  ExpectTaken(*Connect(), orders(), "other");
}

TEST_F(PostgresCommit, ASessionThatTheServerEndedBeforeCommitIsNotInDoubt) {
  const auto session = Connect({{"idle_in_transaction_session_timeout", "100"}});
  BeginGroup(*session);
  ASSERT_TRUE(Eventually([&] { return OpenSessions() == 0; }));
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_FALSE(session->IsUsable());
  EXPECT_EQ(Rows(), 0);
}

TEST_F(PostgresCommit, ABackendTerminatedBeforeCommitIsNotInDoubt) {
  const auto session = Connect();
  BeginGroup(*session);
  client().Query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE application_name = 'oncegate'");
  ASSERT_TRUE(Eventually([&] { return OpenSessions() == 0; }));
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_FALSE(session->IsUsable());
  const auto next = Connect();
  BeginGroup(*next);
  EXPECT_EQ(next->Commit(), CommitOutcome::kCommitted);
}

TEST_F(PostgresCommit, ADeferredConstraintShowsAsABadRowAndNotAtCommit) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Query("CREATE TABLE known (key text PRIMARY KEY)");
  client().Query("INSERT INTO known VALUES ('a'), ('c')");
  client().Query(
      "ALTER TABLE orders ADD FOREIGN KEY (key) REFERENCES known DEFERRABLE INITIALLY DEFERRED");
  RowsOutcome outcome;
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(
      Write(*session, orders(), {Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1")}, &outcome)
          .has_value());
  session->Rollback();
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
}

TEST_F(PostgresCommit, WhatTheDatabaseSetsByDefaultDoesNotWeakenATransaction) {
  const auto session =
      ConnectTo(fixture().url() +
                "%20-csynchronous_commit%3Doff%20-cdefault_transaction_isolation%3Dserializable");
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Query(
      "CREATE TABLE seen (commit text, isolation text);"
      "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES "
      "(current_setting('synchronous_commit'), current_setting('transaction_isolation')); "
      "RETURN NEW; END $$;"
      "CREATE TRIGGER look BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION look()");
  ExpectTaken(*session, orders(), "k");
  const auto seen = client().Query("SELECT commit, isolation FROM seen");
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][0], "on");
  EXPECT_EQ(seen[0][1], "read committed");
}

/// A server whose only standby never confirms: a COMMIT that asks for it waits for as long as a
/// test needs. Everything else asks for the local disk only.
class PostgresSlowCommit : public ::testing::Test {
 protected:
  PostgresSlowCommit()
      : server_(
            {.settings = {"synchronous_standby_names = 'nobody'", "synchronous_commit = local"}}) {}

  /// Calls the server's function with the process of a COMMIT that waits for the standby.
  void OnWaitingCommit(const std::string& function) {
    EXPECT_TRUE(Eventually([&] {
      return server_.QueryValue("SELECT count(" + function +
                                "(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") != "0";
    }));
  }

  std::unique_ptr<SinkSession> BeginGroup() {
    auto session = MakeSink(server_.Url())->Connect();
    if (!session) throw std::runtime_error(session.error().message);
    const StreamTarget orders = conformance::Target("orders");
    RowsOutcome outcome;
    const conformance::Record record = Upsert("k", "1");
    const Event event = record.View();
    const Event* const row = &event;
    EXPECT_TRUE((*session)->EnsureStream(orders).has_value());
    EXPECT_TRUE((*session)->Begin().has_value());
    EXPECT_TRUE((*session)->UpsertRows(orders, {&row, 1}, WallTime{}, &outcome).has_value());
    return std::move(*session);
  }

  test::PostgresServer server_;
};

TEST_F(PostgresSlowCommit, ABackendTerminatedDuringCommitLeavesItInDoubt) {
  const auto session = BeginGroup();
  std::thread terminator([&] { OnWaitingCommit("pg_terminate_backend"); });
  EXPECT_EQ(session->Commit(), CommitOutcome::kInDoubt);
  terminator.join();
  EXPECT_FALSE(session->IsUsable());
  EXPECT_EQ(server_.QueryValue("SELECT count(*) FROM orders"), "1") << "this one landed";
}

TEST_F(PostgresSlowCommit, ACommitThatTheStandbyDidNotConfirmIsInDoubt) {
  const auto session = BeginGroup();
  std::thread canceller([&] { OnWaitingCommit("pg_cancel_backend"); });
  EXPECT_EQ(session->Commit(), CommitOutcome::kInDoubt) << "the tag is COMMIT, with a warning";
  canceller.join();
  EXPECT_FALSE(session->IsUsable());
}

}  // namespace
}  // namespace oncegate::postgres
