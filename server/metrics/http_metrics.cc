#include "server/metrics/http_metrics.h"

#include <algorithm>

#include "dedupe/types/check.h"
#include "server/http/problem.h"
#include "server/metrics/seconds.h"

namespace oncegate {
namespace {

// The last one stands for every other name.
constexpr std::array<std::string_view, 9> kMethodNames = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "other"};

constexpr std::string_view kReasons[] = {
#define ONCEGATE_REASON(name, text, status) text,
    ONCEGATE_PROBLEMS(ONCEGATE_REASON)
#undef ONCEGATE_REASON
};

}  // namespace

RouteMetrics::RouteMetrics(Families& families, std::string_view route)
    : route_(route),
      requests_family_(families.http_requests),
      duration_(families.http_request_duration.Add({{"route", route_}}, kSecondsBuckets)) {}

std::size_t RouteMetrics::MethodSlot(std::string_view method) {
  static_assert(kMethodNames.size() == kMethods);
  const auto last = kMethodNames.end() - 1;
  return static_cast<std::size_t>(std::find(kMethodNames.begin(), last, method) -
                                  kMethodNames.begin());
}

void RouteMetrics::OnDone(const HttpExchange& exchange) {
  CHECK(exchange.status >= kStatusFirst && exchange.status < kStatusEnd);
  const std::size_t method = MethodSlot(exchange.method);
  std::atomic<prometheus::Counter*>& handle = requests_[method][exchange.status - kStatusFirst];
  prometheus::Counter* counter = handle.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // Two threads that get here at once are given the same counter.
    counter = &requests_family_.Add({{"route", route_},
                                     {"method", std::string(kMethodNames[method])},
                                     {"code", std::to_string(exchange.status)}});
    handle.store(counter, std::memory_order_release);
  }
  counter->Increment();
  duration_.Observe(Seconds(exchange.duration));
}

HttpMetrics::HttpMetrics(Families& families)
    : families_(families),
      connections_(families.http_connections.Add({})),
      rejected_other_(families.http_rejected.Add({{"reason", "other"}})) {
  for (const std::string_view reason : kReasons) {
    rejected_[reason] = &families.http_rejected.Add({{"reason", std::string(reason)}});
  }
}

HttpRouteObserver& HttpMetrics::ForRoute(std::string_view route) {
  std::lock_guard lock(mutex_);
  auto found = routes_.find(route);
  if (found == routes_.end()) {
    found = routes_.emplace(route, std::make_unique<RouteMetrics>(families_, route)).first;
  }
  return *found->second;
}

void HttpMetrics::OnRejected(std::string_view reason) {
  const auto known = rejected_.find(reason);
  (known == rejected_.end() ? rejected_other_ : *known->second).Increment();
}

void HttpMetrics::OnConnectionOpened() { connections_.Increment(); }

void HttpMetrics::OnConnectionClosed() { connections_.Decrement(); }

}  // namespace oncegate
