#include "tests/support/webhook_receiver.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

namespace oncegate::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t kBodyBytesMax = std::uint64_t{256} * 1024 * 1024;

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

WebhookRequest ToRequest(const http::request<http::string_body>& message) {
  WebhookRequest request;
  request.target = std::string(message.target());
  request.body = message.body();
  for (const auto& field : message) {
    request.headers[LowerCase(std::string(field.name_string()))] = std::string(field.value());
  }
  request.key = request.headers["idempotency-key"];
  return request;
}

}  // namespace

struct WebhookReceiver::Impl {
  void Listen() {
    beast::error_code error;
    acceptor.open(tcp::v4(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind({asio::ip::address_v4::loopback(), port}, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw std::runtime_error("receiver: " + error.message());
    port = acceptor.local_endpoint().port();
    is_stopping = false;
    accepting = std::thread([this] { Accept(); });
  }

  void Accept() {
    for (;;) {
      beast::error_code error;
      tcp::socket socket(context);
      acceptor.accept(socket, error);
      const std::lock_guard lock(mutex);
      if (is_stopping) return;
      if (error) continue;
      socket.set_option(tcp::no_delay(true), error);
      sockets.insert(socket.native_handle());
      connections.emplace_back(
          [this, moved = std::move(socket)]() mutable { Serve(std::move(moved)); });
    }
  }

  void Serve(tcp::socket socket) {
    const int handle = socket.native_handle();
    if (tls) {
      asio::ssl::stream<tcp::socket&> stream(socket, *tls);
      beast::error_code error;
      stream.handshake(asio::ssl::stream_base::server, error);
      const char* const name =
          SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
      if (!error) ServeOn(stream, name == nullptr ? "" : name);
    } else {
      ServeOn(socket, "");
    }
    const std::lock_guard lock(mutex);
    sockets.erase(handle);
    beast::error_code ignored;
    socket.close(ignored);
  }

  template <typename Stream>
  void ServeOn(Stream& stream, const std::string& server_name) {
    beast::flat_buffer buffer;
    for (;;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(kBodyBytesMax);
      beast::error_code error;
      http::read(stream, buffer, parser, error);
      if (error) return;
      WebhookRequest request = ToRequest(parser.get());
      request.server_name = server_name;
      const WebhookAnswer answer = Take(std::move(request));
      if (answer.hangs) {
        std::unique_lock lock(mutex);
        stopped.wait(lock, [this] { return is_stopping.load(); });
        return;
      }
      if (answer.is_lost) return;
      http::response<http::string_body> message;
      message.version(11);
      message.result(static_cast<unsigned>(answer.status));
      for (const auto& [name, value] : answer.headers) message.insert(name, value);
      message.body() = answer.body;
      message.prepare_payload();
      http::write(stream, message, error);
      if (error) return;
    }
  }

  WebhookAnswer Take(WebhookRequest request) {
    Rule now;
    {
      const std::lock_guard lock(mutex);
      requests.push_back(request);
      now = rule;
    }
    const WebhookAnswer answer = now(request);
    const std::lock_guard lock(mutex);
    const bool is_accepted = answer.status >= 200 && answer.status < 300 && !answer.hangs;
    if (is_accepted && keys.insert(request.key).second) effects.push_back(std::move(request));
    return answer;
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex);
      if (is_stopping) return;
      is_stopping = true;
      ::shutdown(acceptor.native_handle(), SHUT_RDWR);
      for (const int socket : sockets) ::shutdown(socket, SHUT_RDWR);
    }
    stopped.notify_all();
    accepting.join();
    for (std::thread& connection : connections) connection.join();
    connections.clear();
    beast::error_code ignored;
    acceptor.close(ignored);
  }

  asio::io_context context;
  std::optional<asio::ssl::context> tls;
  tcp::acceptor acceptor{context};
  std::uint16_t port = 0;
  std::thread accepting;
  std::list<std::thread> connections;  // Of the accepting thread, then of Stop.

  std::mutex mutex;
  std::condition_variable stopped;
  std::atomic<bool> is_stopping{true};
  std::set<int> sockets;                 // Guarded by mutex.
  Rule rule;                             // Guarded by mutex.
  std::vector<WebhookRequest> requests;  // Guarded by mutex.
  std::vector<WebhookRequest> effects;   // Guarded by mutex.
  std::set<std::string> keys;            // Guarded by mutex.
};

WebhookReceiver::WebhookReceiver() : impl_(std::make_unique<Impl>()) {
  AnswerAlways(200);
  Start();
}

WebhookReceiver::WebhookReceiver(const ReceiverCertificate& certificate)
    : impl_(std::make_unique<Impl>()) {
  impl_->tls.emplace(asio::ssl::context::tls_server);
  impl_->tls->use_certificate_chain_file(certificate.certificate.string());
  impl_->tls->use_private_key_file(certificate.key.string(), asio::ssl::context::pem);
  AnswerAlways(200);
  Start();
}

WebhookReceiver::~WebhookReceiver() { Stop(); }

std::uint16_t WebhookReceiver::port() const { return impl_->port; }

std::string WebhookReceiver::Url(const std::string& path) const {
  return std::string(impl_->tls ? "https" : "http") + "://127.0.0.1:" + std::to_string(port()) +
         path;
}

void WebhookReceiver::Answer(Rule rule) {
  const std::lock_guard lock(impl_->mutex);
  impl_->rule = std::move(rule);
}

void WebhookReceiver::AnswerAlways(int status) {
  Answer([status](const WebhookRequest&) { return WebhookAnswer{.status = status}; });
}

void WebhookReceiver::Stop() { impl_->Stop(); }
void WebhookReceiver::Start() { impl_->Listen(); }

std::vector<WebhookRequest> WebhookReceiver::Requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

std::vector<WebhookRequest> WebhookReceiver::Effects() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->effects;
}

void WebhookReceiver::Forget() {
  const std::lock_guard lock(impl_->mutex);
  impl_->requests = {};
  impl_->effects = {};
  impl_->keys = {};
}

}  // namespace oncegate::test
