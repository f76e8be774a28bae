// MariadbServer: a throwaway MariaDB for tests, in a temporary folder, on a free port of 127.0.0.1;
// its only user needs no password. Its files are gone after the destructor, and also after the test
// program died in any way.
//
// Its defaults are such that what forgets to say otherwise shows: text is latin1, REPEATABLE READ,
// not strict, MyISAM.
//
// Used by one thread at a time, except Url and Query, which are thread-safe while the server runs.
// Every failure throws std::runtime_error.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/mariadb_client.h"
#include "tests/support/server_folder.h"

namespace oncegate::test {

inline constexpr char kMariadbUser[] = "tester";

struct MariadbServerOptions {
  /// False: commits are not flushed to disk. Never for a test whose subject is durability.
  bool fsync = true;
  /// Further options of mariadbd, e.g. "--max-connections=200".
  std::vector<std::string> options;
};

class MariadbServer {
 public:
  /// Makes the data folder and starts the server.
  explicit MariadbServer(MariadbServerOptions options = {});
  ~MariadbServer();
  MariadbServer(const MariadbServer&) = delete;
  MariadbServer& operator=(const MariadbServer&) = delete;

  /// mysql://tester@127.0.0.1:PORT/DATABASE, the same after a restart.
  std::string Url(const std::string& database) const;
  std::uint16_t port() const { return port_; }
  /// -1 while it is stopped.
  pid_t process() const { return server_; }

  /// Makes an empty database with a name that was not used before, and gives the name.
  std::string CreateDatabase();
  void DropDatabase(const std::string& database);

  /// Runs one statement on a connection of its own.
  std::vector<MariadbClient::Row> Query(const std::string& sql,
                                        const std::string& database = "") const;

  /// Transactions are rolled back, what is committed is written out.
  void Stop() { End(SIGTERM); }
  /// SIGKILL: recovery at the next start.
  void Crash() { End(SIGKILL); }
  /// Returns once connections are accepted.
  void Start();

  /// Keeps a copy of all data as it is now (stops and starts the server).
  void SnapshotDataDir();
  /// Brings the data of the last snapshot back, as restoring a backup does.
  void RestoreDataDir();

 private:
  void Initialize();
  void Launch();
  bool AwaitReady();
  void End(int signal);
  /// Puts a copy of one folder in the place of another.
  void Replace(const char* copy, const char* original);
  std::filesystem::path PidFile() const { return folder_.path() / "server.pid"; }

  MariadbServerOptions options_;
  ServerFolder folder_;
  std::uint16_t port_ = 0;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace oncegate::test
