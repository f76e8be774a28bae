// Database: one connection with everything prepared on it. The members that hold statements stand
// behind the connection, and so are destroyed before it.
#pragma once

#include <memory>

#include "sinks/sink.h"
#include "sinks/sqlite/append_table.h"
#include "sinks/sqlite/columns_table.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/dead_letters.h"
#include "sinks/sqlite/document_table.h"
#include "sinks/sqlite/ids.h"
#include "sinks/sqlite/ledger.h"

namespace oncegate::sqlite {

class Database {
 public:
  /// Opens the file, creates or checks the ledger's tables.
  static SinkResult<std::unique_ptr<Database>> Open(const ConnectionSettings& settings);

  Connection& connection() { return *connection_; }
  Ledger& ledger() { return ledger_; }
  Ids& ids() { return ids_; }
  DeadLetters& dead_letters() { return dead_letters_; }
  DocumentTables& documents() { return documents_; }
  AppendTables& appends() { return appends_; }
  ColumnsTables& columns() { return columns_; }

 private:
  explicit Database(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)),
        ledger_(*connection_),
        ids_(*connection_),
        dead_letters_(*connection_),
        documents_(*connection_),
        appends_(*connection_),
        columns_(*connection_) {}

  std::unique_ptr<Connection> connection_;
  Ledger ledger_;
  Ids ids_;
  DeadLetters dead_letters_;
  DocumentTables documents_;
  AppendTables appends_;
  ColumnsTables columns_;
};

}  // namespace oncegate::sqlite
