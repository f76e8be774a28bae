// Router: from path and method to a handler, by one table of routes that a listener hands in.
//
// Thread-safe: nothing changes after construction. Handlers outlive the router, the observer too.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.h"
#include "server/http/observer.h"

namespace oncegate {

struct Route {
  std::string_view method;   // "GET" (HEAD comes with it) or "POST".
  std::string_view pattern;  // "/v1/streams/{stream}/events"; also the metrics' label.
  std::function<void(HttpRequest, Responder)> handle;
  /// Before the method is looked at: a 404 for a path that can not exist; null: any path may.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> check_path;
};

class Router final : public HttpDispatcher {
 public:
  /// Patterns differ, or have the same check_path.
  Router(std::vector<Route> routes, HttpObserver* observer);

  Admission Admit(HttpRequest* request) override;
  void Handle(HttpRequest request, Responder responder) override;

 private:
  struct Entry {
    Route route;
    std::vector<std::string_view> segments;
    HttpRouteObserver* observer;
  };
  static bool Matches(const Entry& entry, const std::vector<std::string>& path);
  std::string AllowedMethods(const std::vector<std::string>& path) const;

  std::vector<Entry> entries_;
  HttpRouteObserver* unmatched_;
};

}  // namespace oncegate
