#include "server/load/event_load.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "server/load/rows.h"

namespace oncegate {
namespace {

// Enough for the resent phase without holding a gigabyte.
constexpr std::size_t kKeptBytesPerConnection = 16 * 1024 * 1024;

}  // namespace

EventSender::EventSender(std::string host, std::string port, const EventLoad& load,
                         std::uint64_t first_row)
    : host_(std::move(host)), port_(std::move(port)), load_(load), next_row_(first_row) {
  next_sequence_.resize(std::min(load_.connections, load_.producers), 0);
  sent_.resize(load_.connections);
}

std::string EventSender::MakeRequest(std::uint32_t connection) {
  std::string body;
  const std::size_t producer = connection % next_sequence_.size();
  std::uint64_t& sequence = next_sequence_[producer];
  for (std::uint32_t i = 0; i < load_.events_per_request; ++i) {
    const std::uint64_t row = next_row_++;
    body += "{\"seq\":" + std::to_string(sequence + i) + ",\"key\":\"" + RowKey(row) +
            "\",\"value\":" + RowValue(row) + "}\n";
  }
  sequence += load_.events_per_request;
  return "POST /v1/streams/" + load_.stream +
         "/events HTTP/1.1\r\nHost: bench\r\nProducer-Id: " + load_.producer_prefix +
         std::to_string(producer) + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

EventRate EventSender::RateOf(const LoadResult& result) const {
  if (result.settled_requests != result.requests) {
    throw std::runtime_error("not every request was settled: " +
                             std::to_string(result.requests - result.settled_requests) + " of " +
                             std::to_string(result.requests));
  }
  return {result.requests * load_.events_per_request,
          result.RequestsPerSecond() * load_.events_per_request, result.LatencyPercentile(50),
          result.LatencyPercentile(99)};
}

EventRate EventSender::SendNew() {
  LoadSettings settings{host_, port_, load_.connections, load_.duration};
  std::vector<std::size_t> kept(load_.connections, 0);
  return RateOf(RunLoad(settings, [&](std::uint32_t connection, std::string* out) {
    *out = MakeRequest(connection);
    if (kept[connection] < kKeptBytesPerConnection) {
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
