// TcpProxy: stands between a client and a server on 127.0.0.1 and loses what it is told to lose.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace oncegate::test {

enum class ProxyFault : std::uint8_t {
  kNone,
  /// A message of the client that holds the text does not reach the server; both sides are cut off.
  kLoseRequest,
  /// The message reaches the server, its answer does not reach the client; the client is cut off.
  kLoseAnswer,
  /// The message and everything after it goes nowhere, and nobody is told.
  kSilence,
};

class TcpProxy {
 public:
  explicit TcpProxy(std::uint16_t server_port);
  /// Cuts every connection.
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::uint16_t port() const { return port_; }

  /// From the next message of a client on that holds `text`; strikes once.
  void Arm(ProxyFault fault, const std::string& text);
  /// True once the fault has struck.
  bool HasStruck() const { return has_struck_; }

 private:
  void Accept();
  void Serve(int client);
  /// The fault that strikes on this message of the client.
  ProxyFault Strike(const std::string& message);

  const std::uint16_t server_port_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> has_struck_{false};
  std::mutex mutex_;  // Guards fault_ and text_.
  ProxyFault fault_ = ProxyFault::kNone;
  std::string text_;
  std::thread acceptor_;
  std::vector<std::thread> servers_;  // Of the acceptor's thread, until it was joined.
};

}  // namespace oncegate::test
