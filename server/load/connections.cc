#include "server/load/connections.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace oncegate {
namespace {

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses Resolve(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error(host + ": " + gai_strerror(error));
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

LoadAnswer AnswerOf(const std::string& in) {
  return {std::atoi(in.c_str() + 9), in.find("\r\nRetry-After: ") < in.find("\r\n\r\n")};
}

}  // namespace

HttpConnections::HttpConnections(const std::string& host, const std::string& port,
                                 std::uint32_t count)
    : epoll_(epoll_create1(0)) {
  connections_.resize(count);
  const Addresses addresses = Resolve(host, port);
  for (std::uint32_t c = 0; c < count; ++c) {
    connections_[c].socket = Connect(*addresses);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = c;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[c].socket, &event) != 0) Fail("epoll_ctl");
  }
}

HttpConnections::~HttpConnections() {
  for (const Connection& connection : connections_) close(connection.socket);
  close(epoll_);
}

void HttpConnections::Send(std::uint32_t connection) {
  connections_[connection].sent = 0;
  ++busy_;
  Flush(connection);
}

bool HttpConnections::Poll(std::chrono::nanoseconds timeout, const OnAnswer& on_answer) {
  epoll_event events[256];
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timespec wait{seconds.count(), (timeout - seconds).count()};
  const int ready = epoll_pwait2(epoll_, events, 256, &wait, nullptr);
  if (ready < 0 && errno != EINTR) Fail("epoll_pwait2");
  for (int i = 0; i < ready; ++i) {
    if ((events[i].events & EPOLLOUT) != 0) Flush(events[i].data.u32);
    if ((events[i].events & EPOLLIN) != 0) Receive(events[i].data.u32, on_answer);
  }
  return ready != 0;
}

void HttpConnections::Flush(std::uint32_t number) {
  Connection& connection = connections_[number];
  while (connection.sent < connection.out.size()) {
    const ssize_t wrote = send(connection.socket, connection.out.data() + connection.sent,
                               connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (wrote < 0) {
      if (errno != EAGAIN) Fail("send");
      Watch(number, EPOLLIN | EPOLLOUT);
      return;
    }
    connection.sent += static_cast<std::size_t>(wrote);
  }
  if (connection.waits_for_room) Watch(number, EPOLLIN);
}

void HttpConnections::Watch(std::uint32_t number, std::uint32_t what) {
  connections_[number].waits_for_room = (what & EPOLLOUT) != 0;
  epoll_event event{};
  event.events = what;
  event.data.u32 = number;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connections_[number].socket, &event);
}

void HttpConnections::Receive(std::uint32_t number, const OnAnswer& on_answer) {
  Connection& connection = connections_[number];
  char buffer[16384];
  const ssize_t got = recv(connection.socket, buffer, sizeof buffer, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) Fail("the service closed a connection");
  connection.in.append(buffer, static_cast<std::size_t>(got));
  const std::size_t size = AnswerSize(connection.in);
  if (size == 0 || connection.in.size() < size) return;
  const LoadAnswer answer = AnswerOf(connection.in);
  connection.in.erase(0, size);
  --busy_;
  on_answer(number, answer);
}

}  // namespace oncegate
