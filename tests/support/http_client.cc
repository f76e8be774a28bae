#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace oncegate::testing {
namespace {

namespace http = boost::beast::http;

bool WaitFor(int socket, short events, std::chrono::milliseconds wait) {
  if (socket < 0) return false;  // The connection was refused.
  pollfd entry{socket, events, 0};
  return poll(&entry, 1, static_cast<int>(wait.count())) == 1;
}

HttpReply ToReply(const http::response<http::string_body>& message) {
  HttpReply reply;
  reply.status = static_cast<int>(message.result_int());
  reply.version = static_cast<int>(message.version());
  reply.keep_alive = message.keep_alive();
  for (const auto& field : message) {
    reply.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  reply.body = message.body();
  return reply;
}

}  // namespace

std::string HttpReply::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, name)) return value;
  }
  return "";
}

bool HttpReply::HasHeader(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, name)) return true;
  }
  return false;
}

RawConnection::RawConnection() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

RawConnection::RawConnection(std::uint16_t port) : RawConnection() { Connect(port); }

void RawConnection::Connect(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

RawConnection::~RawConnection() {
  if (socket_ >= 0) close(socket_);
}

bool RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!WaitFor(socket_, POLLOUT, kPatience)) return false;
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawConnection::ShutdownSend() { shutdown(socket_, SHUT_WR); }

void RawConnection::Reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket_);
  socket_ = -1;
}

bool RawConnection::Fill() {
  if (!WaitFor(socket_, POLLIN, kPatience)) return false;
  char bytes[64 * 1024];
  const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  received_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::optional<HttpReply> RawConnection::Read(bool to_head_request) {
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  parser.skip(to_head_request);
  parser.eager(true);
  while (true) {
    if (!received_.empty()) {
      boost::system::error_code error;
      const std::size_t used = parser.put(boost::asio::buffer(received_), error);
      if (error && error != http::error::need_more) return std::nullopt;
      received_.erase(0, used);
      if (parser.is_done()) return ToReply(parser.get());
      if (used > 0 && !received_.empty()) continue;
    }
    if (!Fill()) return std::nullopt;
  }
}

bool RawConnection::ReadsEnd() {
  if (!received_.empty()) return false;
  if (!WaitFor(socket_, POLLIN, kPatience)) return false;
  char byte = 0;
  return recv(socket_, &byte, 1, 0) == 0;
}

bool RawConnection::IsReadable(std::chrono::milliseconds wait) {
  return !received_.empty() || WaitFor(socket_, POLLIN, wait);
}

std::string Serialize(const HttpCall& call) {
  std::string bytes = call.method + " " + call.target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : call.headers) bytes += name + ": " + value + "\r\n";
  if (!call.body.empty() || call.method == "POST" || call.method == "PUT") {
    bytes += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
  }
  return bytes + "\r\n" + call.body;
}

std::optional<HttpReply> Call(std::uint16_t port, const HttpCall& call) {
  RawConnection connection(port);
  if (!connection.Send(Serialize(call))) return std::nullopt;
  return connection.Read(call.method == "HEAD");
}

}  // namespace oncegate::testing
