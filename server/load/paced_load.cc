#include "server/load/paced_load.h"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <utility>

#include "server/load/connections.h"

namespace oncegate {
namespace {

using SteadyClock = std::chrono::steady_clock;

class PacedLoader {
 public:
  PacedLoader(const PacedLoad& load, const NextRequest& next_request)
      : load_(load),
        next_request_(next_request),
        connections_(load.host, load.port, load.connections),
        due_at_(load.connections),
        begun_(SteadyClock::now()) {
    for (std::uint32_t c = 0; c < load.connections; ++c) idle_.push_back(c);
  }

  PacedResult Run() {
    const auto end = begun_ + load_.duration;
    while (SteadyClock::now() < end) {
      StartWhatIsDue();
      const auto next = idle_.empty() ? end : std::min(end, DueAt(result_.sent));
      Poll(std::max(std::chrono::nanoseconds(0),
                    std::chrono::nanoseconds(next - SteadyClock::now())));
    }
    result_.seconds = std::chrono::duration<double>(SteadyClock::now() - begun_).count();
    result_.due = static_cast<std::uint64_t>(result_.seconds * load_.requests_per_second);
    result_.settled_in_time = result_.settled;
    while (connections_.busy() > 0) {
      if (!Poll(kAnswerTimeout)) throw std::runtime_error("no answer within 30 s");
    }
    return std::move(result_);
  }

 private:
  SteadyClock::time_point DueAt(std::uint64_t number) const {
    const std::chrono::duration<double> offset(static_cast<double>(number) /
                                               load_.requests_per_second);
    return begun_ + std::chrono::duration_cast<std::chrono::nanoseconds>(offset);
  }

  void StartWhatIsDue() {
    const auto now = SteadyClock::now();
    while (!idle_.empty() && DueAt(result_.sent) <= now) {
      const std::uint32_t c = idle_.front();
      idle_.pop_front();
      due_at_[c] = DueAt(result_.sent);
      ++result_.sent;
      std::string& request = connections_.request(c);
      // What is still there was refused.
      if (request.empty()) next_request_(c, &request);
      connections_.Send(c);
    }
  }

  bool Poll(std::chrono::nanoseconds timeout) {
    return connections_.Poll(timeout, [this](std::uint32_t c, const LoadAnswer& answer) {
      Count(c, answer);
      idle_.push_back(c);
    });
  }

  void Count(std::uint32_t c, const LoadAnswer& answer) {
    if (answer.status == 429) {
      ++result_.refused;
      if (!answer.has_retry_after) ++result_.refused_without_retry_after;
      return;
    }
    connections_.request(c).clear();
    if (answer.status != 200) {
      ++result_.other;
      return;
    }
    const std::chrono::duration<double, std::milli> latency = SteadyClock::now() - due_at_[c];
    ++result_.settled;
    result_.latencies_ms.push_back(latency.count());
  }

  const PacedLoad& load_;
  const NextRequest& next_request_;
  HttpConnections connections_;
  std::vector<SteadyClock::time_point> due_at_;  // By connection.
  std::deque<std::uint32_t> idle_;  // The longest idle one first, so that all take part.
  const SteadyClock::time_point begun_;
  PacedResult result_;
};

}  // namespace

PacedResult RunPacedLoad(const PacedLoad& load, const NextRequest& next_request) {
  return PacedLoader(load, next_request).Run();
}

}  // namespace oncegate
