// Connection: one SQLite connection in WAL mode with synchronous = FULL, its transactions, and the
// watch over the file behind its path. One thread at a time; every call blocks for no longer than
// the busy timeout and the disk.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sinks/sink.h"
#include "sinks/sqlite/file_identity.h"
#include "sinks/sqlite/statement.h"

struct sqlite3;

namespace oncegate::sqlite {

struct ConnectionSettings {
  std::filesystem::path path;
  std::chrono::milliseconds busy_timeout{};
};

class Connection {
 public:
  /// Opens or creates the database. kRefused for one that can never serve (not UTF-8, no WAL).
  static SinkResult<std::unique_ptr<Connection>> Open(const ConnectionSettings& settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SinkResult<Statement> Prepare(std::string_view sql);
  /// For statements over a table that belongs to its stream: SQLITE_ERROR (no such table, no such
  /// column) is kStream and does not end the session.
  SinkResult<Statement> PrepareForStream(std::string_view sql);
  /// Runs statements that give no rows. `doing` completes "while …" in the message.
  SinkStatus Execute(const std::string& sql, std::string_view doing);
  /// The error of the call that just failed with `code`; ends the session where it has to.
  SinkError Fail(int code, std::string_view doing);
  /// An error of our own making that carries the path.
  SinkError Refuse(SinkErrorClass error_class, const std::string& message) const;

  /// Takes the write lock (BEGIN IMMEDIATE).
  SinkStatus Begin();
  /// kCommitted only if, after COMMIT, the path still names the files that took it.
  CommitOutcome Commit();
  void Rollback();
  bool InTransaction() const;

  /// Rows that the last INSERT, UPDATE or DELETE changed, without those of triggers.
  std::int64_t ChangedRows() const;
  /// SQLite's words on the call that just failed with `code`.
  std::string MessageOf(int code) const;

  bool IsUsable() const { return usable_; }
  /// Fails, and ends the session, once the path no longer names the files that are open.
  SinkStatus CheckFiles();
  const DatabaseFiles& files() const { return files_; }

 private:
  struct BusyWait {
    std::chrono::milliseconds timeout{};
    std::chrono::steady_clock::time_point deadline;
  };

  explicit Connection(const ConnectionSettings& settings);
  int TryPrepare(std::string_view sql, Statement* statement);
  static int OnBusy(void* wait, int attempt);
  SinkStatus Configure();
  SinkStatus RememberFiles();
  SinkResult<std::string> QueryText(const char* sql);
  void PrepareClose();

  std::filesystem::path path_;
  BusyWait busy_wait_;
  sqlite3* database_ = nullptr;
  DatabaseFiles files_;
  bool usable_ = true;
  Statement begin_;
  Statement commit_;
  Statement rollback_;
};

/// Runs `work` in a transaction of its own: SinkStatus work().
template <typename Work>
SinkStatus InTransaction(Connection& connection, Work work) {
  if (SinkStatus begun = connection.Begin(); !begun) return begun;
  if (SinkStatus done = work(); !done) {
    connection.Rollback();
    return done;
  }
  switch (connection.Commit()) {
    case CommitOutcome::kCommitted:
      return {};
    case CommitOutcome::kAborted:
      return connection.Refuse(SinkErrorClass::kRestart, "the transaction was rolled back");
    case CommitOutcome::kInDoubt:
      break;
  }
  return connection.Refuse(SinkErrorClass::kConnection, "the outcome of COMMIT is unknown");
}

}  // namespace oncegate::sqlite
