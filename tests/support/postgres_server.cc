#include "tests/support/postgres_server.h"

#include <libpq-fe.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/support/child_process.h"

namespace oncegate::test {
namespace {

constexpr char kUser[] = "postgres";
constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::milliseconds kPollInterval{10};
constexpr int kPortAttempts = 5;

std::filesystem::path ProgramFolder() {
  std::vector<std::filesystem::path> versions;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    if (exists(entry.path() / "bin" / "initdb")) versions.push_back(entry.path());
  }
  if (versions.empty()) throw std::runtime_error("no PostgreSQL in /usr/lib/postgresql");
  return *std::max_element(versions.begin(), versions.end()) / "bin";
}

}  // namespace

PostgresServer::PostgresServer(PostgresServerOptions options)
    : options_(std::move(options)),
      server_folder_(
          {.name = "pg", .user = kUser, .pid_file = "data/postmaster.pid", .signal = "QUIT"}),
      folder_(server_folder_.path()) {
  Initialize();
  Start();
}

PostgresServer::~PostgresServer() {
  if (server_ > 0) {
    kill(server_, SIGQUIT);
    AwaitChild(server_);
  }
}

void PostgresServer::Initialize() {
  const std::filesystem::path data = folder_ / "data";
  RunChild({.arguments = {ProgramFolder() / "initdb", "--pgdata=" + data.string(), "--auth=trust",
                          std::string("--username=") + kUser, "--encoding=UTF8", "--locale=C.UTF-8",
                          "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"},
            .user = kUser,
            .output_file = folder_ / "initdb.log"});
  std::ofstream settings(data / "postgresql.conf", std::ios::app);
  settings << "listen_addresses = '127.0.0.1'\n"
           << "unix_socket_directories = '" << folder_.string() << "'\n"
           << "fsync = " << (options_.fsync ? "on" : "off") << "\n";
  for (const std::string& line : options_.settings) settings << line << "\n";
}

std::string PostgresServer::Url(const std::string& database) const {
  return "postgresql://" + std::string(kUser) + "@127.0.0.1:" + std::to_string(port_) + "/" +
         database;
}

std::string PostgresServer::CreateDatabase() {
  const std::string name = "test_" + std::to_string(++databases_);
  Query("CREATE DATABASE " + name);
  return name;
}

void PostgresServer::DropDatabase(const std::string& database) {
  Query("DROP DATABASE " + database + " WITH (FORCE)");
}

std::vector<PostgresClient::Row> PostgresServer::Query(const std::string& sql,
                                                       const std::string& database) const {
  return PostgresClient(Url(database)).Query(sql);
}

std::string PostgresServer::QueryValue(const std::string& sql, const std::string& database) const {
  return PostgresClient(Url(database)).QueryValue(sql);
}

void PostgresServer::Launch() {
  server_ = StartChild({.arguments = {ProgramFolder() / "postgres", "-D",
                                      (folder_ / "data").string(), "-p", std::to_string(port_)},
                        .user = kUser,
                        .output_file = folder_ / "server.log"});
}

bool PostgresServer::AwaitReady() {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (PQping(Url().c_str()) != PQPING_OK) {
    if (waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      return false;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("PostgreSQL did not start, see " +
                               (folder_ / "server.log").string());
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

void PostgresServer::Start() {
  if (server_ > 0) return;
  const bool is_first = port_ == 0;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    // A free port may be somebody else's a moment later; the port of a restart has to stay.
    if (is_first) port_ = FreePort();
    Launch();
    if (AwaitReady()) return;
  }
  std::ifstream log(folder_ / "server.log");
  throw std::runtime_error("PostgreSQL ended at once:\n" +
                           std::string((std::istreambuf_iterator<char>(log)), {}));
}

void PostgresServer::Stop(StopMode mode) {
  if (server_ < 0) return;
  kill(server_, mode == StopMode::kFast ? SIGINT : SIGQUIT);
  AwaitChild(server_);
  server_ = -1;
}

void PostgresServer::Restart(StopMode mode) {
  Stop(mode);
  Start();
}

int PostgresServer::TerminateBackends() const {
  return std::stoi(
      QueryValue("SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS ended"));
}

void PostgresServer::SnapshotDataDir() {
  Stop(StopMode::kFast);
  const std::string data = (folder_ / "data").string();
  const std::string snapshot = (folder_ / "snapshot").string();
  const std::string log = (folder_ / "copy.log").string();
  RunChild({.arguments = {"/bin/rm", "-rf", snapshot}, .user = kUser, .output_file = log});
  RunChild({.arguments = {"/bin/cp", "-a", data, snapshot}, .user = kUser, .output_file = log});
  Start();
}

void PostgresServer::RestoreDataDir() {
  Stop(StopMode::kImmediate);
  const std::string data = (folder_ / "data").string();
  const std::string snapshot = (folder_ / "snapshot").string();
  const std::string log = (folder_ / "copy.log").string();
  RunChild({.arguments = {"/bin/rm", "-rf", data}, .user = kUser, .output_file = log});
  RunChild({.arguments = {"/bin/cp", "-a", snapshot, data}, .user = kUser, .output_file = log});
  Start();
}

}  // namespace oncegate::test
