#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
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

  bool Send(const std::string& bytes) const {
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
    if (client >= 0) servers_.emplace_back([this, client] { Serve(client); });
  }
}

void TcpProxy::Serve(int client_descriptor) {
  const Socket client(client_descriptor);
  const Socket server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(server_port_);
  if (connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  ProxyFault fault = ProxyFault::kNone;
  while (!stopping_) {
    std::array<pollfd, 2> ends{{{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}}};
    if (fault == ProxyFault::kSilence) ends[0].fd = ends[1].fd = -1;
    if (poll(ends.data(), ends.size(), kPollMilliseconds) <= 0) continue;
    if (ends[0].revents != 0) {
      const std::string message = client.Receive();
      if (message.empty()) return;
      if (fault == ProxyFault::kNone) fault = Strike(message);
      if (fault == ProxyFault::kLoseRequest) return;
      if (fault != ProxyFault::kSilence && !server.Send(message)) return;
    }
    if (ends[1].revents != 0) {
      const std::string answer = server.Receive();
      if (answer.empty() || fault == ProxyFault::kLoseAnswer) return;
      if (!client.Send(answer)) return;
    }
  }
}

}  // namespace oncegate::test
