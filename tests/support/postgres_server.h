// PostgresServer: a throwaway PostgreSQL for tests, in a temporary folder, on a free port of
// 127.0.0.1 and a socket in its folder; everybody may log in (trust). Its files are gone after the
// destructor, and also after the test program died in any way.
//
// Text of its default collation is compared by the rules of a language (ICU), not by bytes, so that
// a statement that forgets COLLATE "C" shows.
//
// Used by one thread at a time, except Url, Query and TerminateBackends, which are thread-safe
// while the server runs. Every failure throws std::runtime_error.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/postgres_client.h"
#include "tests/support/server_folder.h"

namespace oncegate::test {

struct PostgresServerOptions {
  /// False: commits are not flushed to disk. Never for a test whose subject is durability.
  bool fsync = true;
  /// Lines of postgresql.conf, e.g. "max_connections = 200".
  std::vector<std::string> settings;
};

enum class StopMode : std::uint8_t {
  kFast,       // Transactions are rolled back, what is committed is written out.
  kImmediate,  // As after a crash: recovery at the next start.
};

class PostgresServer {
 public:
  /// Makes the data folder and starts the server.
  explicit PostgresServer(PostgresServerOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// postgresql://postgres@127.0.0.1:PORT/DATABASE, the same after a restart.
  std::string Url(const std::string& database = "postgres") const;
  std::uint16_t port() const { return port_; }

  /// Makes an empty database with a name that was not used before, and gives the name.
  std::string CreateDatabase();
  void DropDatabase(const std::string& database);

  /// Runs SQL on a connection of its own, several commands as one transaction; gives the rows of
  /// the last one.
  std::vector<PostgresClient::Row> Query(const std::string& sql,
                                         const std::string& database = "postgres") const;
  std::string QueryValue(const std::string& sql, const std::string& database = "postgres") const;

  void Stop(StopMode mode = StopMode::kFast);
  /// Returns once connections are accepted.
  void Start();
  void Restart(StopMode mode = StopMode::kFast);
  /// Ends the sessions of all other clients; gives their number.
  int TerminateBackends() const;

  /// Keeps a copy of all data as it is now (stops and starts the server).
  void SnapshotDataDir();
  /// Brings the data of the last snapshot back, as restoring a backup does.
  void RestoreDataDir();

 private:
  void Initialize();
  void Launch();
  bool AwaitReady();

  PostgresServerOptions options_;
  ServerFolder server_folder_;
  const std::filesystem::path& folder_;
  std::uint16_t port_ = 0;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace oncegate::test
