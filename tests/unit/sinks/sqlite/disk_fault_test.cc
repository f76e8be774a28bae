// A disk that fails at any write or sync of a group: the group is never half there, what was
// answered as committed survives power loss, and running the group again by its tokens applies it
// once.
#include <sqlite3.h>

#include "tests/unit/sinks/sqlite/faulty_disk.h"
#include "tests/unit/sinks/sqlite/sqlite_session_test.h"

namespace oncegate::sqlite {
namespace {

using conformance::TokenOf;

constexpr std::uint8_t kGroups = 3;

class DiskFault : public ::testing::Test {
 protected:
  /// A database with a stream whose every row write is logged, and producer p at token 0.
  struct Setup {
    ScratchFolder folder;
    std::unique_ptr<Sink> sink;
    std::unique_ptr<SinkSession> session;

    std::filesystem::path path() const { return folder.path() / "sink.sqlite"; }

    void Connect() {
      session.reset();
      auto connected = sink->Connect();
      if (connected) session = std::move(*connected);
    }
  };

  static std::unique_ptr<Setup> Prepare() {
    auto setup = std::make_unique<Setup>();
    setup->sink = MakeSink(setup->folder.path());
    setup->Connect();
    EXPECT_TRUE(setup->session->EnsureStream(conformance::Target("orders")).has_value());
    PlainDatabase(setup->path())
        .Execute(
            "CREATE TABLE writes (value);"
            "CREATE TRIGGER i AFTER INSERT ON orders BEGIN INSERT INTO writes VALUES (NEW.value); "
            "END;"
            "CREATE TRIGGER u AFTER UPDATE ON orders BEGIN INSERT INTO writes VALUES (NEW.value); "
            "END");
    return setup;
  }

  enum class Outcome { kCommitted, kAlreadyThere, kInDoubt, kFailed };

  /// Group `number` moves the token from number-1 to number and writes its number as the row.
  static Outcome RunGroup(Setup& setup, std::uint8_t number) {
    if (setup.session == nullptr || !setup.session->IsUsable()) setup.Connect();
    if (setup.session == nullptr) return Outcome::kFailed;
    SinkSession& session = *setup.session;
    const auto give_up = [&session] {
      session.Rollback();
      return Outcome::kFailed;
    };
    std::vector<LedgerRow> rows;
    const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
    if (!session.Begin()) return give_up();
    if (!session.ReadLedger({&request, 1}, &rows)) return give_up();
    if (rows[0].found && rows[0].token == TokenOf(number)) {
      session.Rollback();
      return Outcome::kAlreadyThere;
    }
    conformance::Mark mark{.token = TokenOf(number), .epoch = number};
    if (rows[0].found) mark.expected = rows[0].token;
    std::vector<std::uint32_t> lost;
    RowsOutcome outcome;
    const conformance::Record record = conformance::Upsert("k", std::to_string(number));
    const Event event = record.View();
    const Event* const row = &event;
    if (!session.UpsertRows(conformance::Target("orders"), {&row, 1}, WallTime{1}, &outcome)) {
      return give_up();
    }
    EXPECT_TRUE(outcome.bad.empty());
    if (!conformance::WriteMarksOn(session, {mark}, WallTime{1}, &lost)) return give_up();
    EXPECT_TRUE(lost.empty());
    switch (session.Commit()) {
      case CommitOutcome::kCommitted:
        return Outcome::kCommitted;
      case CommitOutcome::kAborted:
        break;
      case CommitOutcome::kInDoubt:
        EXPECT_FALSE(session.IsUsable());
        return Outcome::kInDoubt;
    }
    return Outcome::kFailed;
  }

  /// Mark and rows agree; gives the number of the last group.
  static std::int64_t LastGroup(const std::filesystem::path& path) {
    PlainDatabase database(path);
    EXPECT_EQ(database.Text("PRAGMA integrity_check"), "ok");
    const std::int64_t mark = database.Count("SELECT coalesce(max(epoch), 0) FROM oncegate_ledger");
    EXPECT_EQ(database.Count("SELECT coalesce(max(value + 0), 0) FROM orders"), mark);
    EXPECT_EQ(database.Count("SELECT count(*) FROM writes"), mark) << "each group wrote once";
    return mark;
  }

  static std::int64_t LastGroupAfterPowerLoss(const FaultyDisk& disk, const Setup& setup) {
    const ScratchFolder wreck;
    disk.CopyDurable(setup.path(), wreck.path());
    return LastGroup(wreck.path() / "sink.sqlite");
  }

  /// Runs the groups with a fault at write `operation`; false if the fault was never reached.
  template <typename Arm>
  static bool Survives(FaultyDisk& disk, Arm arm) {
    const std::unique_ptr<Setup> setup = Prepare();
    arm();
    for (std::uint8_t number = 1; number <= kGroups; ++number) {
      Outcome outcome = Outcome::kFailed;
      for (int attempt = 0; outcome == Outcome::kFailed || outcome == Outcome::kInDoubt;
           ++attempt) {
        if (attempt == 3) {
          ADD_FAILURE() << "one fault cost three attempts";
          return false;
        }
        outcome = RunGroup(*setup, number);
        const std::int64_t durable = LastGroupAfterPowerLoss(disk, *setup);
        EXPECT_GE(durable, outcome == Outcome::kCommitted ? number : number - 1);
        EXPECT_LE(durable, number);
      }
    }
    disk.Heal();
    setup->session.reset();
    EXPECT_EQ(LastGroup(setup->path()), kGroups);
    return disk.HasFailed();
  }
};

TEST_F(DiskFault, AnyFailingWriteCostsARepetitionAndNothingElse) {
  for (const int code : {SQLITE_IOERR_WRITE, SQLITE_FULL}) {
    FaultyDisk disk;
    int operation = 0;
    while (Survives(disk, [&] { disk.FailAt(operation, code); })) ++operation;
    EXPECT_GT(operation, 10) << "the sweep met the writes of the groups";
  }
}

TEST_F(DiskFault, ASyncThatFailsAfterItsWorkCostsARepetitionAndNothingElse) {
  FaultyDisk disk;
  int operation = 0;
  while (Survives(disk, [&] { disk.FailLateAt(operation, SQLITE_IOERR_FSYNC); })) ++operation;
  EXPECT_GT(operation, 10);
}

TEST_F(DiskFault, AFailedSyncOfTheLogLeavesTheCommitInDoubt) {
  FaultyDisk disk;
  bool seen = false;
  for (int operation = 0; operation < 20 && !seen; ++operation) {
    const std::unique_ptr<Setup> setup = Prepare();
    ASSERT_EQ(RunGroup(*setup, 1), Outcome::kCommitted);
    disk.FailLateAt(operation, SQLITE_IOERR_FSYNC);
    seen = RunGroup(*setup, 2) == Outcome::kInDoubt;
    disk.Heal();
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace oncegate::sqlite
