#include "server/load/event_load.h"

#include <chrono>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "tests/unit/server/load/canned_server.h"

namespace oncegate {
namespace {

constexpr char kAccepted[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
constexpr char kUnavailable[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

EventRate SendTo(const CannedServer& server, std::uint64_t requests) {
  EventSender sender("127.0.0.1", server.port(),
                     {.stream = "orders", .connections = 1, .events_per_request = 2}, 0);
  return sender.SendNew(requests);
}

TEST(EventSender, CountsWhatAJournalHasAccepted) {
  const CannedServer server(std::chrono::milliseconds(0), {kAccepted});
  EXPECT_EQ(SendTo(server, 3).events, 6U);
}

TEST(EventSender, MeasuresNothingIfARequestWasNotTaken) {
  const CannedServer server(std::chrono::milliseconds(0), {kAccepted, kUnavailable});
  EXPECT_THROW(SendTo(server, 3), std::runtime_error);
}

}  // namespace
}  // namespace oncegate
