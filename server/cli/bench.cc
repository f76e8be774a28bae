#include "server/cli/bench.h"

#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>

#include "server/cli/http_client.h"
#include "server/load/event_load.h"

namespace oncegate {
namespace {

void Print(const char* what, const EventRate& rate, std::ostream* output) {
  char line[128];
  std::snprintf(line, sizeof line, "%-12s %10.0f events/s   p50 %8.2f ms   p99 %8.2f ms", what,
                rate.events_per_second, rate.latency_p50_ms, rate.latency_p99_ms);
  *output << line << std::endl;
}

}  // namespace

int RunBench(const BenchCommand& command, const ProgramStreams& streams) {
  const Result<ServerAddress> address = ParseServerUrl(command.url);
  if (!address) {
    *streams.error << address.error().message << std::endl;
    return kExitFailed;
  }
  // Other runs used other producers and rows, so that everything is new.
  std::random_device random;
  const std::uint64_t run = random();
  const EventLoad load{command.stream,      "bench-" + std::to_string(run) + "-",
                       command.connections, command.batch_records,
                       command.duration,    command.producers};
  try {
    EventSender sender(address->host, address->port, load, run << 32);
    Print("new", sender.SendNew(), streams.output);
    Print("duplicates", sender.SendAgain(), streams.output);
  } catch (const std::runtime_error& error) {
    *streams.error << "the measurement failed: " << error.what() << std::endl;
    return kExitFailed;
  }
  return kExitDone;
}

}  // namespace oncegate
