#include "sinks/webhook/http_sender.h"

#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <utility>

#include "sinks/webhook/answer_rules.h"
#include "sinks/webhook/signature.h"

namespace oncegate::webhook {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using HttpRequest = http::request<http::string_body>;

constexpr std::uint32_t kAnswerHeadBytesMax = 16 * 1024;
constexpr std::uint64_t kAnswerBodyBytesMax = 64 * 1024;
constexpr std::size_t kBufferBytesMax = 64 * 1024;
constexpr int kInterimAnswersMax = 8;

milliseconds TimeUntil(steady_clock::time_point deadline) {
  return std::max(std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()),
                  milliseconds{0});
}

std::int64_t SecondsNow() { return system_clock::to_time_t(system_clock::now()); }

HttpRequest ToHttp(const Request& request, const Settings& settings) {
  HttpRequest message(http::verb::post, settings.endpoint.target, 11);
  message.set(http::field::host, settings.endpoint.authority);
  message.set(http::field::user_agent, "oncegate/" ONCEGATE_VERSION);
  message.set(http::field::content_type, request.content_type);
  for (const auto& [name, value] : settings.headers) message.insert(name, value);
  const std::int64_t now = SecondsNow();
  message.set("Idempotency-Key", request.message_id);
  message.set("webhook-id", request.message_id);
  message.set("webhook-timestamp", std::to_string(now));
  if (!settings.signing_keys.empty()) {
    message.set("webhook-signature",
                SignWithAll(settings.signing_keys, {request.message_id, now, request.body}));
  }
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

Error NoAnswer(const beast::error_code& error) {
  return {"the receiver did not answer: " + error.message()};
}

}  // namespace

struct TlsTrust {
  ssl::context context{ssl::context::tls_client};
};

Result<std::shared_ptr<TlsTrust>> LoadTrust(const Settings& settings) {
  if (!settings.endpoint.has_tls) return std::shared_ptr<TlsTrust>();
  auto trust = std::make_shared<TlsTrust>();
  beast::error_code error;
  trust->context.set_verify_mode(ssl::verify_peer);
  SSL_CTX_set_min_proto_version(trust->context.native_handle(), TLS1_2_VERSION);
  if (settings.ca_file.empty()) {
    trust->context.set_default_verify_paths(error);
  } else {
    trust->context.load_verify_file(settings.ca_file.string(), error);
  }
  if (error) {
    return Error{"ca_file \"" + settings.ca_file.string() +
                 "\" can not be used: " + error.message()};
  }
  return trust;
}

struct HttpSender::Impl {
  Impl(const Settings& sender_settings, std::shared_ptr<TlsTrust> tls)
      : settings(sender_settings), trust(std::move(tls)) {}

  bool IsOpen() const { return plain.has_value() || secure.has_value(); }
  beast::tcp_stream& Lowest() { return secure ? beast::get_lowest_layer(*secure) : *plain; }

  void Close() {
    plain.reset();
    secure.reset();
    buffer.clear();
  }

  /// Nothing arrived since the last answer, which was read to its end. What a receiver says
  /// unasked, such as 408 on an idle connection, would be taken for its word on the next request.
  bool IsQuiet() {
    if (buffer.size() > 0) return false;
    if (secure) {
      SSL* const tls = secure->native_handle();
      if (SSL_pending(tls) > 0 || BIO_ctrl_pending(SSL_get_rbio(tls)) > 0) return false;
    }
    pollfd look{Lowest().socket().native_handle(), POLLIN | POLLRDHUP, 0};
    return poll(&look, 1, 0) == 0;
  }

  /// Runs what was just started to its end. Operations end by themselves at the stream's expiry.
  void Run() {
    context.restart();
    if (!is_cancelled) context.run();
  }

  /// The resolver has no expiry, and its answer may come after nobody waits for it any more.
  beast::error_code Resolve(milliseconds time_left, tcp::resolver::results_type* endpoints) {
    struct Resolution {
      beast::error_code error = beast::error::timeout;
      tcp::resolver::results_type endpoints;
    };
    const auto resolution = std::make_shared<Resolution>();
    tcp::resolver resolver(context);
    resolver.async_resolve(
        settings.endpoint.host, settings.endpoint.port,
        [resolution](beast::error_code error, tcp::resolver::results_type found) {
          resolution->error = error;
          resolution->endpoints = std::move(found);
        });
    context.restart();
    if (!is_cancelled) context.run_for(time_left);
    *endpoints = resolution->endpoints;
    return resolution->error;
  }

  beast::error_code Connect(milliseconds time_left) {
    const auto deadline = steady_clock::now() + std::min(time_left, settings.connect_timeout);
    tcp::resolver::results_type endpoints;
    if (const auto error = Resolve(TimeUntil(deadline), &endpoints)) return error;
    if (trust) {
      secure.emplace(context, trust->context);
    } else {
      plain.emplace(context);
    }
    beast::error_code result = asio::error::operation_aborted;
    Lowest().expires_at(deadline);
    Lowest().async_connect(endpoints,
                           [&](beast::error_code error, const tcp::endpoint&) { result = error; });
    Run();
    if (!result) Lowest().socket().set_option(tcp::no_delay(true), result);
    if (!result && secure) result = Handshake();
    return result;
  }

