// HTTP connections: keep-alive connections to one address, each with at most one request under way,
// driven by epoll on the calling thread. Failures throw std::runtime_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace oncegate {

/// How long an answer may take before a load gives up.
inline constexpr std::chrono::seconds kAnswerTimeout{30};

struct LoadAnswer {
  int status = 0;
  bool has_retry_after = false;
};

class HttpConnections {
 public:
  using OnAnswer = std::function<void(std::uint32_t connection, const LoadAnswer& answer)>;

  /// Connects; `host` is a name or a number.
  HttpConnections(const std::string& host, const std::string& port, std::uint32_t count);
  ~HttpConnections();
  HttpConnections(const HttpConnections&) = delete;
  HttpConnections& operator=(const HttpConnections&) = delete;

  std::uint32_t count() const { return static_cast<std::uint32_t>(connections_.size()); }
  /// Requests without an answer.
  std::uint32_t busy() const { return busy_; }

  /// The bytes of the last request of the connection, and of the next one. To be changed only while
  /// none is under way.
  std::string& request(std::uint32_t connection) { return connections_[connection].out; }
  void Send(std::uint32_t connection);
  /// Waits for at most `timeout`, and tells of the answers that arrived. The callee may send the
  /// next request. False: nothing happened in that time.
  bool Poll(std::chrono::nanoseconds timeout, const OnAnswer& on_answer);

 private:
  struct Connection {
    int socket = -1;
    std::string out;
    std::size_t sent = 0;
    std::string in;
    bool waits_for_room = false;
  };

  void Flush(std::uint32_t number);
  void Watch(std::uint32_t number, std::uint32_t what);
  void Receive(std::uint32_t number, const OnAnswer& on_answer);

  const int epoll_;
  std::vector<Connection> connections_;
  std::uint32_t busy_ = 0;
};

}  // namespace oncegate
