// TcpProxy: stands between a client and a server on 127.0.0.1 and loses, delays or cuts what it is
// told to. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
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

/// How a bad network treats a connection, at random.
struct Weather {
  /// Each message waits for up to so long.
  std::chrono::milliseconds delay_max{0};
  /// The connection is cut after so many bytes at most, anywhere in a message; 0: never.
  std::size_t cut_after_bytes_max = 0;
  /// Messages arrive in pieces of so many bytes, a millisecond apart; 0: as they are.
  std::size_t drip_bytes = 0;
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

  /// For connections made from now on.
  void SetWeather(const Weather& weather);
  /// Connections that their weather has cut until now.
  int Cuts() const { return cuts_; }
  /// While true nothing passes in either direction, on no connection, and nobody is told.
  void SetHung(bool hung) { hung_ = hung; }

 private:
  class Link;

  void Accept();
  void Serve(int client, std::uint64_t number);
  /// The fault that strikes on this message of the client.
  ProxyFault Strike(const std::string& message);

  const std::uint16_t server_port_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> has_struck_{false};
  std::atomic<bool> hung_{false};
  std::atomic<int> cuts_{0};
  std::mutex mutex_;
  ProxyFault fault_ = ProxyFault::kNone;  // Guarded by mutex_.
  std::string text_;                      // Guarded by mutex_.
  Weather weather_;                       // Guarded by mutex_.
  std::thread acceptor_;
  std::vector<std::thread> servers_;  // Of the acceptor's thread, until it was joined.
};

}  // namespace oncegate::test
