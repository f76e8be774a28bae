// Connection: one client's socket, from accept to close. Internal to the server. Lives on its
// worker's thread; its coroutine keeps it alive.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/http/header_guard.h"
#include "server/http/message.h"
#include "server/http/receive_buffer.h"
#include "server/http/worker.h"

namespace oncegate {

/// A coroutine that waits for an answer; Resume continues it on the calling thread.
class AnswerWaiter {
 public:
  virtual ~AnswerWaiter() = default;
  virtual void Resume() = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, Worker* worker, ConnectionTicket ticket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves requests until the connection ends.
  boost::asio::awaitable<void> Serve();
  /// Says 503 and ends.
  boost::asio::awaitable<void> TurnAway();

  /// The worker's sweep looks at every deadline: a timer per operation would cost more than the
  /// parsing of a request.
  void CheckDeadline(SteadyTime now);
  /// Ends the connection if it is between two requests.
  void OnDraining();
  /// Ends everything now.
  void Abort();

  void TakeAnswer(Letter* letter);
  /// For the request being handled, from within Handle.
  void SetOverdue(SteadyTime deadline, std::function<void()> action);
  Worker* worker() { return worker_; }

 private:
  enum class Phase : std::uint8_t { kIdle, kTransfer, kHandling };
  enum class Read : std::uint8_t { kBytes, kEnd, kTimeout };
  enum class Next : std::uint8_t { kNextRequest, kLinger, kClose };
  struct Exchange;

  void Enter(Phase phase, std::chrono::milliseconds timeout);
  boost::asio::awaitable<Read> ReadInto(std::span<char> space, std::size_t* received);
  boost::asio::awaitable<Read> ReadMore();

  boost::asio::awaitable<Next> ServeOne();
  boost::asio::awaitable<bool> ReceiveHead(Exchange* exchange);
  void Examine(Exchange* exchange);
  void ReadTarget(Exchange* exchange);
  boost::asio::awaitable<bool> ReceiveBody(Exchange* exchange);
  boost::asio::awaitable<void> ReceiveLength(Exchange* exchange);
  boost::asio::awaitable<void> ReceiveChunks(Exchange* exchange);
  boost::asio::awaitable<bool> SendContinue();
  void RefuseTruncated(Read outcome, Exchange* exchange);
  boost::asio::awaitable<void> CallHandler(Exchange* exchange);
  boost::asio::awaitable<void> WaitForAnswer();
  boost::asio::awaitable<Next> Finish(Exchange* exchange);
  boost::asio::awaitable<bool> SendResponse(const Exchange* exchange);
  boost::asio::awaitable<bool> SendBytes(std::string_view head, std::string_view body);
  boost::asio::awaitable<bool> Discard(std::uint64_t bytes);
  boost::asio::awaitable<void> Linger();
  void Report(const Exchange& exchange);

  boost::asio::ip::tcp::socket socket_;
  Worker* worker_;
  ConnectionTicket ticket_;
  Worker::ConnectionList::iterator position_;
  ReceiveBuffer buffer_;

  Phase phase_ = Phase::kIdle;
  SteadyTime deadline_ = SteadyTime::max();
  bool timed_out_ = false;
  bool aborted_ = false;

  std::uint64_t exchange_number_ = 0;
  std::optional<HttpResponse> answer_;
  std::unique_ptr<AnswerWaiter> waiter_;
  std::function<void()> overdue_action_;
};

}  // namespace oncegate
