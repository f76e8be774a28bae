#include "tests/support/mariadb_server.h"

#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/support/child_process.h"

namespace oncegate::test {
namespace {

constexpr char kSystemUser[] = "mysql";
constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::milliseconds kPollInterval{10};
constexpr int kPortAttempts = 5;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

MariadbServer::MariadbServer(MariadbServerOptions options)
    : options_(std::move(options)),
      folder_(
          {.name = "mariadb", .user = kSystemUser, .pid_file = "server.pid", .signal = "KILL"}) {
  Initialize();
  Start();
}

MariadbServer::~MariadbServer() { Crash(); }

void MariadbServer::Initialize() {
  const std::string data = (folder_.path() / "data").string();
  RunChild({.arguments = {"/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + data,
                          "--skip-test-db", "--auth-root-authentication-method=normal",
                          "--innodb-flush-method=nosync", "--innodb-log-file-size=16M"},
            .user = kSystemUser,
            .output_file = folder_.path() / "install.log"});
  std::ofstream(folder_.path() / "init.sql")
      << "CREATE USER IF NOT EXISTS '" << kMariadbUser << "'@'%';\n"
      << "GRANT ALL ON *.* TO '" << kMariadbUser << "'@'%' WITH GRANT OPTION;\n";
}

std::string MariadbServer::Url(const std::string& database) const {
  return "mysql://" + std::string(kMariadbUser) + "@127.0.0.1:" + std::to_string(port_) + "/" +
         database;
}

std::string MariadbServer::CreateDatabase() {
  const std::string name = "test_" + std::to_string(++databases_);
  Query("CREATE DATABASE " + name);
  return name;
}

void MariadbServer::DropDatabase(const std::string& database) {
  Query("DROP DATABASE " + database);
}

std::vector<MariadbClient::Row> MariadbServer::Query(const std::string& sql,
                                                     const std::string& database) const {
  return MariadbClient(port_, database).Query(sql);
}

void MariadbServer::Launch() {
  const auto in_folder = [this](const char* name) { return (folder_.path() / name).string(); };
  std::vector<std::string> arguments{"/usr/sbin/mariadbd",
                                     "--no-defaults",
                                     "--datadir=" + in_folder("data"),
                                     "--socket=" + in_folder("socket"),
                                     "--pid-file=" + PidFile().string(),
                                     "--init-file=" + in_folder("init.sql"),
                                     "--bind-address=127.0.0.1",
                                     "--port=" + std::to_string(port_),
                                     "--skip-name-resolve",
                                     "--innodb-buffer-pool-size=128M",
                                     "--innodb-log-file-size=96M",
                                     "--default-storage-engine=MyISAM",
                                     "--character-set-server=latin1",
                                     "--sql-mode="};
  if (!options_.fsync) arguments.emplace_back("--innodb-flush-method=nosync");
  arguments.insert(arguments.end(), options_.options.begin(), options_.options.end());
  server_ = StartChild({.arguments = std::move(arguments),
                        .user = kSystemUser,
                        .output_file = in_folder("server.log")});
}

bool MariadbServer::AwaitReady() {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  for (;;) {
    try {
      MariadbClient(port_, "");
      return true;
    } catch (const std::runtime_error&) {
      // Not yet.
    }
    if (waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      return false;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("MariaDB did not start:\n" + ReadAll(folder_.path() / "server.log"));
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

void MariadbServer::Start() {
  if (server_ > 0) return;
  const bool is_first = port_ == 0;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    // A free port may be somebody else's a moment later; the port of a restart has to stay.
    if (is_first) port_ = FreePort();
    Launch();
    if (AwaitReady()) return;
  }
  throw std::runtime_error("MariaDB ended at once:\n" + ReadAll(folder_.path() / "server.log"));
}

void MariadbServer::Replace(const char* copy, const char* original) {
  const std::string log = (folder_.path() / "copy.log").string();
  const std::string to = (folder_.path() / copy).string();
  const std::string from = (folder_.path() / original).string();
  RunChild({.arguments = {"/bin/rm", "-rf", to}, .user = kSystemUser, .output_file = log});
  RunChild({.arguments = {"/bin/cp", "-a", from, to}, .user = kSystemUser, .output_file = log});
}

void MariadbServer::SnapshotDataDir() {
  Stop();
  Replace("snapshot", "data");
  Start();
}

void MariadbServer::RestoreDataDir() {
  Crash();
  Replace("data", "snapshot");
  Start();
}

void MariadbServer::End(int signal) {
  if (server_ < 0) return;
  kill(server_, signal);
  AwaitChild(server_);
  server_ = -1;
  // Only a server that was asked removes it.
  std::filesystem::remove(PidFile());
}

}  // namespace oncegate::test
