// Requests and responses as handlers see them: plain values, no Beast. A Beast translation unit costs
// several seconds to compile; only connection.cc and listener.cc include it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace oncegate {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string target;                       // As sent.
  std::vector<std::string> path;            // Segments, split first and percent-decoded then.
  std::vector<HttpHeader> query;            // Decoded pairs in order.
  std::vector<HttpHeader> headers;          // In order, names as sent.
  std::string body;                         // As sent (not decompressed).
  std::string request_id;                   // Taken over or made.

  /// The value of the only header of that name (case-insensitive), null if absent.
  const std::string* FindHeader(std::string_view name) const;
  std::size_t CountHeader(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;  // Empty: no body.
  std::vector<HttpHeader> headers;
  std::string body;
  bool close = false;
};

/// Called exactly once per request, from any thread.
using Responder = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(HttpRequest, Responder)>;

}  // namespace oncegate
