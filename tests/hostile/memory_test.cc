// What a request may cost in memory is bounded by limits.body_bytes, whatever it is made of.
#include <chrono>
#include <cstdint>

#include "tests/e2e/bodies.h"
#include "tests/e2e/service_test.h"
#include "tests/hostile/process_figures.h"
#include "tests/support/deadline.h"
#include "tests/support/sanitizer.h"

namespace oncegate::hostile {
namespace {

using e2e::Answer;
using e2e::IsProblem;

constexpr std::size_t kLimitBytes = std::size_t{16} << 20;
constexpr std::size_t kMegabyte = std::size_t{1} << 20;
// More than any bound lets pass; a stream that is not refused before that never would be.
constexpr int kEndlessPieces = 200'000;

std::string Repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

class Memory : public e2e::ServiceTest {
 protected:
  void SetUp() override {
    if (test::kHasSanitizer) GTEST_SKIP() << "SKIPPED: built with a sanitizer";
    Start("[limits]\nbody_bytes = " + std::to_string(kLimitBytes) + "\n");
    // The first request of its size makes buffers that are kept.
    ASSERT_EQ(Post("orders", e2e::Record("warm", 0, "1")).status, 200);
    before_bytes_ = ResidentBytes(process().pid());
    ResetPeak(process().pid());
  }

  Answer PostCompressed(const std::string& coding, const std::string& body) {
    return Post(
        "orders", body,
        {.query = "", .type = "application/json", .headers = {{"Content-Encoding", coding}}});
  }

  /// The rise of resident memory over what it was before the attack.
  void ExpectRiseBelow(std::size_t bytes) {
    const std::size_t peak = PeakResidentBytes(process().pid());
    const std::size_t rise = peak - std::min(peak, before_bytes_);
    EXPECT_LT(rise, bytes);
    std::cout << "rise of resident memory: " << rise / 1024 << " KiB\n";
    EXPECT_EQ(Post("orders", e2e::Record("after", 0, "1")).status, 200);
    EXPECT_EQ(sink().Rows("orders").size(), 2U);
  }

  /// Sends `opening`, then `piece` again and again until the service answers.
  Answer SendEndlessly(const std::string& opening, const std::string& piece) {
    testing::RawConnection connection(process().ingest_port());
    EXPECT_TRUE(connection.Send(opening));
    int pieces = 0;
    while (!connection.IsReadable(std::chrono::milliseconds(0)) && pieces < kEndlessPieces) {
      if (!connection.Send(piece)) break;
      ++pieces;
    }
    EXPECT_LT(pieces, kEndlessPieces);
    const Answer answer = e2e::ReadAnswer(connection.Read());
    EXPECT_TRUE(connection.ReadsEnd());
    return answer;
  }

 private:
  std::size_t before_bytes_ = 0;
};
INSTANTIATE_TEST_SUITE_P(On, Memory, ::testing::Values(e2e::SinkKind::kSqlite), e2e::SinkKindName);

constexpr char kPostLine[] =
    "POST /v1/streams/orders/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

TEST_P(Memory, ABombCostsLessThanTwiceTheLimit) {
  const std::string zeros(128 * kMegabyte, '\0');
  const std::string gzip = e2e::Gzip(zeros);
  const std::string zstd = e2e::Zstd(zeros);
  for (int round = 0; round < 5; ++round) {
    EXPECT_THAT(PostCompressed("gzip", gzip), IsProblem(413, "body_too_large"));
    EXPECT_THAT(PostCompressed("zstd", zstd), IsProblem(413, "body_too_large"));
  }
  ExpectRiseBelow(2 * kLimitBytes);
}

TEST_P(Memory, ManyMembersCountUnderOneBound) {
  const std::string member(kMegabyte, ' ');
  EXPECT_THAT(PostCompressed("gzip", Repeated(e2e::Gzip(member), 64)),
              IsProblem(413, "body_too_large"));
  EXPECT_THAT(PostCompressed("zstd", Repeated(e2e::Zstd(member), 64)),
              IsProblem(413, "body_too_large"));
  EXPECT_THAT(PostCompressed("gzip", Repeated(e2e::Gzip(""), 100'000)),
              IsProblem(400, "empty_body"));
  ExpectRiseBelow(2 * kLimitBytes);
}

TEST_P(Memory, StackedCodingsAreNotUndone) {
  const std::string bomb = e2e::Gzip(e2e::Gzip(std::string(64 * kMegabyte, '\0')));
  EXPECT_THAT(PostCompressed("gzip, gzip", bomb), IsProblem(415, "unsupported_content_encoding"));
  EXPECT_THAT(PostCompressed("zstd,gzip", bomb), IsProblem(415, "unsupported_content_encoding"));
  EXPECT_THAT(PostCompressed("deflate", bomb), IsProblem(415, "unsupported_content_encoding"));
  EXPECT_EQ(PostCompressed("gzip", bomb).status, 400);  // One coding off, and it is no JSON.
  const Answer twice =
      Post("orders", bomb,
           {.query = "",
            .type = "application/json",
            .headers = {{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}}});
  EXPECT_THAT(twice, IsProblem(415, "unsupported_content_encoding"));
  ExpectRiseBelow(2 * kLimitBytes);
}

TEST_P(Memory, AnEndlessHeadIsRefused) {
  EXPECT_THAT(SendEndlessly(kPostLine, "X: " + std::string(1000, 'x') + "\r\n"),
              IsProblem(431, "headers_too_large"));
  EXPECT_THAT(SendEndlessly(std::string(kPostLine) + "X: ", std::string(1000, 'x')),
              IsProblem(431, "headers_too_large"));
  EXPECT_THAT(SendEndlessly("GET /", std::string(1000, 'x')), IsProblem(414, "uri_too_long"));
  ExpectRiseBelow(kMegabyte * 4);
}

TEST_P(Memory, AnEndlessBodyIsRefused) {
  const std::string opening = std::string(kPostLine) + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(SendEndlessly(opening, "400\r\n" + std::string(1024, ' ') + "\r\n"),
              IsProblem(413, "body_too_large"));
  ExpectRiseBelow(3 * kLimitBytes);
}

TEST_P(Memory, EndlessTrailersAreRefused) {
  EXPECT_THAT(SendEndlessly(std::string(kPostLine) + "Transfer-Encoding: chunked\r\n\r\n0\r\n",
                            "X: " + std::string(1000, 'x') + "\r\n"),
              IsProblem(431, "headers_too_large"));
  ExpectRiseBelow(kMegabyte * 4);
}

TEST_P(Memory, APromisedBodyCostsNothingUntilItArrives) {
  std::vector<std::unique_ptr<testing::RawConnection>> connections;
  for (int i = 0; i < 100; ++i) {
    connections.push_back(std::make_unique<testing::RawConnection>(process().ingest_port()));
    ASSERT_TRUE(connections.back()->Send(
        std::string(kPostLine) + "Content-Length: " + std::to_string(kLimitBytes) + "\r\n\r\n["));
  }
  ASSERT_TRUE(
      test::Eventually([this] { return service().Metric("oncegate_http_connections") >= 100; }));
  ExpectRiseBelow(2 * kLimitBytes);
}

}  // namespace
}  // namespace oncegate::hostile
