// Event load: HTTP load made of events, in bulk or one by one, new or resent, as fast as the
// service takes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/load/http_load.h"
#include "server/load/request_source.h"

namespace oncegate {

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

  /// Goes on where the last call ended. Throws std::runtime_error unless every request is
  /// settled, or accepted by a journal.
  EventRate SendNew(std::uint64_t requests_max = UINT64_MAX);
  /// Sends what SendNew sent, again and again, until the time is over.
  EventRate SendAgain();

 private:
  EventRate RateOf(const LoadResult& result) const;

  const std::string host_;
  const std::string port_;
  const EventLoad load_;
  RequestSource source_;
  std::vector<std::vector<std::string>> sent_;  // By connection; bounded.
};

}  // namespace oncegate
