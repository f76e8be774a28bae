#include "server/http/worker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "server/http/connection.h"

namespace oncegate {
namespace {

// How late a timeout may be noticed.
constexpr std::chrono::milliseconds kSweepInterval{100};

}  // namespace

void ConnectionCount::Increment() { open_.fetch_add(1, std::memory_order_relaxed); }

void ConnectionCount::Decrement() {
  if (open_.fetch_sub(1) > 1) return;
  const std::lock_guard lock(mutex_);
  none_.notify_all();
}

bool ConnectionCount::WaitForNone(SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  return none_.wait_until(lock, deadline, [this] { return open_.load() == 0; });
}

ConnectionTicket::ConnectionTicket(ServerContext* server, Kind kind)
    : server_(server), kind_(kind) {
  if (kind_ == Kind::kTurnedAway) {
    server_->turned_away.fetch_add(1);
  } else {
    server_->connections.Increment();
    server_->dependencies.observer->OnConnectionOpened();
  }
}

ConnectionTicket::~ConnectionTicket() {
  if (server_ == nullptr) return;
  if (kind_ == Kind::kTurnedAway) {
    server_->turned_away.fetch_sub(1);
  } else {
    server_->dependencies.observer->OnConnectionClosed();
    server_->connections.Decrement();
  }
}

void Mailbox::Put(Letter letter) {
  const std::lock_guard lock(mutex_);
  if (io_ == nullptr) return;
  letters_.push_back(std::move(letter));
  if (wake_up_pending_) return;
  wake_up_pending_ = true;
  boost::asio::post(*io_, [self = shared_from_this()] { self->Empty(); });
}

void Mailbox::Close() {
  std::vector<Letter> dropped;
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
  dropped.swap(letters_);
}

void Mailbox::Empty() {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    wake_up_pending_ = false;
    letters.swap(letters_);
  }
  for (Letter& letter : letters) {
    if (const auto connection = letter.connection.lock()) connection->TakeAnswer(&letter);
  }
}

Worker::Worker(ServerContext* server)
    : server_(server),
      io_(1),
      keep_running_(io_.get_executor()),
      sweep_timer_(io_),
      mailbox_(std::make_shared<Mailbox>(&io_)) {}

Worker::~Worker() { Stop(); }

void Worker::Start() {
  ScheduleSweep();
  thread_ = std::thread([this] { io_.run(); });
}

void Worker::Adopt(boost::asio::ip::tcp::socket socket, ConnectionTicket ticket) {
  boost::asio::post(io_, [this, taken = std::move(socket), moved = std::move(ticket)]() mutable {
    if (stopping_) return;
    const bool turn_away = moved.kind() == ConnectionTicket::Kind::kTurnedAway;
    const auto connection = std::make_shared<Connection>(std::move(taken), this, std::move(moved));
    boost::asio::co_spawn(io_, turn_away ? connection->TurnAway() : connection->Serve(),
                          [connection, this](const std::exception_ptr& failure) {
                            if (failure) LogFailure();
                          });
  });
}

void Worker::LogFailure() {
  server_->dependencies.logger->Log(LogLevel::kError, "a connection ended by an exception");
}

Worker::ConnectionList::iterator Worker::Register(Connection* connection) {
  return connections_.insert(connections_.end(), connection);
}

void Worker::Unregister(ConnectionList::iterator position) { connections_.erase(position); }

void Worker::ScheduleSweep() {
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    // The timer may have fired just before it was cancelled.
    if (error || stopping_) return;
    Sweep();
    ScheduleSweep();
  });
}

void Worker::Sweep() {
  const SteadyTime now = std::chrono::steady_clock::now();
  // Cancelling posts the completion; no connection leaves the list from within this loop.
  for (Connection* connection : connections_) connection->CheckDeadline(now);
}

void Worker::BeginDrain() {
  boost::asio::post(io_, [this] {
    for (Connection* connection : connections_) connection->OnDraining();
  });
}

void Worker::Stop() {
  if (!thread_.joinable()) {
    mailbox_->Close();
    return;
  }
  boost::asio::post(io_, [this] {
    stopping_ = true;
    sweep_timer_.cancel();
    keep_running_.reset();
    std::vector<std::shared_ptr<Connection>> open;
    for (Connection* connection : connections_) open.push_back(connection->shared_from_this());
    for (const auto& connection : open) connection->Abort();
  });
  thread_.join();
  mailbox_->Close();
}

}  // namespace oncegate
