// Connection: one connection to the server, through libmariadb, which speaks with MariaDB and MySQL
// alike.
//
// autocommit is off: whatever runs stands in a transaction that begins by itself and ends with
// COMMIT or ROLLBACK, so that no statement is committed by accident (after a deadlock the server
// has rolled back, and the next statement would stand outside any transaction).
//
// Used by one thread at a time. Every call blocks, for no longer than the answer timeout; when that
// passes the connection counts as lost. A lost connection stays lost: there is no reconnecting.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sinks/mysql/block.h"
#include "sinks/mysql/error.h"
#include "sinks/mysql/parameters.h"
#include "sinks/mysql/query_rows.h"
#include "sinks/mysql/settings.h"

// The driver's own names for its structs.
struct st_mysql;
struct st_mysql_stmt;

namespace oncegate::mysql {

/// A column of a result, as the server describes it. Whatever changes the column of a table changes
/// this.
struct ResultColumn {
  std::string name;
  int type = 0;  // enum_field_types.
  unsigned flags = 0;
  unsigned decimals = 0;
  unsigned charset = 0;
  unsigned long length = 0;
  bool is_json = false;
  friend bool operator==(const ResultColumn&, const ResultColumn&) = default;
};

class Connection {
 public:
  /// Connects and sets up the session. Every failure is kConnection.
  static MysqlResult<std::unique_ptr<Connection>> Open(const MysqlSettings& settings);
  ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One statement as text, without values: it ends the transaction, or is followed by one that
  /// does.
  MysqlStatus Execute(const std::string& sql);
  MysqlResult<QueryRows> Execute(const Statement& statement, const Parameters& parameters);

  /// The columns of what a SELECT without values gives; its rows are thrown away.
  MysqlResult<std::vector<ResultColumn>> Describe(const std::string& select);

  /// As the server said in its last answer: something was read or written since the last COMMIT or
  /// ROLLBACK, and was not rolled back by the server.
  bool InTransaction() const;
  /// A statement with parameters changed a row since the last one as text.
  bool HasChanged() const { return has_changed_; }
  /// False once the connection is known to be lost. Notices that the server has closed it without
  /// sending anything.
  bool IsAlive();

  const std::string& database() const { return database_; }
  /// Bytes of parameters that a statement may carry.
  std::size_t statement_bytes_max() const { return statement_bytes_max_; }

 private:
  struct CloseConnection {
    void operator()(st_mysql* handle) const;
  };
  struct CloseStatement {
    void operator()(st_mysql_stmt* handle) const;
  };
  using StatementHandle = std::unique_ptr<st_mysql_stmt, CloseStatement>;

  explicit Connection(const MysqlSettings& settings);

  MysqlStatus Connect(const MysqlSettings& settings);
  MysqlStatus SetUpSession(const MysqlSettings& settings);
  MysqlStatus ReadPacketSize();
  MysqlResult<st_mysql_stmt*> Prepare(const Statement& statement);
  MysqlResult<QueryRows> ReadRows(st_mysql_stmt* handle, const std::string& columns);
  MysqlError Failure();
  MysqlError Failure(st_mysql_stmt* handle);
  MysqlError Noted(MysqlError error);
  MysqlError Lost(const std::string& message);

  // The statements stand behind the connection, and are closed before it.
  std::unique_ptr<st_mysql, CloseConnection> handle_;
  std::unordered_map<std::string, StatementHandle> prepared_;
  std::string database_;
  std::size_t statement_bytes_max_ = 0;
  bool has_changed_ = false;
  bool lost_ = false;
};

}  // namespace oncegate::mysql
