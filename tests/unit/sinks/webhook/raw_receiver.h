// RawReceiver: a TCP server on a free port of 127.0.0.1 whose every byte the test decides, for what
// no HTTP library would send.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace oncegate::webhook {

class RawReceiver {
 public:
  /// One connection, blocking.
  class Talk {
   public:
    explicit Talk(boost::asio::ip::tcp::socket* socket) : socket_(socket) {}

    /// The next request with its body; empty if the sender hung up.
    std::string ReadRequest();
    /// Its head alone, whatever follows.
    std::string ReadHead();
    /// False if the sender hung up.
    bool Send(std::string_view text);
    void WaitForEnd();

   private:
    boost::asio::ip::tcp::socket* const socket_;
    std::string unread_;
  };
  /// Speaks with one connection after the other; `number` counts from 0. The connection ends with
  /// the call.
  using Script = std::function<void(Talk& talk, int number)>;

  explicit RawReceiver(Script script);
  ~RawReceiver();
  RawReceiver(const RawReceiver&) = delete;
  RawReceiver& operator=(const RawReceiver&) = delete;

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  int Connections() const { return connections_; }

 private:
  void Run();

  const Script script_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::mutex mutex_;
  int socket_ = -1;           // Guarded by mutex_.
  bool is_stopping_ = false;  // Guarded by mutex_.
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// "HTTP/1.1 STATUS X" with a body.
std::string AnswerText(int status, std::string_view body = "");

}  // namespace oncegate::webhook
