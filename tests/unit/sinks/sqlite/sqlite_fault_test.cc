// Faults of the database as a whole: none of them is taken for a fault of a row.
#include <sys/fsuid.h>
#include <unistd.h>

#include <fstream>

#include "sinks/sqlite/session.h"
#include "tests/unit/sinks/sqlite/sqlite_session_test.h"

namespace oncegate::sqlite {
namespace {

namespace fs = std::filesystem;

using SqliteFault = SqliteSessionTest;

/// A session whose connection the test may reach.
class OpenDatabase : public SqliteFault {
 protected:
  void SetUp() override {
    auto slot = sessions_.Open({.path = path(), .busy_timeout = std::chrono::milliseconds(100)});
    ASSERT_TRUE(slot.has_value());
    slot_ = *slot;
    session_ = std::make_unique<SqliteSession>(slot_);
    ASSERT_TRUE(session_->EnsureStream(orders()).has_value());
  }

  void Execute(const std::string& sql) {
    ASSERT_TRUE(slot_->database->connection().Execute(sql, "testing").has_value());
  }

  OpenSessions sessions_;
  std::shared_ptr<SessionSlot> slot_;
  std::unique_ptr<SqliteSession> session_;
};

TEST_F(OpenDatabase, AFullDatabasePausesTheLaneAndGoesOnWhenThereIsRoom) {
  Execute("PRAGMA max_page_count = 20");
  const std::string large = "\"" + std::string(100'000, 'x') + "\"";
  RowsOutcome outcome;
  ASSERT_TRUE(session_->Begin().has_value());
  const SinkStatus written =
      Write(*session_, orders(), {conformance::Upsert("a", "1"), conformance::Upsert("b", large)},
            &outcome);
  session_->Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kConnection) << written.error().message;
  EXPECT_EQ(written.error().sqlstate, "SQLITE_FULL");
  EXPECT_TRUE(outcome.bad.empty());
  EXPECT_TRUE(session_->IsUsable());
  EXPECT_EQ(Rows(), 0);
  Execute("PRAGMA max_page_count = 1000000");
  EXPECT_EQ(CommitRow(*session_, "b", large), CommitOutcome::kCommitted);
}

TEST_F(OpenDatabase, AnotherWriterMakesTheGroupStartAgain) {
  PlainDatabase other(path());
  other.Execute("BEGIN IMMEDIATE");
  const SinkStatus begun = session_->Begin();
  ASSERT_FALSE(begun.has_value());
  EXPECT_EQ(begun.error().error_class, SinkErrorClass::kRestart) << begun.error().message;
  EXPECT_TRUE(session_->IsUsable());
  session_->Rollback();
  EXPECT_FALSE(session_->Ping().has_value());
  other.Execute("COMMIT");
  EXPECT_TRUE(session_->Ping().has_value());
  EXPECT_EQ(CommitRow(*session_, "k", "1"), CommitOutcome::kCommitted);
}

TEST_F(OpenDatabase, AnOpenReaderDoesNotHoldUpCommits) {
  PlainDatabase reader(path());
  reader.Execute("BEGIN");
  EXPECT_EQ(reader.Count("SELECT count(*) FROM orders"), 0);
  EXPECT_EQ(CommitRow(*session_, "k", "1"), CommitOutcome::kCommitted);
  EXPECT_EQ(reader.Count("SELECT count(*) FROM orders"), 0);
  reader.Execute("COMMIT");
  EXPECT_EQ(reader.Count("SELECT count(*) FROM orders"), 1);
}

TEST_F(OpenDatabase, AfterARollbackNothingRunsOutsideATransaction) {
  ASSERT_TRUE(session_->Begin().has_value());
  session_->Rollback();
  std::vector<std::uint32_t> lost;
  const SinkStatus written =
      conformance::WriteMarksOn(*session_, {{.token = conformance::TokenOf(1)}}, kNow, &lost);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kRestart);
  EXPECT_EQ(session_->Commit(), CommitOutcome::kAborted);
}

TEST_F(OpenDatabase, ADroppedLedgerEndsTheSessionAndTheNextOneFindsAnEmptyLedger) {
  PlainDatabase(path()).Execute("DROP TABLE oncegate_ledger");
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(session_->Begin().has_value());
  const SinkStatus read = session_->ReadLedger({&request, 1}, &rows);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().error_class, SinkErrorClass::kConnection);
  session_->Rollback();
  EXPECT_FALSE(session_->IsUsable());
  const std::unique_ptr<SinkSession> next = Connect();
  EXPECT_EQ(next->CountProducers("orders").value(), 0U);
  EXPECT_TRUE(next->EnsureStream(orders()).has_value());
}

