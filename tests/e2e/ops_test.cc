// The ops listener: lists, sinks, configuration, health; and what both listeners serve besides.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Ops : public ServiceTest {
 protected:
  void SetUp() override { Start("[stream_defaults]\nrequest_timeout = \"2s\"\n"); }
  Answer Get(const std::string& target) { return service().Ops({"GET", target, {}, ""}); }
  std::vector<std::string> Names(const Answer& answer, const std::string& list,
                                 const std::string& member) {
    std::vector<std::string> names;
    for (const auto& entry : answer.json.at(list).as_array()) {
      names.emplace_back(entry.at(member).as_string());
    }
    return names;
  }
};
ONCEGATE_ON_BOTH_SINKS(Ops);

TEST_P(Ops, StreamsAreListedByPages) {
  for (const char* stream : {"b", "a", "c"}) {
    ASSERT_EQ(Post(stream, Record("p", 0, "1")).status, 200);
  }
  const Answer all = Get("/admin/v1/streams");
  EXPECT_EQ(all.status, 200);
  EXPECT_THAT(Names(all, "streams", "stream"), ::testing::ElementsAre("a", "b", "c"));
  EXPECT_EQ(all.Member("next"), "null");
  const Answer first = Get("/admin/v1/streams?limit=2");
  EXPECT_THAT(Names(first, "streams", "stream"), ::testing::ElementsAre("a", "b"));
  EXPECT_EQ(first.Member("next"), "\"b\"");
  const Answer second = Get("/admin/v1/streams?limit=2&after=b");
  EXPECT_THAT(Names(second, "streams", "stream"), ::testing::ElementsAre("c"));
  EXPECT_EQ(second.Member("next"), "null");
}

TEST_P(Ops, ProducersAreListedByPrefixAndPages) {
  std::vector<std::string> records;
  for (const char* producer : {"pos-1", "pos-2", "pos-3", "web-1", "Pos-4"}) {
    records.push_back(Record(producer, 7, "1"));
  }
  ASSERT_EQ(Post("orders", Array(records)).status, 200);
  const std::string target = "/admin/v1/streams/orders/producers";
  const Answer all = Get(target);
  EXPECT_THAT(Names(all, "producers", "producer"),
              ::testing::ElementsAre("Pos-4", "pos-1", "pos-2", "pos-3", "web-1"));
  EXPECT_EQ(Text(all.json.at("producers").at(0).as_object(), "highest_seq"), "7");
  const Answer page = Get(target + "?prefix=pos-&limit=2");
  EXPECT_THAT(Names(page, "producers", "producer"), ::testing::ElementsAre("pos-1", "pos-2"));
  EXPECT_EQ(page.Member("next"), "\"pos-2\"");
  const Answer rest = Get(target + "?prefix=pos-&limit=2&after=pos-2");
  EXPECT_THAT(Names(rest, "producers", "producer"), ::testing::ElementsAre("pos-3"));
  EXPECT_EQ(rest.Member("next"), "null");
  EXPECT_EQ(Get("/admin/v1/streams/never_seen/producers").status, 404);
}

TEST_P(Ops, APageHasLimits) {
  for (const char* query :
       {"limit=0", "limit=-1", "limit=x", "limit=1000000", "limit=1&limit=1", "offset=3"}) {
    EXPECT_EQ(Get(std::string("/admin/v1/streams?") + query).status, 400) << query;
    EXPECT_EQ(Get(std::string("/admin/v1/sinks?") + query).status, 400) << query;
  }
}

TEST_P(Ops, AStreamOfEveryProducerGoesThroughPages) {
  std::vector<std::string> records;
  for (int i = 0; i < 250; ++i) records.push_back(Record("p" + std::to_string(i), 0, "1"));
  ASSERT_EQ(Post("orders", Array(records)).status, 200);
  std::size_t seen = 0;
  std::string after;
  for (int pages = 0; pages < 10; ++pages) {
    const Answer page = Get("/admin/v1/streams/orders/producers" + after);
    seen += page.json.at("producers").as_array().size();
    if (page.json.at("next").is_null()) break;
    after = "?after=" + std::string(page.json.at("next").as_string());
  }
  EXPECT_EQ(seen, 250U);
}

