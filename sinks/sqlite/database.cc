#include "sinks/sqlite/database.h"

#include <utility>

#include "sinks/sqlite/schema.h"

namespace oncegate::sqlite {

SinkResult<std::unique_ptr<Database>> Database::Open(const ConnectionSettings& settings) {
  SinkResult<std::unique_ptr<Connection>> connection = Connection::Open(settings);
  if (!connection) return connection.error();
  if (SinkStatus ready = EnsureLedgerTables(**connection); !ready) return ready.error();
  std::unique_ptr<Database> database(new Database(std::move(*connection)));
  if (SinkStatus prepared = database->ledger_.Prepare(); !prepared) return prepared.error();
  if (SinkStatus prepared = database->ids_.Prepare(); !prepared) return prepared.error();
  if (SinkStatus prepared = database->dead_letters_.Prepare(); !prepared) return prepared.error();
  return database;
}

}  // namespace oncegate::sqlite
