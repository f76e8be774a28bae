// What happens when somebody moves, removes or replaces the file under a running sink: nothing is
// answered as committed unless the file that the path names holds it.
#include "tests/unit/sinks/sqlite/sqlite_session_test.h"

namespace oncegate::sqlite {
namespace {

namespace fs = std::filesystem;

class ReplacedFile : public SqliteSessionTest {
 protected:
  void SetUp() override {
    session_ = Connect();
    ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
    ASSERT_EQ(CommitRow(*session_, "before", "1"), CommitOutcome::kCommitted);
  }

  /// A commit whose file is changed by `change` behind its last statement.
  template <typename Change>
  CommitOutcome CommitWhile(Change change) {
    RowsOutcome outcome;
    EXPECT_TRUE(session_->Begin().has_value());
    EXPECT_TRUE(Write(*session_, orders(), {conformance::Upsert("during", "1")}, &outcome));
    change();
    return session_->Commit();
  }

  void ExpectSessionIsOver() {
    EXPECT_FALSE(session_->IsUsable());
    const SinkStatus begun = session_->Begin();
    ASSERT_FALSE(begun.has_value());
    EXPECT_EQ(begun.error().error_class, SinkErrorClass::kConnection);
  }

  /// A new session on what the path names now takes commits again.
  void ExpectRecovery(std::int64_t rows_before) {
    session_ = Connect();
    ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
    EXPECT_EQ(Rows(), rows_before);
    EXPECT_EQ(CommitRow(*session_, "after", "1"), CommitOutcome::kCommitted);
    EXPECT_EQ(Rows(), rows_before + 1);
    session_.reset();
    EXPECT_EQ(Rows(), rows_before + 1);
    EXPECT_EQ(PlainDatabase(path()).Text("PRAGMA integrity_check"), "ok");
  }

  std::unique_ptr<SinkSession> session_;
};

TEST_F(ReplacedFile, ACommitIntoARemovedFileIsInDoubt) {
  EXPECT_EQ(CommitWhile([&] { fs::remove(path()); }), CommitOutcome::kInDoubt);
  ExpectSessionIsOver();
  ExpectRecovery(0);
}

TEST_F(ReplacedFile, ACommitIntoAMovedFileIsInDoubtAndTheMovedFileStaysWhole) {
  const fs::path moved = path().string() + ".moved";
  EXPECT_EQ(CommitWhile([&] { fs::rename(path(), moved); }), CommitOutcome::kInDoubt);
  ExpectSessionIsOver();
  ExpectRecovery(0);
  EXPECT_EQ(PlainDatabase(moved).Count("SELECT count(*) FROM orders"), 2);
  EXPECT_EQ(PlainDatabase(moved).Text("PRAGMA integrity_check"), "ok");
}

TEST_F(ReplacedFile, ARestoredBackupIsOpenedAndNotMixedWithTheOldLog) {
  const fs::path backup = path().string() + ".backup";
  PlainDatabase(path()).Execute("VACUUM INTO '" + backup.string() + "'");
  ASSERT_EQ(CommitRow(*session_, "after-backup", "1"), CommitOutcome::kCommitted);
  EXPECT_EQ(CommitWhile([&] { fs::rename(backup, path()); }), CommitOutcome::kInDoubt);
  ExpectSessionIsOver();
  ExpectRecovery(1);
}

TEST_F(ReplacedFile, ARestoredBackupKeepsTheLogThatCameWithIt) {
  // The backup's newest row stands in its log alone.
  const ScratchFolder elsewhere;
  const fs::path backup = elsewhere.path() / "sink.sqlite";
  const std::unique_ptr<Sink> other = MakeSink(elsewhere.path());
  std::unique_ptr<SinkSession> writer = std::move(other->Connect().value());
  ASSERT_TRUE(writer->EnsureStream(orders()).has_value());
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_EQ(CommitRow(*writer, key, "1"), CommitOutcome::kCommitted);
  }
  EXPECT_EQ(CommitWhile([&] {
              fs::remove(log_path());
              fs::remove(path().string() + "-shm");
              fs::copy_file(backup, path().string() + ".new");
              fs::rename(path().string() + ".new", path());
              fs::copy_file(backup.string() + "-wal", log_path());
            }),
            CommitOutcome::kInDoubt);
  ExpectSessionIsOver();
  ExpectRecovery(3);
}

TEST_F(ReplacedFile, ACommitIntoARemovedLogIsInDoubtAndWhatTheLogHeldIsSaved) {
  EXPECT_EQ(CommitWhile([&] { fs::remove(log_path()); }), CommitOutcome::kInDoubt);
  ExpectSessionIsOver();
  session_.reset();
  ExpectRecovery(2);
}

TEST_F(ReplacedFile, AReadOnlyTransactionIsNotConfirmedByAFileThatIsGone) {
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = false};
  ASSERT_TRUE(session_->Begin().has_value());
  ASSERT_TRUE(session_->ReadLedger({&request, 1}, &rows).has_value());
  fs::remove(path());
  EXPECT_EQ(session_->Commit(), CommitOutcome::kInDoubt);
}

TEST_F(ReplacedFile, AnIdleSessionNoticesBeforeItReads) {
  fs::remove(path());
  const auto count = session_->CountProducers("orders");
  ASSERT_FALSE(count.has_value());
  EXPECT_EQ(count.error().error_class, SinkErrorClass::kConnection);
  EXPECT_FALSE(session_->IsUsable());
}

TEST_F(ReplacedFile, AFileMovedAwayAndBackIsTheSameFile) {
  const fs::path moved = path().string() + ".moved";
  EXPECT_EQ(CommitWhile([&] {
              fs::rename(path(), moved);
              fs::rename(moved, path());
            }),
            CommitOutcome::kCommitted);
  EXPECT_EQ(Rows(), 2);
}

TEST_F(ReplacedFile, ALogThatAnotherProcessReadsIsKeptOutOfTheWay) {
  PlainDatabase reader(path());
  reader.Execute("BEGIN");
  ASSERT_EQ(reader.Count("SELECT count(*) FROM orders"), 1);
  const fs::path backup = path().string() + ".backup";
  PlainDatabase(path()).Execute("VACUUM INTO '" + backup.string() + "'");
  EXPECT_EQ(CommitWhile([&] { fs::rename(backup, path()); }), CommitOutcome::kInDoubt);
  ExpectSessionIsOver();
  session_.reset();
  EXPECT_GT(fs::file_size(log_path().string() + ".replaced"), 0U);
  ExpectRecovery(1);
}

TEST_F(ReplacedFile, EverySessionOfTheOldFileIsClosedBeforeTheNewOneIsOpened) {
  const std::unique_ptr<SinkSession> idle = Connect();
  const std::unique_ptr<SinkSession> busy = Connect();
  ASSERT_TRUE(busy->Begin().has_value());
  RowsOutcome outcome;
  ASSERT_TRUE(Write(*busy, orders(), {conformance::Upsert("busy", "1")}, &outcome).has_value());
  fs::rename(path(), path().string() + ".moved");
  ExpectRecovery(0);
  EXPECT_FALSE(idle->IsUsable());
  EXPECT_FALSE(idle->CountIds("orders").has_value());
  EXPECT_EQ(busy->Commit(), CommitOutcome::kAborted);
  EXPECT_FALSE(fs::exists(log_path().string() + ".replaced"));
  EXPECT_FALSE(busy->IsUsable());
}

}  // namespace
}  // namespace oncegate::sqlite
