// CostMeter: what all who take part spend between its making and the call of PerEvent.
#pragma once

#include <cstdint>
#include <string>

#include "bench/bench.h"

namespace oncegate::bench {

class Subject;

class CostMeter {
 public:
  CostMeter(Bench* bench, const Subject& subject);

  /// "; CPU µs an event: service 1.0, client 0.5, sink 4.0; 2000.0 events a transaction", the last
  /// of Postgres alone.
  std::string PerEvent(std::uint64_t events) const;

 private:
  struct Used {
    std::uint64_t service = 0;
    std::uint64_t client = 0;
    std::uint64_t sink = 0;
    std::uint64_t transactions = 0;
  };

  Used Read() const;

  Bench* const bench_;
  const pid_t service_;
  const pid_t sink_;  // -1: the sink lives in the service.
  const bool is_postgres_;
  const Used begun_;
};

}  // namespace oncegate::bench
