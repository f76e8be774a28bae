#include "tests/support/kafka_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "tests/support/child_process.h"

namespace oncegate::test {
namespace {

constexpr char kVersion[] = "kafka-3.9.1";
constexpr char kJava[] = "/usr/bin/java";
constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::milliseconds kPollInterval{20};

std::filesystem::path CacheFolder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return std::filesystem::path(cache) / "oncegate" / kVersion;
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "/tmp" : home) / ".cache" / "oncegate" / kVersion;
}

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool Answers(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool answers =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(descriptor);
  return answers;
}

}  // namespace

std::string KafkaServer::WhyMissing() {
  static const std::string reason = []() -> std::string {
    if (access(kJava, X_OK) != 0) {
      return "there is no /usr/bin/java (package default-jre-headless)";
    }
    const std::filesystem::path log = std::filesystem::temp_directory_path() /
                                      ("oncegate-kafka-fetch-" + std::to_string(getpid()));
    std::string why_not;
    try {
      RunChild({.arguments = {KAFKA_FETCH_SCRIPT, CacheFolder().string()},
                .user = "",
                .output_file = log.string()});
    } catch (const std::runtime_error& error) {
      why_not = std::string("a broker can not be had from Maven Central: ") + error.what();
    }
    std::filesystem::remove(log);
    return why_not;
  }();
  return reason;
}

KafkaServer::KafkaServer()
    : folder_({.name = "kafka", .user = "root", .pid_file = "pid", .signal = "KILL"}) {
  if (const std::string reason = WhyMissing(); !reason.empty()) throw std::runtime_error(reason);
  WriteProperties();
  std::vector<std::string> format = Java("kafka.tools.StorageTool");
  for (const char* argument : {"format", "-t", "b25jZWdhdGUtdGVzdHMtMQ", "-c"}) {
    format.emplace_back(argument);
  }
  format.push_back((folder_.path() / "server.properties").string());
  RunChild(
      {.arguments = format, .user = "", .output_file = (folder_.path() / "format.log").string()});
  Start();
}

KafkaServer::~KafkaServer() { Kill(); }

std::vector<std::string> KafkaServer::Java(const std::string& main_class) const {
  return {kJava,
          "-Xmx512m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-cp",
          (CacheFolder() / "*").string(),
          main_class};
}

void KafkaServer::WriteProperties() const {
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  const std::string controller = "127.0.0.1:" + std::to_string(controller_port_);
  std::ofstream(folder_.path() / "server.properties")
      << "process.roles=broker,controller\n"
      << "node.id=1\n"
      << "controller.quorum.voters=1@" << controller << "\n"
      << "listeners=PLAINTEXT://" << address << ",CONTROLLER://" << controller << "\n"
      << "advertised.listeners=PLAINTEXT://" << address << "\n"
      << "controller.listener.names=CONTROLLER\n"
      << "log.dirs=" << (folder_.path() / "data").string()
      << "\n"
      // A broker that crashed may come back at once.
      << "broker.session.timeout.ms=1000\n"
      << "broker.heartbeat.interval.ms=200\n"
      << "auto.create.topics.enable=false\n"
      << "offsets.topic.replication.factor=1\n"
      << "offsets.topic.num.partitions=1\n"
      << "transaction.state.log.replication.factor=1\n"
      << "transaction.state.log.min.isr=1\n"
      << "transaction.state.log.num.partitions=3\n"
      << "transaction.abort.timed.out.transaction.cleanup.interval.ms=500\n";
}

void KafkaServer::AwaitReady() {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (!Answers(port_)) {
    if (waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      std::ifstream log(folder_.path() / "server.log");
      throw std::runtime_error("Kafka ended at once:\n" +
                               std::string((std::istreambuf_iterator<char>(log)), {}));
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("Kafka did not start, see " +
                               (folder_.path() / "server.log").string());
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

void KafkaServer::Start() {
  if (server_ > 0) return;
  std::vector<std::string> command = Java("kafka.Kafka");
  command.push_back((folder_.path() / "server.properties").string());
  server_ = StartChild(
      {.arguments = command, .user = "", .output_file = (folder_.path() / "server.log").string()});
  std::ofstream(folder_.path() / "pid") << server_;
  AwaitReady();
}

void KafkaServer::Kill() {
  if (server_ < 0) return;
  kill(server_, SIGKILL);
  AwaitChild(server_);
  std::filesystem::remove(folder_.path() / "pid");
  server_ = -1;
}

void KafkaServer::Suspend() { kill(server_, SIGSTOP); }

void KafkaServer::Resume() { kill(server_, SIGCONT); }

}  // namespace oncegate::test
