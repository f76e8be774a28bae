// A blocking HTTP/1.1 client for the commands that talk to a running service.
//
// Not thread-safe; one connection, kept open between calls and opened again when it is gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dedupe/types/result.h"

namespace oncegate {

struct ServerAddress {
  std::string host;
  std::string port;
};

/// `http://host:port`, nothing after it.
Result<ServerAddress> ParseServerUrl(std::string_view url);

/// Percent-encodes everything but unreserved characters (RFC 3986), for one path segment or one
/// query value.
std::string PercentEncode(std::string_view text);

struct HttpCall {
  std::string method;
  std::string target;
  std::string content_type;  // Empty: no body.
  std::string body;
  std::string producer;                  // Producer-Id; empty: none.
  std::optional<std::int64_t> epoch;     // Producer-Epoch.
  std::optional<std::int64_t> sequence;  // Producer-Seq.
};

struct HttpAnswer {
  int status = 0;
  std::optional<std::chrono::seconds> retry_after;
  std::string body;
};

class HttpClient {
 public:
  HttpClient(ServerAddress address, std::chrono::milliseconds timeout);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// An error means that the answer is unknown: the request may have been carried out.
  Result<HttpAnswer> Send(const HttpCall& call);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate
