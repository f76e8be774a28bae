// Worker: one io thread of a server with the connections it owns, and the mailbox through which
// other threads reach them. Internal to the server.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "server/http/byte_budget.h"
#include "server/http/header_guard.h"
#include "server/http/request_id.h"
#include "server/http/response_head.h"
#include "server/http/server.h"

namespace oncegate {

class Connection;

/// Counts open connections; Drain waits on it. Thread-safe.
class ConnectionCount {
 public:
  void Increment();
  void Decrement();
  std::uint32_t Now() const { return open_.load(std::memory_order_relaxed); }
  bool WaitForNone(SteadyTime deadline);

 private:
  std::atomic<std::uint32_t> open_{0};
  std::mutex mutex_;
  std::condition_variable none_;
};

/// What all workers of a server share. Constants, and counters that are thread-safe by themselves.
struct ServerContext {
  explicit ServerContext(HttpServerSettings the_settings, HttpServerDependencies the_dependencies);

  const HttpServerSettings settings;
  const HeadLimits head_limits;
  const HttpServerDependencies dependencies;
  HttpRouteObserver* const malformed;
  ByteBudget bodies;
  ConnectionCount connections;
  /// Connections over the cap that are being told so.
  std::atomic<std::uint32_t> turned_away{0};
  std::atomic<bool> draining{false};
};

/// Stands for one open connection in the server's counters, from accept to close.
class ConnectionTicket {
 public:
  enum class Kind : std::uint8_t { kServed, kTurnedAway };

  ConnectionTicket(ServerContext* server, Kind kind);
  ~ConnectionTicket();
  ConnectionTicket(ConnectionTicket&& other) noexcept
      : server_(std::exchange(other.server_, nullptr)), kind_(other.kind_) {}
  ConnectionTicket& operator=(ConnectionTicket&&) = delete;
  Kind kind() const { return kind_; }

 private:
  ServerContext* server_;
  Kind kind_;
};

/// An answer on its way to the connection that waits for it.
struct Letter {
  std::weak_ptr<Connection> connection;
  std::uint64_t exchange = 0;  // Which request of the connection it answers.
  std::variant<HttpResponse, std::function<HttpResponse()>> answer;
};

/// Thread-safe, and outlives its worker: letters that come too late are dropped. One wake-up of the
/// io thread serves everything that piled up meanwhile.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  explicit Mailbox(boost::asio::io_context* io) : io_(io) {}
  void Put(Letter letter);
  void Close();

 private:
  void Empty();

  std::mutex mutex_;
  boost::asio::io_context* io_;  // Null once closed.
  std::vector<Letter> letters_;
  bool wake_up_pending_ = false;
};

class Worker {
 public:
  explicit Worker(ServerContext* server);
  ~Worker();

  boost::asio::io_context& io() { return io_; }
  ServerContext& server() { return *server_; }
  const std::shared_ptr<Mailbox>& mailbox() { return mailbox_; }

  // From any thread.
  void Start();
  /// Takes over an accepted socket, which was made for this worker's io_context.
  void Adopt(boost::asio::ip::tcp::socket socket, ConnectionTicket ticket);
  void BeginDrain();
  /// Closes all connections and joins the thread.
  void Stop();

  // On the worker's thread only.
  RequestIdSource& ids() { return ids_; }
  DateText& date() { return date_; }
  std::string& scratch() { return scratch_; }
  using ConnectionList = std::list<Connection*>;
  ConnectionList::iterator Register(Connection* connection);
  void Unregister(ConnectionList::iterator position);

 private:
  void LogFailure();
  void ScheduleSweep();
  void Sweep();

  ServerContext* server_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  boost::asio::steady_timer sweep_timer_;
  std::shared_ptr<Mailbox> mailbox_;
  ConnectionList connections_;
  RequestIdSource ids_;
  DateText date_;
  std::string scratch_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace oncegate