TEST_P(Ops, APausedSinkTakesNothingAndAResumedOneGoesOn) {
  const auto state = [&] {
    return Text(Get("/admin/v1/sinks").json.at("sinks").at(0).as_object(), "state");
  };
  EXPECT_EQ(state(), "\"up\"");
  const Answer paused = service().OpsPost("/admin/v1/sinks/main/pause", "{}");
  EXPECT_EQ(paused.status, 200);
  EXPECT_EQ(paused.Member("sink"), "\"main\"");
  EXPECT_EQ(paused.Member("state"), "\"paused\"");
  EXPECT_EQ(service().OpsPost("/admin/v1/sinks/main/pause", "{}").status, 200);
  EXPECT_EQ(state(), "\"paused\"");
  EXPECT_EQ(Get("/readyz").status, 503);

  const Answer waiting = Post("orders", Record("p", 0, "1"));
  EXPECT_THAT(waiting, Settles(503, {{"retry", 1}}));
  EXPECT_THAT(waiting, IsProblem(503, "retry"));
  EXPECT_NE(waiting.Header("Retry-After"), "");

  const Answer resumed = service().OpsPost("/admin/v1/sinks/main/resume", "{}");
  EXPECT_EQ(resumed.status, 200);
  EXPECT_EQ(service().OpsPost("/admin/v1/sinks/main/resume", "").status, 200);
  EXPECT_EQ(Post("orders", Record("p", 0, "1")).status, 200);
  EXPECT_EQ(state(), "\"up\"");
  EXPECT_EQ(Get("/readyz").status, 200);
}

TEST_P(Ops, SinksAreChangedByJsonPostsOnly) {
  const std::string target = "/admin/v1/sinks/main/pause";
  EXPECT_EQ(service().Ops({"POST", target, {}, ""}).status, 415);
  EXPECT_EQ(service().Ops({"POST", target, {{"Content-Type", "text/plain"}}, "{}"}).status, 415);
  EXPECT_EQ(service().Ops({"GET", target, {}, ""}).status, 405);
  EXPECT_THAT(service().OpsPost("/admin/v1/sinks/other/pause", "{}"),
              IsProblem(404, "unknown_sink"));
  EXPECT_EQ(service().OpsPost(target, R"({"why":"because"})").status, 400);
  EXPECT_EQ(Get("/readyz").status, 200);
}

TEST_P(Ops, ReadinessTellsEachSink) {
  const Answer ready = Get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.reply.body, HasSubstr("\"main\""));
  EXPECT_EQ(Get("/readyz?sink=main").status, 200);
  EXPECT_EQ(Get("/readyz?sink=other").status, 404);
  EXPECT_EQ(Get("/livez").status, 200);
  EXPECT_EQ(service().Ops({"HEAD", "/readyz", {}, ""}).status, 200);
}

TEST_P(Ops, TheConfigurationIsShownWithoutSecrets) {
  const Answer config = Get("/admin/v1/config");
  EXPECT_EQ(config.status, 200);
  EXPECT_EQ(config.json.at("sinks").at("main").at("type").as_string(),
            GetParam() == SinkKind::kSqlite ? "sqlite" : "postgres");
  EXPECT_EQ(config.json.at("stream_defaults").at("request_timeout").as_string(), "2s");
  EXPECT_THAT(config.reply.body, Not(HasSubstr(kSinkPassword)));
  EXPECT_THAT(process().Log(), Not(HasSubstr(kSinkPassword)));
}

TEST_P(Ops, MetricsCountVerdicts) {
  ASSERT_EQ(Post("orders", Array({Record("p", 0, "1"), Record("p", 0, "1")})).status, 200);
  const Answer metrics = Get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.Header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(service().Metric(R"(oncegate_events_total{stream="orders",verdict="applied"})"), 1);
  EXPECT_EQ(service().Metric(R"(oncegate_events_total{stream="orders",verdict="duplicate"})"), 1);
  EXPECT_EQ(service().Metric("oncegate_ready"), 1);
}

TEST_P(Ops, TheApiDescribesItself) {
  const Answer version = service().Ingest({"GET", "/v1/version", {}, ""});
  EXPECT_EQ(version.status, 200);
  EXPECT_EQ(version.Member("version"), "\"" ONCEGATE_VERSION "\"");
  const Answer document = service().Ingest({"GET", "/openapi.yaml", {}, ""});
  EXPECT_EQ(document.status, 200);
  EXPECT_THAT(document.reply.body, ::testing::StartsWith("openapi: 3.1"));
  EXPECT_EQ(service().Ingest({"HEAD", "/openapi.yaml", {}, ""}).status, 200);
}

TEST_P(Ops, ListenersServeTheirOwnPathsOnly) {
  EXPECT_EQ(service().Ingest({"GET", "/admin/v1/streams", {}, ""}).status, 404);
  EXPECT_EQ(service().Ingest({"GET", "/readyz", {}, ""}).status, 404);
  EXPECT_EQ(service()
                .Ops({"POST",
                      "/v1/streams/orders/events",
                      {{"Content-Type", "application/json"}},
                      Record("p", 0, "1")})
                .status,
            404);
}

TEST_P(Ops, AnUnknownJobIs404) {
  EXPECT_THAT(Get("/admin/v1/jobs/purge-17"), IsProblem(404, "unknown_job"));
}

}  // namespace
}  // namespace oncegate::e2e
