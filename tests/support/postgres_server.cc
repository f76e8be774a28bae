#include "tests/support/postgres_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
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

/// Waits for the end of its input, which comes with the end of the test however it ends; stops a
/// server that is left behind, then removes the folder.
constexpr char kJanitor[] =
    "cat > /dev/null\n"
    "pid_file=$1/data/postmaster.pid\n"
    "if [ -f \"$pid_file\" ]; then kill -QUIT \"$(head -n 1 \"$pid_file\")\"; fi\n"
    "for _ in $(seq 300); do [ -f \"$pid_file\" ] || break; sleep 0.1; done\n"
    "rm -rf \"$1\"\n";

std::filesystem::path ProgramFolder() {
  std::vector<std::filesystem::path> versions;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    if (exists(entry.path() / "bin" / "initdb")) versions.push_back(entry.path());
  }
  if (versions.empty()) throw std::runtime_error("no PostgreSQL in /usr/lib/postgresql");
  return *std::max_element(versions.begin(), versions.end()) / "bin";
}

std::uint16_t FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(descriptor);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

std::filesystem::path MakeFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "oncegate-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("can not make " + pattern);
  if (geteuid() == 0) {
    const passwd* user = getpwnam(kUser);
    if (user == nullptr || chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("can not give " + pattern + " to the user postgres");
    }
  }
  return pattern;
}

}  // namespace

PostgresServer::PostgresServer(PostgresServerOptions options)
    : options_(std::move(options)), folder_(MakeFolder()) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  janitor_ = StartChild({.arguments = {"/bin/sh", "-c", kJanitor, "janitor", folder_.string()},
                         .user = "",
                         .output_file = "",
                         .input = ends[0]});
  close(ends[0]);
  janitor_pipe_ = ends[1];
  Initialize();
  Start();
}

PostgresServer::~PostgresServer() {
  if (server_ > 0) {
    kill(server_, SIGQUIT);
    AwaitChild(server_);
  }
  close(janitor_pipe_);
  AwaitChild(janitor_);
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
