#include "server/load/request_source.h"

#include <algorithm>
#include <utility>

#include "server/load/rows.h"

namespace oncegate {
namespace {

/// The place in the sequence of the n-th request of a producer that keeps `ranges`:
/// first every second place, then the lowest open one and the next far one by turns.
std::uint64_t PlaceOf(std::uint64_t n, std::uint64_t ranges) {
  if (ranges == 0) return n;
  if (n < ranges) return 2 * n;
  const std::uint64_t turn = n - ranges;
  return turn % 2 == 0 ? turn + 1 : 2 * ranges + turn - 1;
}

std::size_t ProducerCount(const EventLoad& load) {
  return load.choice == ProducerChoice::kByEvent ? load.producers
                                                 : std::min(load.connections, load.producers);
}

}  // namespace

RequestSource::RequestSource(EventLoad load, std::uint64_t first_row)
    : load_(std::move(load)), next_row_(first_row), next_by_producer_(ProducerCount(load_), 0) {}

std::string RequestSource::Next(std::uint32_t connection) {
  if (load_.choice == ProducerChoice::kByEvent) return Request("", EventsOfAll());
  const auto producer = static_cast<std::uint32_t>(connection % next_by_producer_.size());
  return Request("Producer-Id: " + load_.producer_prefix + std::to_string(producer) + "\r\n",
                 EventsOfOneProducer(producer));
}

std::string RequestSource::EventsOfOneProducer(std::uint32_t producer) {
  std::string body;
  const std::uint64_t first =
      PlaceOf(next_by_producer_[producer]++, load_.ranges) * load_.events_per_request;
  for (std::uint32_t i = 0; i < load_.events_per_request; ++i) {
    body += '{';
    AppendEvent(first + i, &body);
  }
  return body;
}

std::string RequestSource::EventsOfAll() {
  std::string body;
  for (std::uint32_t i = 0; i < load_.events_per_request; ++i) {
    const std::size_t producer = next_producer_++ % next_by_producer_.size();
    body += "{\"producer\":\"" + load_.producer_prefix + std::to_string(producer) + "\",";
    AppendEvent(next_by_producer_[producer]++, &body);
  }
  return body;
}

void RequestSource::AppendEvent(std::uint64_t sequence, std::string* body) {
  const std::uint64_t row = next_row_++;
  *body += "\"seq\":" + std::to_string(sequence) + ",\"key\":\"" + RowKey(row) + "\",\"value\":" +
           (load_.value_bytes == 0 ? RowValue(row) : RowValue(row, load_.value_bytes)) + "}\n";
}

std::string RequestSource::Request(const std::string& producer_header,
                                   const std::string& body) const {
  return "POST /v1/streams/" + load_.stream + "/events HTTP/1.1\r\nHost: bench\r\n" +
         producer_header +
         "Content-Type: application/x-ndjson\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace oncegate
