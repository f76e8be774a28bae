// Event load: HTTP load made of events, in bulk or one by one, new or resent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/load/http_load.h"

namespace oncegate {

struct EventLoad {
  std::string stream;
  /// Producers are named so, with a number behind.
  std::string producer_prefix = "bench-";
  std::uint32_t connections = 8;
  std::uint32_t events_per_request = 500;
  std::chrono::milliseconds duration{5000};
  /// Connection c sends as producer c % producers. With fewer producers than connections their
  /// sequences are interleaved over the connections, and arrive out of order.
  std::uint32_t producers = UINT32_MAX;
};

struct EventRate {
  std::uint64_t events = 0;
  double events_per_second = 0;
  double latency_p50_ms = 0;
  double latency_p99_ms = 0;
};

/// Sends events that are new, each producer's from its sequence 0 on. The sent requests can be sent
/// again, as they are.
class EventSender {
 public:
  /// `first_row`: see rows.h; the events get one row after the other.
  EventSender(std::string host, std::string port, const EventLoad& load, std::uint64_t first_row);

  /// Throws std::runtime_error unless every request is settled.
  EventRate SendNew();
  /// Sends what SendNew sent, again and again, until the time is over.
  EventRate SendAgain();

 private:
  std::string MakeRequest(std::uint32_t connection);
  EventRate RateOf(const LoadResult& result) const;

  const std::string host_;
  const std::string port_;
  const EventLoad load_;
  std::uint64_t next_row_;
  std::vector<std::uint64_t> next_sequence_;    // By producer.
  std::vector<std::vector<std::string>> sent_;  // By connection; bounded.
};

}  // namespace oncegate
