// What the HTTP server reports to the outside while it works (metrics). Thread-safe, never blocks,
// never fails.
#pragma once

#include <chrono>
#include <string_view>

namespace oncegate {

/// One finished exchange of a route.
struct HttpExchange {
  /// GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, or "other" where the request line could
  /// not be read: a closed list, fit for a label.
  std::string_view method;
  int status = 0;
  /// From the end of the request head to the last byte of the answer handed to the kernel.
  std::chrono::nanoseconds duration{};
};

/// A handle resolved once per route, so that the hot path looks nothing up by name.
class HttpRouteObserver {
 public:
  virtual ~HttpRouteObserver() = default;
  virtual void OnDone(const HttpExchange& exchange) = 0;
};

class HttpObserver {
 public:
  virtual ~HttpObserver() = default;
  /// `route` is a pattern of the router's table ("/v1/streams/{stream}/events"), "unmatched" (404)
  /// or "malformed" (no route could be told). Called at construction only; the returned observer
  /// lives as long as this one; the same route gives the same object, also for several listeners.
  virtual HttpRouteObserver& ForRoute(std::string_view route) = 0;
  /// A request (or connection) was refused as a whole; `reason` is a code of problem.h.
  virtual void OnRejected(std::string_view reason) = 0;
  virtual void OnConnectionOpened() = 0;
  virtual void OnConnectionClosed() = 0;
};

}  // namespace oncegate
