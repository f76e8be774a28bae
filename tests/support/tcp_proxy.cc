#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <stdexcept>
#include <utility>

namespace oncegate::test {
namespace {

constexpr int kPollMilliseconds = 20;  // How soon the end of the proxy is noticed.

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// Closes with a reset, as a machine that went away does.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    const linger reset{1, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int get() const { return descriptor_; }

  /// Empty at the end of the stream.
  std::string Receive() const {
    std::array<char, 65536> buffer;
    const ssize_t size = recv(descriptor_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

  bool Send(std::string_view bytes) const {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t size =
          send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) return false;
      sent += static_cast<std::size_t>(size);
    }
    return true;
  }

 private:
  int descriptor_;
};

}  // namespace

/// Passes messages of one connection on as its weather has it.
class TcpProxy::Link {
 public:
  Link(const Weather& weather, std::uint64_t number, std::atomic<int>* cuts)
      : weather_(weather), random_(number), cuts_(cuts) {
    if (weather_.cut_after_bytes_max > 0) {
      left_ = std::uniform_int_distribution<std::size_t>(1, weather_.cut_after_bytes_max)(random_);
    }
  }

  /// False: the connection is over.
  bool Pass(const std::string& message, const Socket& to) {
    Delay();
    const std::string_view rest(message.data(), std::min(left_, message.size()));
    if (!SendPieces(rest, to)) return false;
    if (left_ != kForEver) left_ -= rest.size();
    if (left_ > 0) return true;
    ++*cuts_;
    return false;
  }

 private:
  static constexpr std::size_t kForEver = std::numeric_limits<std::size_t>::max();

  void Delay() {
    const std::int64_t delay_max = weather_.delay_max.count();
    if (delay_max == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(0, delay_max)(random_)));
  }

  bool SendPieces(std::string_view bytes, const Socket& to) const {
    if (weather_.drip_bytes == 0) return to.Send(bytes);
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, weather_.drip_bytes);
      if (!to.Send(piece)) return false;
      bytes.remove_prefix(piece.size());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  const Weather weather_;
  std::mt19937_64 random_;
  std::atomic<int>* const cuts_;
  std::size_t left_ = kForEver;
};

TcpProxy::TcpProxy(std::uint16_t server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      listen(listener_, SOMAXCONN) != 0) {
    close(listener_);
    throw std::runtime_error("the proxy can not listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TcpProxy::~TcpProxy() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& server : servers_) server.join();
  close(listener_);
}

void TcpProxy::Arm(ProxyFault fault, const std::string& text) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  text_ = text;
  has_struck_ = false;
}

void TcpProxy::SetWeather(const Weather& weather) {
  const std::lock_guard lock(mutex_);
  weather_ = weather;
}

ProxyFault TcpProxy::Strike(const std::string& message) {
  const std::lock_guard lock(mutex_);
  if (fault_ == ProxyFault::kNone || message.find(text_) == std::string::npos) {
    return ProxyFault::kNone;
  }
  has_struck_ = true;
  return std::exchange(fault_, ProxyFault::kNone);
}

void TcpProxy::Accept() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    servers_.emplace_back([this, client, number = servers_.size()] { Serve(client, number); });
  }
}

void TcpProxy::Serve(int client_descriptor, std::uint64_t number) {
  const Socket client(client_descriptor);
  const Socket server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(server_port_);
  if (connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  Link link = [&] {
    const std::lock_guard lock(mutex_);
    return Link(weather_, number, &cuts_);
  }();
  ProxyFault fault = ProxyFault::kNone;
  while (!stopping_) {
    std::array<pollfd, 2> ends{{{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}}};
    if (fault == ProxyFault::kSilence || hung_) ends[0].fd = ends[1].fd = -1;
    if (poll(ends.data(), ends.size(), kPollMilliseconds) <= 0) continue;
    if (ends[0].revents != 0) {
      const std::string message = client.Receive();
      if (message.empty()) return;
      if (fault == ProxyFault::kNone) fault = Strike(message);
      if (fault == ProxyFault::kLoseRequest) return;
      if (fault != ProxyFault::kSilence && !link.Pass(message, server)) return;
    }
    if (ends[1].revents != 0) {
      const std::string answer = server.Receive();
      if (answer.empty() || fault == ProxyFault::kLoseAnswer) return;
      if (!link.Pass(answer, client)) return;
    }
  }
}

}  // namespace oncegate::test
