// COMMIT: committed only if the server said so, aborted only if that is certain, else in doubt.
#include "tests/support/deadline.h"
#include "tests/support/tcp_proxy.h"
#include "tests/unit/sinks/mysql/mysql_session_test.h"

namespace oncegate::mysql {
namespace {

using conformance::TokenOf;
using conformance::Upsert;
using test::Eventually;
using test::ProxyFault;

class MysqlCommit : public MysqlSessionTest {
 protected:
  MysqlCommit() : proxy_(SharedServer().port()) {}

  std::string proxied_url() {
    std::string url = fixture().url();
    const std::string port = std::to_string(SharedServer().port());
    return url.replace(url.find(port), port.size(), std::to_string(proxy_.port()));
  }

  test::TcpProxy& proxy() { return proxy_; }

 private:
  test::TcpProxy proxy_;
};

TEST_F(MysqlCommit, TheCommitOfAFailedTransactionIsAborted) {
  const auto session = Connect();
  BeginGroup(*session);
  RowsOutcome outcome;
  ExpectClass(Write(*session, conformance::Target("missing"), {Upsert("k", "1")}, &outcome),
              SinkErrorClass::kStream, "1146");
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_TRUE(session->IsUsable());
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(Rows("oncegate_ledger"), 0);
  BeginGroup(*session);
  EXPECT_EQ(session->Commit(), CommitOutcome::kCommitted);
}

TEST_F(MysqlCommit, ACommitThatNeverArrivedIsInDoubt) {
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

TEST_F(MysqlCommit, ACommitWhoseAnswerIsLostIsInDoubtAndLanded) {
  auto session = ConnectTo(proxied_url());
  BeginGroup(*session);
  proxy().Arm(ProxyFault::kLoseAnswer, "COMMIT");
  EXPECT_EQ(session->Commit(), CommitOutcome::kInDoubt);
  EXPECT_FALSE(session->IsUsable());
  session = ConnectTo(proxied_url());
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(session->ReadLedger({&request, 1}, &rows).has_value());
  EXPECT_EQ(rows[0].token, TokenOf(1)) << "the lost attempt is recognised by its token";
  EXPECT_EQ(Rows(), 1);
}

TEST_F(MysqlCommit, ASessionThatWasKilledBeforeCommitIsNotInDoubt) {
  const auto session = Connect();
  BeginGroup(*session);
  KillSessions();
  ASSERT_TRUE(Eventually([&] { return OpenSessions() == 0; }));
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_FALSE(session->IsUsable());
  EXPECT_EQ(Rows(), 0);
  const auto next = Connect();
  BeginGroup(*next);
  EXPECT_EQ(next->Commit(), CommitOutcome::kCommitted);
}

TEST_F(MysqlCommit, WhatAGroupOnlyReadIsInTheLogOnceItIsCommitted) {
  const auto session = Connect();
  BeginGroup(*session);
  ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
  const auto log_bytes = [this] {
    return fixture().SqlCount(
        "SELECT variable_value FROM information_schema.global_status WHERE variable_name = "
        "'INNODB_OS_LOG_WRITTEN'");
  };
  // Stands for a COMMIT that others see already while it waits for the disk.
  client().Query("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
  client().Query("UPDATE oncegate_ledger SET token = REPEAT('2', 16)");
  client().Query("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
  const std::int64_t before = log_bytes();
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = false};
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(session->ReadLedger({&request, 1}, &rows).has_value());
  ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
  EXPECT_GT(log_bytes(), before);
}

TEST_F(MysqlCommit, AnIdleSessionThatTheServerEndedIsNotUsable) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  EXPECT_TRUE(session->IsUsable());
  KillSessions();
  EXPECT_TRUE(Eventually([&] { return !session->IsUsable(); }));
}

TEST_F(MysqlCommit, APausedInstanceDoesNotHoldItsLocksForEver) {
  const auto session = Connect({{"idle_transaction_timeout", "1000"}});
  BeginGroup(*session);
  ASSERT_TRUE(Eventually([&] { return OpenSessions() == 0; }));
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_FALSE(session->IsUsable());
  EXPECT_EQ(Rows(), 0);
}

TEST_F(MysqlCommit, AServerThatDoesNotAnswerACommitLeavesItInDoubt) {
  const auto session =
      ConnectTo(proxied_url(), {{"statement_timeout", "1000"}, {"lock_timeout", "1000"}});
  BeginGroup(*session);
  proxy().Arm(ProxyFault::kSilence, "COMMIT");
  EXPECT_EQ(session->Commit(), CommitOutcome::kInDoubt);
  EXPECT_FALSE(session->IsUsable());
  ExpectTaken(*Connect(), orders(), "other");
}

}  // namespace
}  // namespace oncegate::mysql
