// HttpMetrics: the metrics of both listeners.
//
// Thread-safe. A route keeps one handle for each method and status; the first answer of a kind adds
// its label set, later ones look nothing up. Every code of problem.h exists as a reason from the
// start.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "server/http/observer.h"
#include "server/metrics/families.h"

namespace oncegate {

class RouteMetrics : public HttpRouteObserver {
 public:
  RouteMetrics(Families& families, std::string_view route);

  void OnDone(const HttpExchange& exchange) override;

 private:
  static constexpr std::size_t kMethods = 9;
  static constexpr int kStatusFirst = 100;
  static constexpr int kStatusEnd = 600;
  using StatusHandles = std::array<std::atomic<prometheus::Counter*>, kStatusEnd - kStatusFirst>;

  static std::size_t MethodSlot(std::string_view method);

  const std::string route_;
  prometheus::Family<prometheus::Counter>& requests_family_;
  prometheus::Histogram& duration_;
  std::array<StatusHandles, kMethods> requests_{};
};

class HttpMetrics : public HttpObserver {
 public:
  explicit HttpMetrics(Families& families);

  HttpRouteObserver& ForRoute(std::string_view route) override;
  void OnRejected(std::string_view reason) override;
  void OnConnectionOpened() override;
  void OnConnectionClosed() override;

 private:
  Families& families_;
  prometheus::Gauge& connections_;
  /// By reason; the keys are constants. Not changed after construction.
  std::map<std::string_view, prometheus::Counter*> rejected_;
  prometheus::Counter& rejected_other_;  // For a reason outside of the closed list.
  std::mutex mutex_;                     // Owns routes_.
  std::map<std::string, std::unique_ptr<RouteMetrics>, std::less<>> routes_;
};

}  // namespace oncegate
