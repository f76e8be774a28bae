// One script a group: what it compares, what an error in its middle leaves, and what becomes of one
// that was sent and not answered.
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/tcp_proxy.h"
#include "tests/unit/sinks/redis/redis_session_test.h"

namespace oncegate::redis {
namespace {

using conformance::JustId;
using conformance::Target;
using conformance::TokenOf;
using conformance::Upsert;
using conformance::WithVersion;
using test::ProxyFault;

class RedisCommit : public RedisSessionTest {
 protected:
  void SetUp() override {
    session_ = Connect();
    ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
  }
  SinkSession& session() { return *session_; }

 private:
  std::unique_ptr<SinkSession> session_;
};

TEST_F(RedisCommit, AMarkThatWasOnlyReadIsComparedToo) {
  ASSERT_EQ(WriteGroup(session(), std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
  const auto other = Connect();
  std::vector<LedgerRow> rows;
  RowsOutcome outcome;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = false};
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(session().ReadLedger({&request, 1}, &rows).has_value());
  ASSERT_TRUE(Write(session(), orders(), {Upsert("x", "1")}, &outcome).has_value());
  ASSERT_EQ(WriteGroup(*other, TokenOf(1), TokenOf(2), {Upsert("k", "2")}),
            CommitOutcome::kCommitted);
  EXPECT_EQ(session().Commit(), CommitOutcome::kAborted);
  EXPECT_EQ(client().Number({"EXISTS", "orders:x"}), 0);
}

TEST_F(RedisCommit, ARowThatChangedSinceItWasJudgedTakesTheGroupBack) {
  const auto other = Connect();
  RowsOutcome outcome;
  for (const bool is_refused : {false, true}) {
    ASSERT_EQ(client().Text({"FLUSHALL"}), "OK");
    ASSERT_TRUE(session().EnsureStream(orders()).has_value());
    ASSERT_EQ(WriteGroup(*other, std::nullopt, TokenOf(1), {WithVersion(Upsert("k", "5"), 5)}),
              CommitOutcome::kCommitted);
    ASSERT_TRUE(session().Begin().has_value());
    const std::uint64_t version = is_refused ? 4 : 6;
    ASSERT_TRUE(Write(session(), orders(),
                      {WithVersion(Upsert("k", "mine"), version), Upsert("x", "1")}, &outcome)
                    .has_value());
    EXPECT_EQ(outcome.effects[0], is_refused ? RowEffect::kNewerExists : RowEffect::kWritten);
    ASSERT_EQ(WriteGroup(*other, TokenOf(1), TokenOf(2), {WithVersion(Upsert("k", "7"), 7)}),
              CommitOutcome::kCommitted);
    EXPECT_EQ(session().Commit(), CommitOutcome::kAborted);
    EXPECT_EQ(client().Text({"GET", "orders:k"}), "7");
    EXPECT_EQ(client().Number({"EXISTS", "orders:x"}), 0);
  }
}

TEST_F(RedisCommit, OfTwoThatClaimAnIdTheSecondCommitsNothing) {
  const auto other = Connect();
  const IdClaim claim = JustId("a");
  std::vector<IdOutcome> outcomes;
  for (SinkSession* claimant : {&session(), other.get()}) {
    ASSERT_TRUE(claimant->Begin().has_value());
    ASSERT_TRUE(claimant->ClaimIds("calls", {&claim, 1}, kNow, &outcomes).has_value());
    EXPECT_TRUE(outcomes[0].fresh);
  }
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(other->Commit(), CommitOutcome::kAborted);
}

TEST_F(RedisCommit, AMissingRightToTheLedgerIsSaidBeforeAnythingIsWritten) {
  client().Run({"ACL", "SETUSER", "half", "reset", "on", ">secret", "+@all", "~orders:*",
                "~oncegate:meta", "~oncegate:streams", "~oncegate:tables", "~oncegate:guards:*",
                "~oncegate:turn:*", "%R~oncegate:ledger", "%R~oncegate:ledger:order"});
  const std::string url = "redis://half:secret@127.0.0.1:" + std::to_string(SharedServer().port());
  const auto half = ConnectTo(url);
  const auto outcome = WriteGroup(*half, std::nullopt, TokenOf(1), {Upsert("k", "1")});
  EXPECT_EQ(outcome, CommitOutcome::kAborted);
  EXPECT_FALSE(ReadMark(session()).found);
  EXPECT_EQ(client().Number({"EXISTS", "orders:k"}), 0);
  const SinkStatus begun = half->Begin();
  ASSERT_FALSE(begun.has_value());
  EXPECT_EQ(begun.error().error_class, SinkErrorClass::kConnection);
  EXPECT_EQ(begun.error().sqlstate, "NOPERM") << begun.error().message;
  EXPECT_EQ(WriteGroup(session(), std::nullopt, TokenOf(2), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
  EXPECT_EQ(client().Text({"GET", "orders:k"}), "1");
}

TEST_F(RedisCommit, RowsThatWereWrittenWithoutTheirMarkAreWrittenAgain) {
  // ZADD comes behind rows and guards, before marks: the script dies between them.
  client().Run({"ACL", "SETUSER", "half", "reset", "on", ">secret", "~*", "+@all", "-zadd"});
  const std::string url = "redis://half:secret@127.0.0.1:" + std::to_string(SharedServer().port());
  const auto half = ConnectTo(url);
  const auto events = [](const std::string& value) {
    return std::vector{conformance::From(Upsert("k", value), "p", 0, 7),
                       conformance::From(conformance::Delete("gone"), "p", 0, 8)};
  };
  EXPECT_EQ(WriteGroup(*half, std::nullopt, TokenOf(1), events("1")), CommitOutcome::kAborted);
  EXPECT_EQ(client().Text({"GET", "orders:k"}), "1") << "the script was meant to die half-way";
  EXPECT_FALSE(ReadMark(session()).found);
  EXPECT_TRUE(session().ListProducers({.stream = "orders", .prefix = {}, .after = {}})->empty());
  EXPECT_EQ(WriteGroup(session(), std::nullopt, TokenOf(2), events("1")),
            CommitOutcome::kCommitted);
  EXPECT_EQ(client().Text({"GET", "orders:k"}), "1");
  EXPECT_EQ(ReadMark(session()).token, TokenOf(2));
}

TEST_F(RedisCommit, AKeyThatWasClaimedButNotWrittenIsStillOurs) {
  // MSET comes behind the claim of a new row.
  client().Run({"ACL", "SETUSER", "half", "reset", "on", ">secret", "~*", "+@all", "-mset"});
  const std::string url = "redis://half:secret@127.0.0.1:" + std::to_string(SharedServer().port());
  const auto half = ConnectTo(url);
  EXPECT_EQ(WriteGroup(*half, std::nullopt, TokenOf(1), {WithVersion(Upsert("k", "1"), 3)}),
            CommitOutcome::kAborted);
  EXPECT_EQ(client().Text({"HGET", "oncegate:guards:orders", "k"}), "0");
  EXPECT_EQ(WriteGroup(session(), std::nullopt, TokenOf(2), {WithVersion(Upsert("k", "1"), 3)}),
            CommitOutcome::kCommitted);
  EXPECT_EQ(client().Text({"GET", "orders:k"}), "1");
}

TEST_F(RedisCommit, ScriptsThatTheServerForgotAreSentAgain) {
  client().Run({"SCRIPT", "FLUSH"});
  EXPECT_EQ(WriteGroup(session(), std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
  client().Run({"SCRIPT", "FLUSH"});
  EXPECT_TRUE(session().Ping().has_value());
  EXPECT_EQ(ReadMark(session(), true).token, TokenOf(1));
}

TEST_F(RedisCommit, ACommitWithoutAnAnswerIsInDoubtAndItsTokenTells) {
  for (const ProxyFault fault : {ProxyFault::kLoseRequest, ProxyFault::kLoseAnswer}) {
    ASSERT_EQ(client().Text({"FLUSHALL"}), "OK");
    ASSERT_TRUE(session().EnsureStream(orders()).has_value());
    test::TcpProxy proxy(SharedServer().port());
    const auto far = ConnectTo("redis://127.0.0.1:" + std::to_string(proxy.port()));
    proxy.Arm(fault, "the-value-of-k");
    EXPECT_EQ(WriteGroup(*far, std::nullopt, TokenOf(1), {Upsert("k", "\"the-value-of-k\"")}),
              CommitOutcome::kInDoubt);
    EXPECT_TRUE(proxy.HasStruck());
    EXPECT_FALSE(far->IsUsable());
    if (fault == ProxyFault::kLoseAnswer) {
      EXPECT_TRUE(test::Eventually([&] { return ReadMark(session()).found; }));
      EXPECT_EQ(ReadMark(session()).token, TokenOf(1));
    } else {
      EXPECT_FALSE(ReadMark(session()).found);
    }
  }
}

TEST_F(RedisCommit, AScriptThatRunsLateFindsTheGroupDoneAndWritesNothing) {
  // The lost script is kept back by holding the first session at its Commit; its repetition runs
  // first. A stream without marks has only the stamps of its rows.
  const StreamTarget readings = Target("readings", DedupeMode::kOff);
  ASSERT_TRUE(session().EnsureStream(readings).has_value());
  const auto repetition = Connect();
  RowsOutcome outcome;
  const auto write = [&](const std::string& value) {
    ASSERT_TRUE(repetition->Begin().has_value());
    ASSERT_TRUE(Write(*repetition, readings, {Upsert("k", value)}, &outcome).has_value());
    ASSERT_EQ(repetition->Commit(), CommitOutcome::kCommitted);
  };
  write("0");
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(Write(session(), readings, {Upsert("k", "1")}, &outcome).has_value());
  write("1");
  write("2");
  EXPECT_EQ(session().Commit(), CommitOutcome::kAborted);
  EXPECT_EQ(client().Text({"GET", "readings:k"}), "2");
}

TEST_F(RedisCommit, WhoeverTookTheTurnIsNotOvertaken) {
  ASSERT_EQ(WriteGroup(session(), std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
  const auto other = Connect();
  std::vector<LedgerRow> rows;
  std::vector<std::uint32_t> lost;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(session().ReadLedger({&request, 1}, &rows).has_value());
  EXPECT_EQ(WriteGroup(*other, TokenOf(1), TokenOf(2), {Upsert("k", "2")}),
            CommitOutcome::kAborted);
  ASSERT_TRUE(conformance::WriteMarksOn(session(), {{.expected = TokenOf(1), .token = TokenOf(3)}},
                                        kNow, &lost)
                  .has_value());
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(WriteGroup(*other, TokenOf(3), TokenOf(4), {Upsert("k", "2")}),
            CommitOutcome::kCommitted);
}

TEST_F(RedisCommit, AsManyTurnsAsAGroupTakesEndWithIt) {
  // Lua hands at most 8,000 values over at once.
  std::vector<std::string> producers;
  for (int i = 0; i < 10'000; ++i) producers.push_back("p" + std::to_string(100'000 + i));
  std::vector<LedgerRequest> requests;
  std::vector<LedgerWrite> writes;
  for (const std::string& producer : producers) {
    requests.push_back({.key = {"orders", producer}, .lock = true});
    writes.push_back({.key = {"orders", producer},
                      .expected = std::nullopt,
                      .token = TokenOf(1),
                      .epoch = {},
                      .state = "state"});
  }
  std::vector<LedgerRow> rows;
  std::vector<std::uint32_t> lost;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(session().ReadLedger(requests, &rows).has_value());
  ASSERT_TRUE(session().WriteLedger(writes, kNow, &lost).has_value());
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(session().CountProducers("orders").value(), producers.size());
  EXPECT_EQ(client().Number({"EXISTS", "oncegate:turn:orders:" + producers.back()}), 0);
}

TEST_F(RedisCommit, ATurnThatCanNotBeGivenBackDoesNotUndoTheCommit) {
  client().Run({"ACL", "SETUSER", "half", "reset", "on", ">secret", "~*", "+@all", "-del"});
  const std::string url = "redis://half:secret@127.0.0.1:" + std::to_string(SharedServer().port());
  const auto half = ConnectTo(url);
  std::vector<LedgerRow> rows;
  std::vector<std::uint32_t> lost;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(half->Begin().has_value());
  ASSERT_TRUE(half->ReadLedger({&request, 1}, &rows).has_value());
  ASSERT_TRUE(conformance::WriteMarksOn(*half, {{.token = TokenOf(1)}}, kNow, &lost).has_value());
  EXPECT_EQ(half->Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(ReadMark(session()).token, TokenOf(1));
}

TEST_F(RedisCommit, ATurnThatNobodyGivesBackEndsByItself) {
  {
    const auto dies = Connect();
    std::vector<LedgerRow> rows;
    const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
    ASSERT_TRUE(dies->Begin().has_value());
    ASSERT_TRUE(dies->ReadLedger({&request, 1}, &rows).has_value());
  }
  EXPECT_TRUE(test::Eventually([&] {
    return WriteGroup(session(), std::nullopt, TokenOf(1), {Upsert("k", "1")}) ==
           CommitOutcome::kCommitted;
  }));
}

}  // namespace
}  // namespace oncegate::redis