TEST_F(OpenDatabase, ADamagedTokenStopsTheStreamAndIsNotTakenForAState) {
  PlainDatabase(path()).Execute(
      "INSERT INTO oncegate_ledger VALUES ('orders', 'p', 0, x'00', x'0102', 0)");
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {"orders", "p"}, .lock = true};
  ASSERT_TRUE(session_->Begin().has_value());
  const SinkStatus read = session_->ReadLedger({&request, 1}, &rows);
  session_->Rollback();
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().error_class, SinkErrorClass::kStream);
}

void ExpectConnectFails(Sink& sink, SinkErrorClass error_class, const std::string& mention) {
  const auto session = sink.Connect();
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().error_class, error_class) << session.error().message;
  EXPECT_NE(session.error().message.find(mention), std::string::npos) << session.error().message;
}

TEST_F(SqliteFault, ANewerLedgerIsRefusedByItsVersion) {
  Connect().reset();
  PlainDatabase(path()).Execute(
      "UPDATE oncegate_schema SET value = '2' WHERE name = 'schema_version'");
  ExpectConnectFails(sink(), SinkErrorClass::kRefused, "schema_version 2");
  PlainDatabase(path()).Execute(
      "UPDATE oncegate_schema SET value = '1' WHERE name = 'schema_version'");
  EXPECT_NE(Connect(), nullptr);
}

TEST_F(SqliteFault, ACatalogueEntryOfANewerVersionIsNamed) {
  const std::unique_ptr<SinkSession> session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  PlainDatabase(path()).Execute(
      "UPDATE oncegate_schema SET value = json_set(value, '$.dedupe', 'psychic')"
      " WHERE name = 'stream:orders'");
  const auto streams = session->ListStreams();
  ASSERT_FALSE(streams.has_value());
  EXPECT_EQ(streams.error().error_class, SinkErrorClass::kRefused);
  EXPECT_NE(streams.error().message.find("psychic"), std::string::npos);
}

TEST_F(SqliteFault, AFileThatIsNoDatabaseIsLeftAsItIs) {
  std::ofstream(path()) << std::string(5000, 'x');
  ExpectConnectFails(sink(), SinkErrorClass::kConnection, "SQLITE_NOTADB");
  EXPECT_EQ(fs::file_size(path()), 5000U);
}

TEST_F(SqliteFault, ADatabaseWithoutByteOrderIsRefused) {
  PlainDatabase(path()).Execute("PRAGMA encoding = 'UTF-16le'; CREATE TABLE a (b)");
  ExpectConnectFails(sink(), SinkErrorClass::kRefused, "UTF-16le");
}

TEST_F(SqliteFault, AMissingFolderIsAnErrorOfTheConnectionThatNamesThePath) {
  fs::remove_all(path().parent_path());
  ExpectConnectFails(sink(), SinkErrorClass::kConnection, path().string());
  fs::create_directories(path().parent_path());
  EXPECT_NE(Connect(), nullptr);
}

TEST_F(SqliteFault, AReadOnlyFileIsAnErrorOfTheConnection) {
  Connect().reset();
  fs::permissions(path(), fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  fs::permissions(path().parent_path(), fs::perms::all);
  // Root may write to any file; nobody may not. The file system identity is the thread's own.
  const int own_identity = ::setfsuid(::geteuid() == 0 ? 65534 : ::geteuid());
  ExpectConnectFails(sink(), SinkErrorClass::kConnection, "SQLITE_READONLY");
  ::setfsuid(static_cast<uid_t>(own_identity));
  fs::permissions(path(), fs::perms::owner_all);
  EXPECT_NE(Connect(), nullptr);
}

TEST_F(SqliteFault, AnExistingDatabaseOfSomebodyElseGetsTheLedgerBesideItsTables) {
  PlainDatabase(path()).Execute("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
  EXPECT_TRUE(Connect()->EnsureStream(orders()).has_value());
  EXPECT_EQ(PlainDatabase(path()).Count("SELECT count(*) FROM theirs"), 1);
}

}  // namespace
}  // namespace oncegate::sqlite
