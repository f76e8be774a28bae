// Which refusal comes first: framing, 404, 405, 413, 415, 429, 400, records. And the limits of one
// request, with a service whose limits are low.
#include "tests/e2e/bodies.h"
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

constexpr char kTightLimits[] = R"(
[limits]
body_bytes = 4096
records_per_request = 10
header_bytes = 2048
queue_bytes_per_lane = 8192
group_events = 5
streams = 1
header_timeout = "500ms"
body_timeout = "500ms"
[stream_defaults]
request_timeout = "5s"
[streams.orders]
[streams.messages]
dedupe = "id"
)";

class Limits : public ServiceTest {
 protected:
  void SetUp() override { Start(kTightLimits); }

  std::string Long() { return Record("p", 1, "\"" + std::string(5000, 'x') + "\""); }
  std::string Many(int count) {
    std::vector<std::string> records;
    for (int i = 0; i < count; ++i) records.push_back(Record("p", i, "1"));
    return Array(records);
  }
  Answer Send(const std::string& stream, const std::string& body, const std::string& type,
              const std::string& query = "") {
    return Post(stream, body, {.query = query, .type = type, .headers = {}});
  }
};
INSTANTIATE_TEST_SUITE_P(On, Limits, ::testing::Values(SinkKind::kSqlite), SinkKindName);

TEST_P(Limits, AnUnknownPathComesBeforeMethodAndSize) {
  EXPECT_THAT(Send("Orders", Long(), "text/plain", "x=y"), IsProblem(404, "unknown_stream"));
  EXPECT_EQ(service().Ingest({"GET", "/v1/streams/Orders/events", {}, ""}).status, 404);
  EXPECT_EQ(service().Ingest({"POST", "/nowhere", {}, Long()}).status, 404);
}

TEST_P(Limits, TheMethodComesBeforeSizeAndType) {
  EXPECT_EQ(service().Ingest({"PUT", "/v1/streams/orders/events", {}, Long()}).status, 405);
  EXPECT_EQ(service().Ingest({"POST", "/v1/version", {}, Long()}).status, 405);
}

TEST_P(Limits, TheSizeComesBeforeTheType) {
  EXPECT_THAT(Send("orders", Long(), "text/plain", "x=y"), IsProblem(413, "body_too_large"));
}

TEST_P(Limits, TheTypeComesBeforeParametersAndBody) {
  EXPECT_EQ(Send("orders", "no JSON", "text/plain", "x=y").status, 415);
}

TEST_P(Limits, TooManyRecordsComeBeforeParameters) {
  EXPECT_THAT(Send("orders", Many(10), "application/json"), Settles(200, {{"applied", 10}}));
  EXPECT_THAT(Send("orders", Many(11), "application/json", "x=y"),
              IsProblem(413, "too_many_records"));
  EXPECT_THAT(Send("orders", std::string(11, '1') + "\n" + "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n",
                   "application/x-ndjson"),
              IsProblem(413, "too_many_records"));
}

TEST_P(Limits, TooManyRecordsComeBeforeHeaders) {
  for (const char* key : {"one-id", "\"open"}) {
    EXPECT_THAT(
        Post("messages", Many(11),
             {.query = "", .type = "application/json", .headers = {{"Idempotency-Key", key}}}),
        IsProblem(413, "too_many_records"));
  }
}

TEST_P(Limits, AnUnknownNameComesBeforeTypeAndBody) {
  const std::string producer = "/v1/streams/orders/producers/unheard-of";
  EXPECT_EQ(service().Ingest({"GET", producer + "?x=y", {}, ""}).status, 404);
  EXPECT_EQ(service().Ingest({"POST", producer + "/epoch", {}, "no JSON"}).status, 404);
  EXPECT_EQ(service().Ops({"POST", "/admin/v1/streams/never_seen/purge", {}, "no JSON"}).status,
            404);
  EXPECT_EQ(service().Ops({"GET", "/admin/v1/streams/never_seen/producers?x=y", {}, ""}).status,
            404);
  EXPECT_EQ(service().Ops({"POST", "/admin/v1/sinks/never_seen/pause", {}, "no JSON"}).status, 404);
  EXPECT_EQ(service().Ops({"GET", "/admin/v1/jobs/never_seen?x=y", {}, ""}).status, 404);
}

