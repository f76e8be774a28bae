// More than the service can take: it refuses early, stays small, and what was refused settles
// later.
#include <atomic>
#include <thread>

#include "tests/e2e/loaded_service.h"
#include "tests/support/deadline.h"
#include "tests/support/sanitizer.h"

namespace oncegate::e2e {
namespace {

class Overload : public ServiceTest {};
ONCEGATE_ON_BOTH_SINKS(Overload);

TEST_P(Overload, TheSameRequestsSettleLaterAndMemoryStaysFlat) {
  constexpr int kClients = 16;
  constexpr int kRequests = 10;
  Start("[limits]\nqueue_bytes_per_lane = 524288\n[stream_defaults]\nrequest_timeout = \"2s\"\n");
  ASSERT_EQ(Post(kStream, Record("first", 0, "1")).status, 200);
  sink().Audit(kStream);
  ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/pause", "{}").status, 200);
  const std::size_t before = process().ResidentBytes();

  const std::string value = "\"" + std::string(100'000, 'x') + "\"";
  std::atomic<int> refused{0};
  std::atomic<int> unexpected{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      for (int request = 0; request < kRequests;) {
        const Answer answer = Post(kStream, Record("p" + std::to_string(client), request, value));
        if (answer.status == 200) ++request;
        if (answer.status == 429) ++refused;
        const bool is_known = answer.status == 200 || answer.status == 429 || answer.status == 503;
        if (!is_known) ++unexpected;
      }
    });
  }
  EXPECT_TRUE(test::Eventually([&] { return refused >= 500; }));
  if (!test::kHasSanitizer) {
    EXPECT_LT(process().ResidentBytes(), before + (64U << 20));
  }
  EXPECT_EQ(service().OpsPost("/admin/v1/sinks/main/resume", "{}").status, 200);
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(unexpected, 0);
  const auto writes = sink().AuditedWrites(kStream);
  EXPECT_EQ(writes.size(), static_cast<std::size_t>(kClients * kRequests));
  for (const auto& [key, count] : writes) EXPECT_EQ(count, 1) << key;
}

TEST_P(Overload, ConnectionsBeyondTheirLimitAreTurnedAway) {
  Start("[limits]\nconnections = 10\n");
  std::vector<std::unique_ptr<testing::RawConnection>> open;
  for (int i = 0; i < 10; ++i) {
    open.push_back(std::make_unique<testing::RawConnection>(process().ingest_port()));
    ASSERT_TRUE(open.back()->Send("GET /v1/version HTTP/1.1\r\nHost: a\r\n\r\n"));
    ASSERT_EQ(ReadAnswer(open.back()->Read()).status, 200);
  }
  testing::RawConnection refused(process().ingest_port());
  const Answer answer = ReadAnswer(refused.Read());
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Code(), "too_many_connections");
  EXPECT_NE(answer.Header("Retry-After"), "");
  open.clear();
  EXPECT_TRUE(test::Eventually([&] {
    return service().Ingest({"GET", "/v1/version", {}, ""}).status == 200;
  }));
}

}  // namespace
}  // namespace oncegate::e2e
