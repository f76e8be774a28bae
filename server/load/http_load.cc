#include "server/load/http_load.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace oncegate {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  std::string out;
  std::size_t sent = 0;
  std::string in;
  SteadyClock::time_point started;
  bool busy = false;
};

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses Resolve(const LoadSettings& settings) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(settings.host.c_str(), settings.port.c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error(settings.host + ": " + gai_strerror(error));
  return {found, freeaddrinfo};
}

int Connect(const addrinfo& address) {
  const int handle = socket(address.ai_family, address.ai_socktype, address.ai_protocol);
  if (handle < 0) Fail("socket");
  if (connect(handle, address.ai_addr, address.ai_addrlen) != 0) Fail("connect");
  const int on = 1;
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(handle, F_SETFL, O_NONBLOCK);
  return handle;
}

/// Size of the whole answer once its head has arrived, else 0.
std::size_t AnswerSize(const std::string& in) {
  const std::size_t head = in.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const std::size_t field = in.find("Content-Length: ");
  if (field == std::string::npos || field > head) return head + 4;
  return head + 4 + static_cast<std::size_t>(std::atoll(in.c_str() + field + 16));
}

class Loader {
 public:
  Loader(const LoadSettings& settings, const NextRequest& next_request)
      : settings_(settings), next_request_(next_request), epoll_(epoll_create1(0)) {
    connections_.resize(settings.connections);
    const Addresses addresses = Resolve(settings);
    for (std::uint32_t c = 0; c < settings.connections; ++c) {
      connections_[c].socket = Connect(*addresses);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u32 = c;
      if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[c].socket, &event) != 0) Fail("epoll_ctl");
    }
  }
  ~Loader() {
    for (const Connection& connection : connections_) close(connection.socket);
    close(epoll_);
  }

  LoadResult Run() {
    const auto begun = SteadyClock::now();
    deadline_ = begun + settings_.duration;
    for (std::uint32_t c = 0; c < connections_.size(); ++c) StartRequest(c);
    epoll_event events[256];
    while (busy_ > 0) {
      const int ready = epoll_wait(epoll_, events, 256, 30'000);
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) Fail("no answer within 30 s");
      for (int i = 0; i < ready; ++i) {
        if ((events[i].events & EPOLLOUT) != 0) Flush(events[i].data.u32);
        if ((events[i].events & EPOLLIN) != 0) Receive(events[i].data.u32);
      }
    }
    result_.seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
    return std::move(result_);
  }

 private:
  void StartRequest(std::uint32_t c) {
    Connection& connection = connections_[c];
    connection.out.clear();
    connection.sent = 0;
    if (started_ >= settings_.requests_max || SteadyClock::now() >= deadline_) return;
    if (!next_request_(c, &connection.out)) return;
    ++started_;
    ++busy_;
    connection.started = SteadyClock::now();
    Flush(c);
  }

  void Flush(std::uint32_t c) {
    Connection& connection = connections_[c];
    while (connection.sent < connection.out.size()) {
      const ssize_t wrote = send(connection.socket, connection.out.data() + connection.sent,
                                 connection.out.size() - connection.sent, MSG_NOSIGNAL);
      if (wrote < 0) {
        if (errno != EAGAIN) Fail("send");
        Watch(c, EPOLLIN | EPOLLOUT);
        return;
      }
      connection.sent += static_cast<std::size_t>(wrote);
    }
    if (connection.busy) Watch(c, EPOLLIN);
  }

  void Watch(std::uint32_t c, std::uint32_t what) {
    connections_[c].busy = (what & EPOLLOUT) != 0;
    epoll_event event{};
    event.events = what;
    event.data.u32 = c;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connections_[c].socket, &event);
  }

  void Receive(std::uint32_t c) {
    Connection& connection = connections_[c];
    char buffer[16384];
    const ssize_t got = recv(connection.socket, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) Fail("the service closed a connection");
    connection.in.append(buffer, static_cast<std::size_t>(got));
    const std::size_t size = AnswerSize(connection.in);
    if (size == 0 || connection.in.size() < size) return;
    const auto now = SteadyClock::now();
    ++result_.requests;
    if (connection.in.compare(9, 3, "200") == 0) ++result_.settled_requests;
    result_.latencies_ms.push_back(
        std::chrono::duration<double, std::milli>(now - connection.started).count());
    connection.in.erase(0, size);
    --busy_;
    StartRequest(c);
  }

  const LoadSettings& settings_;
  const NextRequest& next_request_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::uint32_t busy_ = 0;
  std::uint64_t started_ = 0;
  SteadyClock::time_point deadline_;
  LoadResult result_;
};

}  // namespace

double LoadResult::LatencyPercentile(double percent) const {
  if (latencies_ms.empty()) return 0;
  std::vector<double> sorted = latencies_ms;
  const auto position =
      static_cast<std::size_t>(percent / 100 * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(position),
                   sorted.end());
  return sorted[position];
}

LoadResult RunLoad(const LoadSettings& settings, const NextRequest& next_request) {
  return Loader(settings, next_request).Run();
}

}  // namespace oncegate
