#include "server/load/paced_load.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace oncegate {
namespace {

using std::chrono::milliseconds;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kRefused =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";

/// Answers requests of one connection, and stands still once, before the first answer.
class Server {
 public:
  Server(milliseconds pause, std::vector<std::string> answers)
      : answers_(std::move(answers)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 1) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no listener");
    }
    port_ = std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this, pause] { Serve(pause); });
  }
  ~Server() {
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }

  const std::string& port() const { return port_; }
  /// The bodies that arrived, in order; after the client has gone.
  std::vector<std::string> Join() {
    thread_.join();
    return requests_;
  }

 private:
  void Serve(milliseconds pause) {
    const int client = accept(listener_, nullptr, nullptr);
    char buffer[256];
    for (;;) {
      const ssize_t got = recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      if (requests_.empty()) std::this_thread::sleep_for(pause);
      requests_.emplace_back(buffer, static_cast<std::size_t>(got));
      const std::string& answer = answers_[std::min(requests_.size(), answers_.size()) - 1];
      if (send(client, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    close(client);
  }

  const std::vector<std::string> answers_;
  const int listener_;
  std::string port_;
  std::vector<std::string> requests_;  // Of thread_ until it is joined.
  std::thread thread_;
};

PacedResult Send(const Server& server, double rate, milliseconds duration) {
  int next = 0;
  return RunPacedLoad({"127.0.0.1", server.port(), 1, rate, duration},
                      [&next](std::uint32_t, std::string* out) {
                        *out = std::to_string(next++);
                        return true;
                      });
}

TEST(PacedLoad, ChargesAPauseToEverythingThatWasDueMeanwhile) {
  Server server(milliseconds(300), {kOk});
  const PacedResult result = Send(server, 100, milliseconds(1000));
  // 30 requests were due in the pause; what was due in its first 200 ms waited 100 ms and more.
  const auto waited = std::count_if(result.latencies_ms.begin(), result.latencies_ms.end(),
                                    [](double latency_ms) { return latency_ms >= 100; });
  EXPECT_GE(waited, 20);
  EXPECT_EQ(result.settled, result.sent);
}

TEST(PacedLoad, SendsARefusedRequestAgainUnchanged) {
  Server server(milliseconds(0), {kRefused, kRefused, kOk});
  const PacedResult result = Send(server, 100, milliseconds(300));
  const std::vector<std::string> requests = server.Join();
  ASSERT_GE(requests.size(), 4U);
  EXPECT_EQ(std::vector<std::string>(requests.begin(), requests.begin() + 4),
            (std::vector<std::string>{"0", "0", "0", "1"}));
  EXPECT_EQ(result.refused, 2U);
  EXPECT_EQ(result.refused_without_retry_after, 0U);
  EXPECT_EQ(result.settled + result.refused, result.sent);
}

}  // namespace
}  // namespace oncegate
