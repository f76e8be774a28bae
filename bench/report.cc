#include "bench/report.h"

#include <cstdio>

namespace oncegate::bench {

void Print(const std::string& name, double rate, const std::string& remark) {
  std::printf("%-66s %12.0f/s  %s\n", name.c_str(), rate, remark.c_str());
  std::fflush(stdout);
}

std::string Ratio(double rate, double base, const std::string& of) {
  if (base == 0) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.2f of %s", rate / base, of.c_str());
  return text;
}

std::string Latency(const EventRate& rate) {
  char text[64];
  std::snprintf(text, sizeof text, ", p50 %.1f ms, p99 %.1f ms", rate.latency_p50_ms,
                rate.latency_p99_ms);
  return text;
}

}  // namespace oncegate::bench
