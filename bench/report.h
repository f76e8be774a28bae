// The lines of the benchmark's table.
#pragma once

#include <cstdint>
#include <string>

#include "server/load/event_load.h"

namespace oncegate::bench {

/// One line, at once.
void Print(const std::string& name, double rate, const std::string& remark);

/// "0.85 of (a)"; "-" where there is no base.
std::string Ratio(double rate, double base, const std::string& of);
std::string Latency(const EventRate& rate);

}  // namespace oncegate::bench
