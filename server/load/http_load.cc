#include "server/load/http_load.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "server/load/connections.h"

namespace oncegate {
namespace {

using SteadyClock = std::chrono::steady_clock;

class Loader {
 public:
  Loader(const LoadSettings& settings, const NextRequest& next_request)
      : settings_(settings),
        next_request_(next_request),
        connections_(settings.host, settings.port, settings.connections),
        started_at_(settings.connections) {}

  LoadResult Run() {
    const auto begun = SteadyClock::now();
    deadline_ = begun + settings_.duration;
    for (std::uint32_t c = 0; c < connections_.count(); ++c) StartRequest(c);
    const auto on_answer = [this](std::uint32_t c, const LoadAnswer& answer) {
      Count(c, answer);
      StartRequest(c);
    };
    while (connections_.busy() > 0) {
      if (!connections_.Poll(kAnswerTimeout, on_answer)) {
        throw std::runtime_error("no answer within 30 s");
      }
    }
    result_.seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
    return std::move(result_);
  }

 private:
  void StartRequest(std::uint32_t c) {
    std::string& request = connections_.request(c);
    request.clear();
    if (started_ >= settings_.requests_max || SteadyClock::now() >= deadline_) return;
    if (!next_request_(c, &request)) return;
    ++started_;
    started_at_[c] = SteadyClock::now();
    connections_.Send(c);
  }

  void Count(std::uint32_t c, const LoadAnswer& answer) {
    const std::chrono::duration<double, std::milli> latency = SteadyClock::now() - started_at_[c];
    ++result_.requests;
    if (answer.status == 200 || answer.status == 202) ++result_.taken_requests;
    result_.latencies_ms.push_back(latency.count());
  }

  const LoadSettings& settings_;
  const NextRequest& next_request_;
  HttpConnections connections_;
  std::vector<SteadyClock::time_point> started_at_;  // By connection.
  std::uint64_t started_ = 0;
  SteadyClock::time_point deadline_;
  LoadResult result_;
};

}  // namespace

double Percentile(std::vector<double> values, double percent) {
  if (values.empty()) return 0;
  const auto position =
      static_cast<std::size_t>(percent / 100 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(position),
                   values.end());
  return values[position];
}

double LoadResult::LatencyPercentile(double percent) const {
  return Percentile(latencies_ms, percent);
}

LoadResult RunLoad(const LoadSettings& settings, const NextRequest& next_request) {
  return Loader(settings, next_request).Run();
}

}  // namespace oncegate
