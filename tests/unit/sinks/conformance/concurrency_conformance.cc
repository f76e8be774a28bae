// Transactions: nothing stays of one that did not commit, and two sessions never both win.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

enum class Turn { kWon, kLost, kAgain };

/// Reads and locks the ledger row of producer p, writes it if its token still is `expected`.
Turn TryToWrite(SinkSession& session, std::optional<Token> expected, Token token, WallTime now) {
  if (!session.Begin()) return session.Rollback(), Turn::kAgain;
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  if (!session.ReadLedger({&request, 1}, &rows)) return session.Rollback(), Turn::kAgain;
  const bool holds = expected ? rows[0].found && rows[0].token == *expected : !rows[0].found;
  std::vector<std::uint32_t> lost;
  if (holds) {
    const Mark mark{.expected = expected, .token = token};
    if (!WriteMarksOn(session, {mark}, now, &lost)) return session.Rollback(), Turn::kAgain;
  }
  if (!holds || !lost.empty()) return session.Rollback(), Turn::kLost;
  return session.Commit() == CommitOutcome::kCommitted ? Turn::kWon : Turn::kAgain;
}

TEST_P(SinkConformance, OfTwoSessionsOneWritesTheLedgerRow) {
  const auto other = Connect();
  std::optional<Token> current;
  for (std::uint8_t round = 0; round < 40; ++round) {
    std::atomic<int> ready{0};
    std::atomic<int> wins{0};
    const auto race = [&](SinkSession& session, std::uint8_t number) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
      ++ready;
      while (ready < 2) std::this_thread::yield();
      Turn turn = Turn::kAgain;
      while (turn == Turn::kAgain && std::chrono::steady_clock::now() < deadline) {
        turn = TryToWrite(session, current, TokenOf(number), kNow);
      }
      EXPECT_NE(turn, Turn::kAgain);
      if (turn == Turn::kWon) ++wins;
    };
    const auto number = static_cast<std::uint8_t>(2 * round);
    std::thread thread([&] { race(*other, static_cast<std::uint8_t>(number + 1)); });
    race(session(), number);
    thread.join();
    ASSERT_EQ(wins, 1) << "round " << int{round};
    current = ReadMark("orders", "p").token;
  }
}

TEST_P(SinkConformance, ASecondClaimOfAnIdWaitsForTheFirst) {
  ONCEGATE_ONLY_IF(LocksWhatItReads);
  const auto other = Connect();
  const IdClaim claim{.id = "a", .fingerprint = FingerprintOf(1)};
  std::vector<IdOutcome> mine;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(session().ClaimIds("calls", {&claim, 1}, kNow, &mine).has_value());
  ASSERT_TRUE(mine[0].fresh);
  std::atomic<bool> started{false};
  std::atomic<bool> committed{false};
  std::thread thread([&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    started = true;
    while (std::chrono::steady_clock::now() < deadline) {
      std::vector<IdOutcome> outcomes;
      if (other->Begin() && other->ClaimIds("calls", {&claim, 1}, kNow, &outcomes)) {
        EXPECT_TRUE(committed) << "answered while the first claim was open";
        EXPECT_FALSE(outcomes[0].fresh);
        other->Rollback();
        return;
      }
      other->Rollback();
    }
    ADD_FAILURE() << "the second claim was never answered";
  });
  while (!started) std::this_thread::yield();
  committed = true;
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  thread.join();
}

TEST_P(SinkConformance, ARollbackLeavesNothing) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  const IdClaim claim{.id = "a", .fingerprint = FingerprintOf(1)};
  std::vector<std::uint32_t> lost;
  std::vector<IdOutcome> ids;
  RowsOutcome rows;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteMarksOn(session(), {{.token = TokenOf(1)}}, kNow, &lost).has_value());
  ASSERT_TRUE(session().ClaimIds("orders", {&claim, 1}, kNow, &ids).has_value());
  ASSERT_TRUE(WriteRows(orders, {Upsert("k", "1")}, &rows).has_value());
  session().Rollback();
  EXPECT_FALSE(ReadMark("orders", "p").found);
  EXPECT_EQ(session().CountIds("orders").value(), 0U);
  EXPECT_EQ(fixture().RowCount("orders"), 0);
}

TEST_P(SinkConformance, ASessionThatIsGivenUpLeavesNothing) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  std::vector<std::uint32_t> lost;
  RowsOutcome rows;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteMarksOn(session(), {{.token = TokenOf(1)}}, kNow, &lost).has_value());
  ASSERT_TRUE(WriteRows(orders, {Upsert("k", "1")}, &rows).has_value());
  Reconnect();
  EXPECT_FALSE(ReadMark("orders", "p").found);
  EXPECT_EQ(fixture().RowCount("orders"), 0);
}

TEST_P(SinkConformance, RowsAndMarkOfATransactionAppearTogether) {
  const StreamTarget orders = Target("orders");
  Ensure(orders);
  std::vector<std::uint32_t> lost;
  RowsOutcome rows;
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(WriteRows(orders, {Upsert("k", "1")}, &rows).has_value());
  ASSERT_TRUE(WriteMarksOn(session(), {{.token = TokenOf(1)}}, kNow, &lost).has_value());
  EXPECT_EQ(fixture().RowCount("orders"), 0);
  EXPECT_EQ(fixture().MarkCount(), 0);
  ASSERT_EQ(session().Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(fixture().RowCount("orders"), 1);
  EXPECT_EQ(fixture().MarkCount(), 1);
}

TEST_P(SinkConformance, AnotherSinkFindsWhatTheFirstCommitted) {
  Ensure(Target("orders"));
  ASSERT_TRUE(WriteMarks({{.token = TokenOf(1), .state = "one"}}).empty());
  Claim("calls", {{.id = "a", .fingerprint = FingerprintOf(3)}});
  const auto other = Connect();
  EXPECT_EQ(other->ListStreams().value().size(), 1U);
  EXPECT_EQ(other->CountIds("calls").value(), 1U);
  const auto producers = other->ListProducers({.stream = "orders", .prefix = {}, .after = {}});
  ASSERT_EQ(producers.value().size(), 1U);
  EXPECT_EQ(producers.value()[0].row.state, "one");
}

TEST_P(SinkConformance, AnEmptyCallIsNoError) {
  std::vector<LedgerRow> ledger;
  std::vector<std::uint32_t> lost;
  std::vector<IdOutcome> ids;
  RowsOutcome rows;
  Ensure(Target("orders"));
  ASSERT_TRUE(session().Begin().has_value());
  EXPECT_TRUE(session().ReadLedger({}, &ledger).has_value());
  EXPECT_TRUE(session().WriteLedger({}, kNow, &lost).has_value());
  EXPECT_TRUE(session().ClaimIds("calls", {}, kNow, &ids).has_value());
  EXPECT_TRUE(session().UpsertRows(Target("orders"), {}, kNow, &rows).has_value());
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
}

}  // namespace
}  // namespace oncegate::conformance