TEST_P(Limits, ParametersComeBeforeRecords) {
  EXPECT_THAT(Send("orders", R"({"vaule":1})", "application/json", "x=y"),
              IsProblem(400, "unknown_parameter"));
}

TEST_P(Limits, TheCapOfStreamsComesBeforeParameters) {
  ASSERT_EQ(Post("second", Record("p", 1, "1")).status, 200);
  const Answer answer = Send("third", Record("p", 1, "1"), "application/json", "x=y");
  EXPECT_THAT(answer, IsProblem(429, "too_many_streams"));
  EXPECT_NE(answer.Header("Retry-After"), "");
}

TEST_P(Limits, AnAtomicRequestFitsOneGroup) {
  EXPECT_THAT(Send("orders", Many(5), "application/json", "atomic=true"),
              Settles(200, {{"applied", 5}}));
  EXPECT_THAT(Send("orders", Many(6), "application/json", "atomic=true"),
              IsProblem(413, "group_too_large"));
  EXPECT_THAT(Send("orders", Many(6), "application/json"),
              Settles(200, {{"applied", 1}, {"duplicate", 5}}));
}

TEST_P(Limits, DecompressedBytesCount) {
  const Headers gzip{{"Content-Encoding", "gzip"}};
  const Answer answer =
      Post("orders", Gzip(Long()), {.query = "", .type = "application/json", .headers = gzip});
  EXPECT_THAT(answer, IsProblem(413, "body_too_large"));
  EXPECT_THAT(
      Post("orders", Zstd(Long()),
           {.query = "", .type = "application/json", .headers = {{"Content-Encoding", "zstd"}}}),
      IsProblem(413, "body_too_large"));
}

TEST_P(Limits, AQueueThatIsFullAdmitsNothingOfARequest) {
  ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/pause", "{}").status, 200);
  // What waits behind the pause fills the queue; the connections stay open for the answers.
  std::vector<std::unique_ptr<testing::RawConnection>> waiting;
  Answer refused;
  std::int64_t sequence = 0;
  const std::string filling(2500, 'x');
  for (; sequence < 20 && refused.status == 0; ++sequence) {
    testing::HttpCall call{"POST",
                           "/v1/streams/orders/events",
                           {{"Content-Type", "application/json"}},
                           Record("p", sequence, "\"" + filling + "\"")};
    waiting.push_back(std::make_unique<testing::RawConnection>(process().ingest_port()));
    ASSERT_TRUE(waiting.back()->Send(testing::Serialize(call)));
    if (waiting.back()->IsReadable(std::chrono::milliseconds(300))) {
      refused = ReadAnswer(waiting.back()->Read());
      waiting.pop_back();
    }
  }
  EXPECT_THAT(refused, IsProblem(429, "queue_full"));
  EXPECT_NE(refused.Header("Retry-After"), "");
  EXPECT_FALSE(refused.Has("counts"));
  ASSERT_EQ(service().OpsPost("/admin/v1/sinks/main/resume", "{}").status, 200);
  for (auto& connection : waiting) {
    EXPECT_THAT(ReadAnswer(connection->Read()), Settles(200, {{"applied", 1}}));
  }
  EXPECT_THAT(Post("orders", Record("p", sequence - 1, "\"" + filling + "\"")),
              Settles(200, {{"applied", 1}}));
  EXPECT_EQ(sink().Count("SELECT count(*) FROM orders"), sequence);
}

}  // namespace
}  // namespace oncegate::e2e
