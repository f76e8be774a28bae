#include "server/cli/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <charconv>

namespace oncegate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{64} * 1024 * 1024;

http::request<http::string_body> ToRequest(const HttpCall& call, const ServerAddress& address) {
  http::request<http::string_body> request;
  request.method_string(call.method);
  request.target(call.target);
  request.version(11);
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + address.host + "]" : address.host;
  request.set(http::field::host, host + ":" + address.port);
  request.set(http::field::user_agent, "oncegate/" ONCEGATE_VERSION);
  if (!call.content_type.empty()) {
    request.set(http::field::content_type, call.content_type);
    request.body() = call.body;
  }
  if (!call.producer.empty()) request.set("Producer-Id", call.producer);
  if (call.epoch) request.set("Producer-Epoch", std::to_string(*call.epoch));
  if (call.sequence) request.set("Producer-Seq", std::to_string(*call.sequence));
  request.prepare_payload();
  return request;
}

std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

Result<ServerAddress> ParseServerUrl(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  const bool is_plain = parsed.has_value() && parsed->scheme() == "http" &&
                        !parsed->host().empty() && !parsed->has_userinfo() &&
                        (parsed->path().empty() || parsed->path() == "/") && !parsed->has_query() &&
                        !parsed->has_fragment();
  if (!is_plain) {
    return Error{"\"" + std::string(url) +
                 "\" is no URL of a listener such as http://127.0.0.1:8080"};
  }
  std::string host = parsed->host_address();
  return ServerAddress{host, parsed->has_port() ? std::string(parsed->port()) : "80"};
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHexDigits[byte >> 4U];
    encoded += kHexDigits[byte & 0xFU];
  }
  return encoded;
}

struct HttpClient::Impl {
  Impl(ServerAddress server, std::chrono::milliseconds limit)
      : address(std::move(server)), timeout(limit), stream(context) {}

  /// Runs the operation that was just started, up to its end or the timeout.
  void Run() {
    context.restart();
    context.run();
  }

  beast::error_code Connect() {
    beast::error_code result;
    buffer.clear();
    tcp::resolver resolver(context);
    const auto endpoints = resolver.resolve(address.host, address.port, result);
    if (result) return result;
    stream.expires_after(timeout);
    stream.async_connect(endpoints,
                         [&](beast::error_code error, const tcp::endpoint&) { result = error; });
    Run();
    if (!result) stream.socket().set_option(tcp::no_delay(true), result);
    return result;
  }

  beast::error_code Exchange(http::request<http::string_body>* request,
                             http::response_parser<http::string_body>* parser) {
    beast::error_code result;
    stream.expires_after(timeout);
    http::async_write(stream, *request, [&](beast::error_code error, std::size_t) {
      if (error) {
        result = error;
        return;
      }
      http::async_read(stream, buffer, *parser,
                       [&](beast::error_code read_error, std::size_t) { result = read_error; });
    });
    Run();
    return result;
  }

  void Close() {
    beast::error_code ignored;
    stream.socket().close(ignored);
  }

  const ServerAddress address;
  const std::chrono::milliseconds timeout;
  asio::io_context context{1};
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
};

HttpClient::HttpClient(ServerAddress address, std::chrono::milliseconds timeout)
    : impl_(std::make_unique<Impl>(std::move(address), timeout)) {}
HttpClient::~HttpClient() = default;

Result<HttpAnswer> HttpClient::Send(const HttpCall& call) {
  beast::error_code error;
  if (!impl_->stream.socket().is_open()) error = impl_->Connect();
  auto request = ToRequest(call, impl_->address);
  http::response_parser<http::string_body> parser;
  parser.body_limit(kAnswerBytesMax);
  if (call.method == "HEAD") parser.skip(true);
  if (!error) error = impl_->Exchange(&request, &parser);
  if (error) {
    impl_->Close();
    return Error{impl_->address.host + ":" + impl_->address.port + ": " + error.message()};
  }
  if (!parser.keep_alive()) impl_->Close();
  HttpAnswer answer;
  answer.status = parser.get().result_int();
  const auto retry_after = parser.get()[http::field::retry_after];
  answer.retry_after = ParseRetryAfter({retry_after.data(), retry_after.size()});
  answer.body = std::move(parser.get().body());
  return answer;
}

}  // namespace oncegate
