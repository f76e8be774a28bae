// What a running service does with events: in bulk, one by one, and resent; its rates, and the CPU
// time that an event costs.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "bench/service.h"

namespace oncegate::bench {

struct ServiceLoad {
  std::string sink;  // For the table.
  std::chrono::milliseconds duration{5000};
  /// The server of the sink, whose children work for it; -1: the sink lives in the service.
  pid_t sink_server = -1;
  /// A counter of the transactions that wrote something; empty: the sink has none.
  std::function<std::uint64_t()> transactions;
  double bulk_base = 0;    // The rate of (a), or 0.
  double single_base = 0;  // The rate of (b), or 0.
  /// The letters of what is measured.
  std::string parts = "cde";
};

void MeasureService(const ServiceLoad& load, const Service& service);

}  // namespace oncegate::bench
