#include "server/load/paced_load.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/server/load/canned_server.h"

namespace oncegate {
namespace {

using std::chrono::milliseconds;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kRefused =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";

PacedResult Send(const CannedServer& server, double rate, milliseconds duration) {
  int next = 0;
  return RunPacedLoad({"127.0.0.1", server.port(), 1, rate, duration},
                      [&next](std::uint32_t, std::string* out) {
                        *out = std::to_string(next++);
                        return true;
                      });
}

TEST(PacedLoad, ChargesAPauseToEverythingThatWasDueMeanwhile) {
  CannedServer server(milliseconds(300), {kOk});
  const PacedResult result = Send(server, 100, milliseconds(1000));
  // 30 requests were due in the pause; what was due in its first 200 ms waited 100 ms and more.
  const auto waited = std::count_if(result.latencies_ms.begin(), result.latencies_ms.end(),
                                    [](double latency_ms) { return latency_ms >= 100; });
  EXPECT_GE(waited, 20);
  EXPECT_EQ(result.settled, result.sent);
}

TEST(PacedLoad, SendsARefusedRequestAgainUnchanged) {
  CannedServer server(milliseconds(0), {kRefused, kRefused, kOk});
  const PacedResult result = Send(server, 100, milliseconds(300));
  const std::vector<std::string> requests = server.Join();
  ASSERT_GE(requests.size(), 4U);
  EXPECT_EQ(std::vector<std::string>(requests.begin(), requests.begin() + 4),
            (std::vector<std::string>{"0", "0", "0", "1"}));
  EXPECT_EQ(result.refused, 2U);
  EXPECT_EQ(result.refused_without_retry_after, 0U);
  EXPECT_EQ(result.settled + result.refused, result.sent);
}

}  // namespace
}  // namespace oncegate
