// Ten thousand connections that do nothing cost little memory, and nobody else anything.
#include <sys/resource.h>

#include <memory>

#include "tests/e2e/service_test.h"
#include "tests/hostile/process_figures.h"
#include "tests/support/deadline.h"
#include "tests/support/sanitizer.h"

namespace oncegate::hostile {
namespace {

constexpr std::size_t kConnections = 10'000;
constexpr std::size_t kDescriptorsBesides = 300;
constexpr std::size_t kResidentBytesMax = std::size_t{150} << 20;
constexpr char kVersionRequest[] = "GET /v1/version HTTP/1.1\r\nHost: a\r\n\r\n";

/// Raises the limit of this process, and with it that of its children. False: the system forbids
/// it.
bool AllowDescriptors(std::size_t count) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_max < count) {
    limit.rlim_max = count;
    limit.rlim_cur = count;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
  }
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

class IdleConnections : public e2e::ServiceTest {};
INSTANTIATE_TEST_SUITE_P(On, IdleConnections, ::testing::Values(e2e::SinkKind::kSqlite),
                         e2e::SinkKindName);

TEST_P(IdleConnections, TenThousandFitInto150Megabytes) {
  if (test::kHasSanitizer) GTEST_SKIP() << "SKIPPED: built with a sanitizer";
  if (!AllowDescriptors(kConnections + kDescriptorsBesides)) {
    GTEST_SKIP() << "SKIPPED: this system allows fewer than " << kConnections << " descriptors";
  }
  Start("[limits]\nidle_timeout = \"10m\"\n");
  std::vector<std::unique_ptr<testing::RawConnection>> connections;
  for (std::size_t i = 0; i < kConnections; ++i) {
    connections.push_back(std::make_unique<testing::RawConnection>(process().ingest_port()));
  }
  ASSERT_TRUE(test::Eventually([this] {
    return service().Metric("oncegate_http_connections") >= static_cast<double>(kConnections);
  })) << service().Metric("oncegate_http_connections");
  const std::size_t silent_bytes = ResidentBytes(process().pid());
  EXPECT_LT(silent_bytes, kResidentBytesMax);
  // A connection that was used once keeps more than one that never was.
  for (const auto& connection : connections) {
    ASSERT_TRUE(connection->Send(kVersionRequest));
    const auto reply = connection->Read();
    ASSERT_TRUE(reply && reply->status == 200);
  }
  const std::size_t used_bytes = ResidentBytes(process().pid());
  EXPECT_LT(used_bytes, kResidentBytesMax);
  std::cout << "resident with " << kConnections << " idle connections: " << (silent_bytes >> 20)
            << " MiB, after one request each: " << (used_bytes >> 20) << " MiB\n";
  EXPECT_EQ(Post("orders", e2e::Record("p", 0, "1")).status, 200);
  ASSERT_TRUE(connections.back()->Send(kVersionRequest));
  EXPECT_TRUE(connections.back()->Read());
}

}  // namespace
}  // namespace oncegate::hostile
