#include "server/load/event_load.h"

#include <stdexcept>
#include <utility>

namespace oncegate {
EventSender::EventSender(std::string host, std::string port, const EventLoad& load,
                         std::uint64_t first_row)
    : host_(std::move(host)), port_(std::move(port)), load_(load), source_(load, first_row) {
  sent_.resize(load_.connections);
}

EventRate EventSender::RateOf(const LoadResult& result) const {
  if (result.taken_requests != result.requests) {
    throw std::runtime_error("not every request was settled or accepted: " +
                             std::to_string(result.requests - result.taken_requests) + " of " +
                             std::to_string(result.requests));
  }
  return {result.requests * load_.events_per_request,
          result.RequestsPerSecond() * load_.events_per_request, result.LatencyPercentile(50),
          result.LatencyPercentile(99)};
}

EventRate EventSender::SendNew(std::uint64_t requests_max) {
  LoadSettings settings{host_, port_, load_.connections, load_.duration, requests_max};
  std::vector<std::size_t> kept(load_.connections, 0);
  return RateOf(RunLoad(settings, [&](std::uint32_t connection, std::string* out) {
    *out = source_.Next(connection);
    if (kept[connection] < load_.kept_bytes_per_connection) {
      kept[connection] += out->size();
      sent_[connection].push_back(*out);
    }
    return true;
  }));
}

EventRate EventSender::SendAgain() {
  LoadSettings settings{host_, port_, load_.connections, load_.duration};
  std::vector<std::size_t> next(load_.connections, 0);
  return RateOf(RunLoad(settings, [&](std::uint32_t connection, std::string* out) {
    const std::vector<std::string>& sent = sent_[connection];
    if (sent.empty()) return false;
    *out = sent[next[connection]++ % sent.size()];
    return true;
  }));
}

}  // namespace oncegate