  beast::error_code Handshake() {
    // Server names are names, not addresses (RFC 6066).
    beast::error_code result;
    asio::ip::make_address(settings.endpoint.host, result);
    if (result) SSL_set_tlsext_host_name(secure->native_handle(), settings.endpoint.host.c_str());
    secure->set_verify_callback(ssl::host_name_verification(settings.endpoint.host));
    result = asio::error::operation_aborted;
    secure->async_handshake(ssl::stream_base::client,
                            [&](beast::error_code error) { result = error; });
    Run();
    return result;
  }

  template <typename Stream>
  beast::error_code Write(Stream& stream, HttpRequest* message) {
    beast::error_code result = asio::error::operation_aborted;
    http::async_write(stream, *message,
                      [&](beast::error_code error, std::size_t) { result = error; });
    Run();
    return result;
  }

  template <typename Stream, typename Parser>
  beast::error_code ReadHead(Stream& stream, Parser* parser) {
    beast::error_code result = asio::error::operation_aborted;
    http::async_read_header(stream, buffer, *parser,
                            [&](beast::error_code error, std::size_t) { result = error; });
    Run();
    return result;
  }

  template <typename Stream, typename Parser>
  beast::error_code ReadBody(Stream& stream, Parser* parser) {
    beast::error_code result = asio::error::operation_aborted;
    http::async_read(stream, buffer, *parser,
                     [&](beast::error_code error, std::size_t) { result = error; });
    Run();
    return result;
  }

  template <typename Stream>
  boost::system::result<Answer> ReadAnswer(Stream& stream) {
    for (int interim = 0; interim < kInterimAnswersMax; ++interim) {
      http::response_parser<http::string_body> parser;
      parser.header_limit(kAnswerHeadBytesMax);
      parser.body_limit(boost::none);  // Looked at below: a long body is no error.
      if (const auto error = ReadHead(stream, &parser)) return error;
      Answer answer;
      answer.status = parser.get().result_int();
      if (answer.status < 200) continue;
      const auto retry_after = parser.get()[http::field::retry_after];
      answer.retry_after = ParseRetryAfter(std::string_view(retry_after.data(), retry_after.size()),
                                           system_clock::now());
      // The status is the receiver's word. A body that is too long, or never ends, costs the
      // connection and nothing else.
      const bool is_long = parser.content_length().value_or(0) > kAnswerBodyBytesMax;
      parser.body_limit(kAnswerBodyBytesMax);
      if (is_long || ReadBody(stream, &parser) || !parser.keep_alive()) Close();
      return answer;
    }
    return beast::error_code(http::error::bad_status);
  }

  template <typename Stream>
  boost::system::result<Answer> Exchange(Stream& stream, HttpRequest* message,
                                         milliseconds time_left) {
    beast::get_lowest_layer(stream).expires_after(std::min(time_left, settings.response_timeout));
    const beast::error_code unsent = Write(stream, message);
    if (unsent == beast::error::timeout) return unsent;
    // A receiver that refuses a request may answer and hang up before it has read all of it. None
    // can have taken what it has not read.
    const auto answer = ReadAnswer(stream);
    if (!unsent) return answer;
    Close();
    return answer && answer->status >= 400 ? answer : unsent;
  }

  boost::system::result<Answer> SendOnce(const Request& request, milliseconds time_left) {
    HttpRequest message = ToHttp(request, settings);
    return secure ? Exchange(*secure, &message, time_left) : Exchange(*plain, &message, time_left);
  }

  const Settings& settings;
  const std::shared_ptr<TlsTrust> trust;
  std::atomic<bool> is_cancelled{false};
  asio::io_context context{1};
  std::optional<beast::tcp_stream> plain;
  std::optional<TlsStream> secure;
  beast::flat_buffer buffer{kBufferBytesMax};
};

HttpSender::HttpSender(const Settings& settings, std::shared_ptr<TlsTrust> trust)
    : impl_(std::make_unique<Impl>(settings, std::move(trust))) {}
HttpSender::~HttpSender() = default;

Result<Answer> HttpSender::Send(const Request& request, milliseconds time_left) {
  const auto deadline = steady_clock::now() + time_left;
  if (impl_->IsOpen() && !impl_->IsQuiet()) impl_->Close();
  if (impl_->IsOpen()) {
    // The receiver may close the connection at any moment while it is idle. What it answers
    // decides; the key makes a second try harmless.
    const auto answer = impl_->SendOnce(request, TimeUntil(deadline));
    if (answer) return *answer;
    impl_->Close();
    if (answer.error() == beast::error::timeout) return NoAnswer(answer.error());
  }
  if (const auto error = impl_->Connect(TimeUntil(deadline))) {
    impl_->Close();
    return Error{"the receiver can not be reached: " + error.message()};
  }
  const auto answer = impl_->SendOnce(request, TimeUntil(deadline));
  if (answer) return *answer;
  impl_->Close();
  return NoAnswer(answer.error());
}

void HttpSender::Cancel() {
  impl_->is_cancelled = true;
  impl_->context.stop();
}

}  // namespace oncegate::webhook
