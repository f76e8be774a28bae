#include "tests/unit/sinks/webhook/raw_receiver.h"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace oncegate::webhook {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLength = "Content-Length: ";

}  // namespace

std::string RawReceiver::Talk::ReadHead() {
  boost::system::error_code error;
  const std::size_t bytes =
      asio::read_until(*socket_, asio::dynamic_buffer(unread_), kHeadEnd, error);
  if (error) return "";
  std::string head = unread_.substr(0, bytes);
  unread_.erase(0, bytes);
  return head;
}

std::string RawReceiver::Talk::ReadRequest() {
  std::string request = ReadHead();
  const std::size_t length = request.find(kLength);
  if (length == std::string::npos) return request;
  const std::size_t body_bytes = std::stoul(request.substr(length + kLength.size()));
  boost::system::error_code error;
  while (unread_.size() < body_bytes && !error) {
    std::string more(body_bytes - unread_.size(), '\0');
    more.resize(socket_->read_some(asio::buffer(more), error));
    unread_ += more;
  }
  if (error) return "";
  request += unread_.substr(0, body_bytes);
  unread_.erase(0, body_bytes);
  return request;
}

bool RawReceiver::Talk::Send(std::string_view text) {
  boost::system::error_code error;
  asio::write(*socket_, asio::buffer(text.data(), text.size()), error);
  return !error;
}

void RawReceiver::Talk::WaitForEnd() {
  boost::system::error_code error;
  char byte = 0;
  while (!error) socket_->read_some(asio::buffer(&byte, 1), error);
}

RawReceiver::RawReceiver(Script script)
    : script_(std::move(script)),
      acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
      thread_([this] { Run(); }) {}

RawReceiver::~RawReceiver() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  }
  thread_.join();
}

void RawReceiver::Run() {
  for (;;) {
    boost::system::error_code error;
    tcp::socket socket(context_);
    acceptor_.accept(socket, error);
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_ || error) return;
      socket_ = socket.native_handle();
    }
    Talk talk(&socket);
    script_(talk, connections_++);
    const std::lock_guard lock(mutex_);
    socket_ = -1;
    socket.close(error);
  }
}

std::string AnswerText(int status, std::string_view body) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: ";
  text += std::to_string(body.size());
  text += kHeadEnd;
  text += body;
  return text;
}

}  // namespace oncegate::webhook
