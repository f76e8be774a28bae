#include "sinks/sqlite/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "dedupe/types/check.h"
#include "sinks/sqlite/error.h"

namespace oncegate::sqlite {
namespace {

using std::chrono::steady_clock;

// Behind another writer, whose transactions take milliseconds: often enough to waste little of
// them.
constexpr std::chrono::microseconds kBusySleepMin{100};
constexpr std::chrono::microseconds kBusySleepMax{5'000};

// Pages of 4 KiB. Checkpoints cost less the more writes of one page they merge; 16 MiB of log are
// read back in well under a second after a crash.
constexpr int kCheckpointPages = 4'000;
constexpr int kCacheKib = 65'536;

}  // namespace

Connection::Connection(const ConnectionSettings& settings)
    : path_(settings.path), busy_wait_{settings.busy_timeout, {}} {}

Connection::~Connection() {
  if (database_ == nullptr) return;
  PrepareClose();
  begin_ = Statement();
  commit_ = Statement();
  rollback_ = Statement();
  CHECK(sqlite3_close(database_) == SQLITE_OK);
}

SinkResult<std::unique_ptr<Connection>> Connection::Open(const ConnectionSettings& settings) {
  std::unique_ptr<Connection> connection(new Connection(settings));
  const int code = sqlite3_open_v2(
      settings.path.c_str(), &connection->database_,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  if (code != SQLITE_OK) return connection->Fail(code, "opening it");
  if (SinkStatus configured = connection->Configure(); !configured) return configured.error();
  if (SinkStatus remembered = connection->RememberFiles(); !remembered) return remembered.error();
  return connection;
}

SinkStatus Connection::Configure() {
  sqlite3_busy_handler(database_, &Connection::OnBusy, &busy_wait_);
  if (sqlite3_db_readonly(database_, "main") == 1) {
    return Fail(SQLITE_READONLY, "opening it for writing");
  }
  SinkResult<std::string> encoding = QueryText("PRAGMA encoding");
  if (!encoding) return encoding.error();
  if (*encoding != "UTF-8") {
    return Refuse(SinkErrorClass::kRefused, "its encoding is " + *encoding +
                                                ", where keys have no byte order; use a UTF-8 one");
  }
  SinkResult<std::string> journal = QueryText("PRAGMA journal_mode = WAL");
  if (!journal) return journal.error();
  if (*journal != "wal") {
    return Refuse(SinkErrorClass::kRefused, "it can not use write-ahead logging (journal mode is " +
                                                *journal + "); use a local file system");
  }
  // The outer durability of a commit rests on FULL: NORMAL loses commits on power loss.
  SinkStatus configured = Execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF;"
      "PRAGMA wal_autocheckpoint = " +
          std::to_string(kCheckpointPages) + "; PRAGMA cache_size = -" + std::to_string(kCacheKib),
      "configuring it");
  if (!configured) return configured;
  for (const auto& [statement, sql] :
       {std::pair<Statement*, const char*>{&begin_, "BEGIN IMMEDIATE"},
        {&commit_, "COMMIT"},
        {&rollback_, "ROLLBACK"}}) {
    SinkResult<Statement> prepared = Prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return {};
}

SinkStatus Connection::RememberFiles() {
  // A read opens the log, so that it has an identity.
  if (SinkResult<std::string> read = QueryText("SELECT count(*) FROM sqlite_schema"); !read) {
    return read.error();
  }
  files_ = FilesAt(path_);
  int moved = 1;
  const int code = sqlite3_file_control(database_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (code != SQLITE_OK) return Fail(code, "looking at its file");
  if (moved != 0 || !files_.database || !files_.log) {
    usable_ = false;
    return Refuse(SinkErrorClass::kConnection, "its files were replaced while it was opened");
  }
  return {};
}

SinkResult<std::string> Connection::QueryText(const char* sql) {
  SinkResult<Statement> statement = Prepare(sql);
  if (!statement) return statement.error();
  if (const int code = statement->Step(); code != SQLITE_ROW) return Fail(code, sql);
  return std::string(statement->Text(0));
}

int Connection::OnBusy(void* wait, int attempt) {
  auto& busy_wait = *static_cast<BusyWait*>(wait);
  const auto now = steady_clock::now();
  if (attempt == 0) busy_wait.deadline = now + busy_wait.timeout;
  if (now >= busy_wait.deadline) return 0;
  std::this_thread::sleep_for(std::min(kBusySleepMin * (attempt + 1), kBusySleepMax));
  return 1;
}

int Connection::TryPrepare(std::string_view sql, Statement* statement) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  *statement = Statement(prepared);
  return code;
}

SinkResult<Statement> Connection::Prepare(std::string_view sql) {
  Statement statement;
  const int code = TryPrepare(sql, &statement);
  if (code != SQLITE_OK) return Fail(code, "preparing a statement");
  return statement;
}

SinkResult<Statement> Connection::PrepareForStream(std::string_view sql) {
  Statement statement;
  const int code = TryPrepare(sql, &statement);
  if (code == SQLITE_OK) return statement;
  if (code != SQLITE_ERROR) return Fail(code, "preparing a statement");
  SinkError error = Refuse(SinkErrorClass::kStream, MessageOf(code));
  error.sqlstate = CodeName(code);
  return error;
}

SinkStatus Connection::Execute(const std::string& sql, std::string_view doing) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Fail(code, doing);
  return {};
}

SinkError Connection::Fail(int code, std::string_view doing) {
  if (EndsSession(code)) usable_ = false;
  SinkError error =
      Refuse(ClassOf(code), std::string(doing) + ": " + MessageOf(code) + ", " + CodeName(code));
  error.sqlstate = CodeName(code);
  return error;
}

SinkError Connection::Refuse(SinkErrorClass error_class, const std::string& message) const {
  return {error_class, "SQLite database " + path_.string() + ": " + message, ""};
}

SinkStatus Connection::Begin() {
  CHECK(!InTransaction());
  if (SinkStatus checked = CheckFiles(); !checked) return checked;
  const StatementRun run(begin_);
  if (const int code = begin_.Step(); code != SQLITE_DONE)
    return Fail(code, "taking the write lock");
  return {};
}

CommitOutcome Connection::Commit() {
  if (!InTransaction()) return CommitOutcome::kAborted;
  const StatementRun run(commit_);
  const int code = commit_.Step();
  if (code == SQLITE_DONE) {
    return CheckFiles() ? CommitOutcome::kCommitted : CommitOutcome::kInDoubt;
  }
  // Refused before anything was written. Any other error may have left the commit in the log, where
  // the recovery after a crash would find it.
  if (ClassOf(code) == SinkErrorClass::kRestart) {
    Rollback();
    return CommitOutcome::kAborted;
  }
  usable_ = false;
  return CommitOutcome::kInDoubt;
}

void Connection::Rollback() {
  if (!InTransaction()) return;
  const StatementRun run(rollback_);
  if (rollback_.Step() != SQLITE_DONE) usable_ = false;
}

bool Connection::InTransaction() const { return sqlite3_get_autocommit(database_) == 0; }

std::int64_t Connection::ChangedRows() const { return sqlite3_changes64(database_); }

std::string Connection::MessageOf(int code) const {
  return sqlite3_extended_errcode(database_) == code ? sqlite3_errmsg(database_)
                                                     : sqlite3_errstr(code);
}

SinkStatus Connection::CheckFiles() {
  if (FilesAt(path_) == files_) return {};
  usable_ = false;
  return Refuse(SinkErrorClass::kConnection,
                "the file was replaced or removed while it was open; what the path names now is "
                "opened next");
}

/// Closing moves the log into the database and removes it by name, but not once the database was
/// moved: then the log would stay, and be taken for that of the file that stands at the path now.
void Connection::PrepareClose() {
  Rollback();
  const DatabaseFiles now = FilesAt(path_);
  if (!files_.log || now == files_) return;
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // A log that came with a replacement is not ours to touch.
  if (now.log && now.log != files_.log) return;
  sqlite3_busy_handler(database_, nullptr, nullptr);
  const int code =
      sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code == SQLITE_OK || !now.log || now.database == files_.database) return;
  // Another process still reads the log. It is kept for the file it belongs to, out of the way.
  std::error_code ignored;
  std::filesystem::rename(LogOf(path_), LogOf(path_).string() + ".replaced", ignored);
}

}  // namespace oncegate::sqlite
