// Everything but the events: producers, administration, health, and the router itself.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "server/http/ingest_routes.h"
#include "server/http/openapi.h"
#include "server/http/ops_routes.h"
#include "tests/unit/server/http/fake_ingest.h"

namespace oncegate::testing {
namespace {

namespace json = boost::json;

class Routes : public ::testing::Test {
 protected:
  Routes() : ingest_(MakeIngestRoutes({&door_, &control_, &clock_}, {}), &observer_) {
    OpsRouteDependencies ops;
    ops.control = &control_;
    ops.clock = &clock_;
    ops.readiness = [this] { return readiness_; };
    ops.metrics_text = [] { return std::string("oncegate_ready 1\n"); };
    ops.config_json = [] { return std::string(R"({"data_dir":"x"})"); };
    ops_.emplace(MakeOpsRoutes(ops, {}), &observer_);
    control_.producer.epoch = Epoch{3};
    control_.producer.window.highest_sequence = 1050;
    control_.producer.window.missing = {{1046, 1047}};
    control_.producer.window.contiguous_through = 1045;
  }

  HttpResponse Get(const std::string& target) { return Ask(&*ops_, {"GET", target, {}, ""}); }
  HttpResponse Post(const std::string& target, const std::string& body,
                    std::vector<std::pair<std::string, std::string>> headers = {
                        {"Content-Type", "application/json"}}) {
    Router* router = target.starts_with("/admin") ? &*ops_ : &ingest_;
    return Ask(router, {"POST", target, std::move(headers), body});
  }
  static std::string CodeOf(const HttpResponse& response) {
    return std::string(json::parse(response.body).at("code").as_string());
  }
  void Fail(ControlErrorKind kind) { control_.error = ControlError{kind, "on purpose", Epoch{5}}; }

  FakeDoor door_;
  FakeControl control_;
  SteadyTestClock clock_;
  NullHttpObserver observer_;
  Readiness readiness_{true, "", {{"main", SinkState::kUp, ""}}};
  Router ingest_;
  std::optional<Router> ops_;
};

const std::string kProducer = "/v1/streams/orders/producers/pos-17";
const std::string kBump = R"({"expected_epoch":3,"sequence":"continue"})";

TEST_F(Routes, TheProducerStateIsTheContractsExample) {
  control_.producer.updated_at = WallTime{1769860800LL * 1'000'000};
  EXPECT_EQ(Ask(&ingest_, {"GET", kProducer, {}, ""}).body,
            R"({"stream":"orders","producer":"pos-17","epoch":3,"contiguous_through":1045,)"
            R"("highest_seq":1050,"missing":[[1046,1047]],"floor":-1,"next_seq":1051,)"
            R"("updated_at":"2026-01-31T12:00:00Z"})");
}

TEST_F(Routes, AProducerMayHoldASlash) {
  Ask(&ingest_, {"GET", "/v1/streams/orders/producers/kafka:t%2F0", {}, ""});
  EXPECT_EQ(control_.producer.producer, "kafka:t/0");
}

TEST_F(Routes, ImpossibleProducersAre404) {
  for (const std::string name : {"%00", "%ff", "%0A", "a/b"}) {
    EXPECT_EQ(Ask(&ingest_, {"GET", "/v1/streams/orders/producers/" + name, {}, ""}).status, 404);
  }
  EXPECT_EQ(Ask(&ingest_, {"GET", "/v1/streams/orders/producers/" + std::string(256, 'p'), {}, ""})
                .status,
            404);
  EXPECT_EQ(Ask(&ingest_, {"GET", "/v1/streams/orders/producers/", {}, ""}).status, 404);
}

TEST_F(Routes, ControlErrorsHaveTheirStatus) {
  Fail(ControlErrorKind::kNotFound);
  EXPECT_EQ(CodeOf(Ask(&ingest_, {"GET", kProducer, {}, ""})), "unknown_producer");
  Fail(ControlErrorKind::kUnavailable);
  const HttpResponse unavailable = Ask(&ingest_, {"GET", kProducer, {}, ""});
  EXPECT_EQ(unavailable.status, 503);
  EXPECT_EQ(HeaderOf(unavailable, "Retry-After"), "1");
  Fail(ControlErrorKind::kEpochMismatch);
  const HttpResponse mismatch = Post(kProducer + "/epoch", kBump);
  EXPECT_EQ(mismatch.status, 409);
  EXPECT_EQ(json::parse(mismatch.body).at("current_epoch"), 5);
  Fail(ControlErrorKind::kBadRequest);
  EXPECT_EQ(Post("/admin/v1/streams/orders/purge", R"({"producer":"p"})").status, 400);
}

TEST_F(Routes, WhatIsUnknownIs404WhateverElseIsWrong) {
  const std::string purge = "/admin/v1/streams/orders/purge";
  const std::string list = "/admin/v1/streams/orders/producers?x=1";
  Fail(ControlErrorKind::kUnknownStream);
  EXPECT_EQ(CodeOf(Ask(&ingest_, {"GET", kProducer + "?x=1", {}, ""})), "unknown_stream");
  EXPECT_EQ(CodeOf(Post(kProducer + "/epoch", "{", {})), "unknown_stream");
  EXPECT_EQ(CodeOf(Post(purge, "{", {})), "unknown_stream");
  EXPECT_EQ(CodeOf(Get(list)), "unknown_stream");
  Fail(ControlErrorKind::kNotFound);
  EXPECT_EQ(CodeOf(Ask(&ingest_, {"GET", kProducer + "?x=1", {}, ""})), "unknown_producer");
  EXPECT_EQ(CodeOf(Post(kProducer + "/epoch", "{", {})), "unknown_producer");
  EXPECT_EQ(Post(purge, "{", {}).status, 415);
  EXPECT_EQ(Get(list).status, 400);
  EXPECT_EQ(CodeOf(Get("/admin/v1/jobs/none?x=1")), "unknown_job");
  EXPECT_EQ(CodeOf(Post("/admin/v1/sinks/none/pause", "{", {})), "unknown_sink");
  Fail(ControlErrorKind::kUnavailable);
  EXPECT_EQ(Post(kProducer + "/epoch", "{", {}).status, 415);
  EXPECT_EQ(Post(purge, "{").status, 400);
}

TEST_F(Routes, ARefusalDoesNotWaitForAHungSink) {
  control_.hangs = true;
  const auto answer = Send(&ingest_, {"GET", kProducer + "?x=1", {}, ""});
  EXPECT_FALSE(answer->response);
  answer->overdue_action();
  ASSERT_TRUE(answer->response);
  EXPECT_EQ(answer->response->status, 400);
}

TEST_F(Routes, NothingComesBehindTheLastSequence) {
  control_.producer.window.highest_sequence = 9223372036854775807;
  const auto state = json::parse(Ask(&ingest_, {"GET", kProducer, {}, ""}).body);
  EXPECT_EQ(state.at("next_seq").as_uint64(), 9223372036854775808U);
  control_.producer.window.highest_sequence = -1;
  EXPECT_EQ(json::parse(Ask(&ingest_, {"GET", kProducer, {}, ""}).body).at("next_seq"), 0);
}

TEST_F(Routes, AHungSinkIsAnsweredForAtTheDeadline) {
  control_.hangs = true;
  const auto answer = Send(&ingest_, {"GET", kProducer, {}, ""});
  EXPECT_FALSE(answer->response);
  answer->overdue_action();
  ASSERT_TRUE(answer->response);
  EXPECT_EQ(answer->response->status, 503);
}

TEST_F(Routes, ABumpIsReadWhole) {
  EXPECT_EQ(Post(kProducer + "/epoch", kBump,
                 {{"content-type", "Application/JSON"}, {"Idempotency-Key", "\"k 1\""}})
                .status,
            200);
  ASSERT_TRUE(control_.bumped);
  EXPECT_EQ(control_.bumped->expected_epoch, Epoch{3});
  EXPECT_EQ(control_.bumped->sequence, BumpSequence::kContinue);
  EXPECT_EQ(control_.bumped->idempotency_key, "k 1");
  EXPECT_EQ(control_.bumped->producer, "pos-17");
}

TEST_F(Routes, BadBumpsAreRefused) {
  for (const char* body : {"", "{}", "[]", "3", "{", R"({"expected_epoch":3})",
                           R"({"sequence":"reset"})", R"({"expected_epoch":-1,"sequence":"reset"})",
                           R"({"expected_epoch":3.0,"sequence":"reset"})",
                           R"({"expected_epoch":"3","sequence":"reset"})",
                           R"({"expected_epoch":3,"sequence":"Reset"})",
                           R"({"expected_epoch":3,"sequence":"reset","x":1})",
                           R"({"expected_epoch":3,"expected_epoch":4,"sequence":"reset"})"}) {
    EXPECT_EQ(Post(kProducer + "/epoch", body).status, 400) << body;
  }
  EXPECT_EQ(Post(kProducer + "/epoch", kBump, {}).status, 415);
  EXPECT_EQ(Post(kProducer + "/epoch?x=1", kBump).status, 400);
  EXPECT_EQ(Post(kProducer + "/epoch", kBump,
                 {{"Content-Type", "application/json"}, {"Idempotency-Key", ""}})
                .status,
            400);
  EXPECT_FALSE(control_.bumped);
}

TEST_F(Routes, ListsTakeAfterAndLimit) {
  EXPECT_EQ(Get("/admin/v1/streams?after=a&limit=7").body,
            R"({"streams":[{"stream":"orders","sink":"main","sinks":["main","search"],)"
            R"("table":"orders","dedupe":"window",)"
            R"("target":"document","ack":"sink","implicit":true}],"next":null})");
  EXPECT_EQ(control_.page->after, "a");
  EXPECT_EQ(control_.page->limit, 7U);
  EXPECT_EQ(Get("/admin/v1/sinks").body,
            R"({"sinks":[{"sink":"main","type":"sqlite","state":"down","lanes":1,"queue_bytes":5,)"
            R"("last_error":"disk \"full\""}],"next":"main"})");
  EXPECT_EQ(control_.page->limit, 100U);
  const auto producers =
      json::parse(Get("/admin/v1/streams/orders/producers?prefix=pos-&limit=2").body);
  EXPECT_EQ(producers.at("producers").as_array().size(), 2U);
  EXPECT_EQ(producers.at("next"), "pos-2");
  EXPECT_EQ(control_.listed->prefix, "pos-");
  for (const char* limit : {"0", "1001", "-1", "x", ""}) {
    EXPECT_EQ(Get("/admin/v1/sinks?limit=" + std::string(limit)).status, 400) << limit;
  }
  EXPECT_EQ(Get("/admin/v1/sinks?prefix=a").status, 400);
}

TEST_F(Routes, APurgeIsAPlanUnlessSaidOtherwise) {
  control_.purge = {12, 0, {"pos-1", "pos-2"}, PurgeMode::kSeal, true, std::nullopt};
  EXPECT_EQ(Post("/admin/v1/streams/orders/purge", R"({"producer_prefix":"pos-"})").body,
            R"({"producers":12,"ids":0,"sample":["pos-1","pos-2"],"mode":"seal","dry_run":true})");
  EXPECT_TRUE(control_.purged->dry_run);
  EXPECT_EQ(control_.purged->mode, PurgeMode::kSeal);
  EXPECT_EQ(control_.purged->stream, "orders");
  Post("/admin/v1/streams/orders/purge",
       R"({"producer":"p","through_seq":1000,"mode":"forget","dry_run":false})");
  EXPECT_FALSE(control_.purged->dry_run);
  EXPECT_EQ(control_.purged->through_sequence, 1000);
  EXPECT_EQ(control_.purged->mode, PurgeMode::kForget);
  Post("/admin/v1/streams/orders/purge", R"({"idle_longer_than":"720h"})");
  EXPECT_EQ(control_.purged->idle_longer_than, std::chrono::hours(720));
  Post("/admin/v1/streams/orders/purge", R"({"ids_older_than":"1500ms"})");
  EXPECT_EQ(control_.purged->ids_older_than, std::chrono::seconds(2));
  EXPECT_EQ(control_.purged->mode, PurgeMode::kForget);
}

TEST_F(Routes, BadPurgesAreRefused) {
  for (const char* body :
       {"", "{}", R"({"producer":"a","producer_prefix":"b"})", R"({"producer":""})",
        R"({"producer":1})", R"({"idle_longer_than":"soon"})", R"({"idle_longer_than":720})",
        R"({"ids_older_than":"1h","mode":"seal"})", R"({"ids_older_than":"1h","through_seq":1})",
        R"({"producer":"a","through_seq":-1})", R"({"producer":"a","mode":"burn"})",
        R"({"producer":"a","dry_run":"false"})", R"({"producer":"a","dry_run":null})",
        R"({"producer":"a","dry_run":true,"dry_run":false})", R"({"producer":"a","all":true})"}) {
    EXPECT_EQ(Post("/admin/v1/streams/orders/purge", body).status, 400) << body;
  }
  EXPECT_EQ(Post("/admin/v1/streams/orders/purge", R"({"producer":"a"})",
                 {{"Content-Type", "text/plain"}})
                .status,
            415);
  EXPECT_EQ(Post("/admin/v1/streams/NO/purge", R"({"producer":"a"})").status, 404);
  EXPECT_FALSE(control_.purged);
}

TEST_F(Routes, ALargePurgeIsAJob) {
  control_.purge.job = "purge-1";
  control_.purge.dry_run = false;
  const HttpResponse response =
      Post("/admin/v1/streams/orders/purge", R"({"producer_prefix":"a","dry_run":false})");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(json::parse(response.body).at("job"), "purge-1");
  EXPECT_EQ(Get("/admin/v1/jobs/purge-1").body,
            R"({"job":"purge-1","state":"failed","done":10,"total":20,)"
            R"("message":"the sink is gone"})");
}

TEST_F(Routes, DeadLettersAreListedAsTheyWereSent) {
  DeadLetter letter;
  letter.id = "orders:1";
  letter.stream = "orders";
  letter.producer = "p";
  letter.epoch = Epoch{2};
  letter.sequence = Sequence{7};
  letter.key = "k";
  letter.version = Version{1, 0};
  letter.value = R"({"a" : 1e400})";
  letter.verdict = "rejected";
  letter.code = "sink_rejected";
  letter.detail = "a \"check\"";
  control_.letters = {letter};
  EXPECT_EQ(Get("/admin/v1/dead-letters?stream=orders&after=a&limit=7").body,
            R"({"dead_letters":[{"id":"orders:1","stream":"orders","producer":"p","epoch":2,)"
            R"("seq":7,"key":"k","op":"upsert","version":18446744073709551616,)"
            R"("value":{"a" : 1e400},"verdict":"rejected","code":"sink_rejected",)"
            R"("detail":"a \"check\"","written_at":"1970-01-01T00:00:00Z"}],"next":null})");
  EXPECT_EQ(control_.letters_listed->stream, "orders");
  EXPECT_EQ(control_.letters_listed->page.after, "a");
  EXPECT_EQ(control_.letters_listed->page.limit, 7U);
  EXPECT_EQ(Get("/admin/v1/dead-letters?limit=0").status, 400);
  EXPECT_EQ(Get("/admin/v1/dead-letters?what=this").status, 400);
}

TEST_F(Routes, AReplayIsAPlanUnlessSaidOtherwise) {
  control_.letter_report.dead_letters = 2;
  control_.letter_report.applied = 1;
  control_.letter_report.refused = {
      {"orders:1", Verdict::kRejected, Code::kSinkRejected, "a check"}};
  EXPECT_EQ(Post("/admin/v1/dead-letters/replay", R"({"stream":"orders"})").body,
            R"({"dead_letters":2,"applied":1,"duplicate":0,"superseded":0,"refused":[{)"
            R"("id":"orders:1","verdict":"rejected","code":"sink_rejected","detail":"a check"}],)"
            R"("next":null,"dry_run":true})");
  EXPECT_TRUE(control_.replayed->dry_run);
  EXPECT_EQ(control_.replayed->stream, "orders");
  Post("/admin/v1/dead-letters/replay", R"({"ids":["orders:1","orders:2"],"dry_run":false})");
  EXPECT_FALSE(control_.replayed->dry_run);
  EXPECT_EQ(control_.replayed->ids, (std::vector<std::string>{"orders:1", "orders:2"}));
  EXPECT_FALSE(control_.replayed->stream.has_value());
  EXPECT_FALSE(control_.discarded.has_value());
}

TEST_F(Routes, ADiscardIsAPlanUnlessSaidOtherwise) {
  control_.letter_report.dead_letters = 2;
  control_.letter_report.next = "orders:2";
  EXPECT_EQ(
      Post("/admin/v1/dead-letters/discard", R"({"stream":"orders","after":"orders:0","limit":2})")
          .body,
      R"({"dead_letters":2,"next":"orders:2","dry_run":true})");
  EXPECT_EQ(control_.discarded->page.after, "orders:0");
  EXPECT_EQ(control_.discarded->page.limit, 2U);
  EXPECT_FALSE(control_.replayed.has_value());
}

TEST_F(Routes, BadCallsForDeadLettersAreRefused) {
  for (const char* body :
       {"", "{}", R"({"ids":[]})", R"({"ids":"a"})", R"({"ids":[1]})", R"({"ids":["a",null]})",
        R"({"ids":["a"],"stream":"orders"})", R"({"ids":["a"],"limit":1})", R"({"stream":""})",
        R"({"stream":["orders"]})", R"({"stream":"orders","limit":0})",
        R"({"stream":"orders","limit":1001})", R"({"stream":"orders","dry_run":"false"})",
        R"({"stream":"orders","all":true})"}) {
    EXPECT_EQ(Post("/admin/v1/dead-letters/replay", body).status, 400) << body;
    EXPECT_EQ(Post("/admin/v1/dead-letters/discard", body).status, 400) << body;
  }
  EXPECT_EQ(Post("/admin/v1/dead-letters/replay", R"({"stream":"a"})", {}).status, 415);
  EXPECT_EQ(Get("/admin/v1/dead-letters/replay").status, 405);
  EXPECT_FALSE(control_.replayed.has_value());
  EXPECT_FALSE(control_.discarded.has_value());
}

TEST_F(Routes, SinksArePausedByPostWithAJsonType) {
  EXPECT_EQ(json::parse(Post("/admin/v1/sinks/main/pause", "").body).at("state"), "paused");
  EXPECT_EQ(json::parse(Post("/admin/v1/sinks/main/resume", "{}").body).at("state"), "up");
  EXPECT_EQ(control_.toggled, (std::vector<std::string>{"pause main", "resume main"}));
  EXPECT_EQ(Post("/admin/v1/sinks/main/pause", "", {}).status, 415);
  EXPECT_EQ(Post("/admin/v1/sinks/main/pause", "[]").status, 400);
  EXPECT_EQ(Post("/admin/v1/sinks/main/pause", R"({"a":1})").status, 400);
  EXPECT_EQ(Get("/admin/v1/sinks/main/pause").status, 405);
  EXPECT_EQ(control_.toggled.size(), 2U);
  Fail(ControlErrorKind::kNotFound);
  EXPECT_EQ(CodeOf(Post("/admin/v1/sinks/none/pause", "")), "unknown_sink");
}

TEST_F(Routes, ReadinessAsksWhetherEventsCanBeTaken) {
  EXPECT_EQ(Get("/readyz").body, R"({"ready":true,"sinks":[{"sink":"main","state":"up"}]})");
  readiness_.sinks.push_back({"second", SinkState::kDown, "refused"});
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_EQ(Get("/readyz?sink=main").status, 200);
  const HttpResponse second = Get("/readyz?sink=second");
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(CodeOf(second), "not_ready");
  EXPECT_EQ(json::parse(second.body).at("sinks").at(0).at("detail"), "refused");
  EXPECT_EQ(Get("/readyz?sink=third").status, 404);
  for (const SinkState state :
       {SinkState::kConnecting, SinkState::kDown, SinkState::kPaused, SinkState::kRefused}) {
    readiness_.sinks.front().state = state;
    EXPECT_EQ(Get("/readyz").status, 503);
  }
  readiness_ = {false, "draining", {{"main", SinkState::kUp, ""}}};
  EXPECT_EQ(json::parse(Get("/readyz").body).at("detail"), "draining");
  EXPECT_EQ(Get("/readyz?sink=main").status, 503);
  EXPECT_EQ(Get("/livez").status, 200);
}

TEST_F(Routes, TextsHaveTheirTypes) {
  const HttpResponse metrics = Get("/metrics");
  EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(metrics.body, "oncegate_ready 1\n");
  EXPECT_EQ(Get("/admin/v1/config").content_type, "application/json");
  EXPECT_EQ(json::parse(Ask(&ingest_, {"GET", "/v1/version", {}, ""}).body).at("version"),
            ONCEGATE_VERSION);
}

TEST_F(Routes, TheDocumentIsServedByteByByte) {
  std::ifstream file(ONCEGATE_OPENAPI_PATH, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  ASSERT_FALSE(text.str().empty());
  const HttpResponse response = Ask(&ingest_, {"GET", "/openapi.yaml", {}, ""});
  EXPECT_EQ(response.content_type, "application/yaml");
  EXPECT_TRUE(response.body == text.str());
}

TEST_F(Routes, HeadAndOptionsComeWithThePath) {
  EXPECT_EQ(Ask(&*ops_, {"HEAD", "/livez", {}, ""}).status, 200);
  const HttpResponse options = Ask(&*ops_, {"OPTIONS", "/livez", {}, ""});
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(HeaderOf(options, "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_TRUE(options.body.empty());
  EXPECT_EQ(Ask(&*ops_, {"HEAD", "/admin/v1/sinks/main/pause", {}, ""}).status, 405);
  EXPECT_EQ(Ask(&*ops_, {"OPTIONS", "/nowhere", {}, ""}).status, 404);
  EXPECT_EQ(Ask(&ingest_, {"OPTIONS", "/v1/streams/NO/events", {}, ""}).status, 404);
}

TEST_F(Routes, OnlyExactPathsExist) {
  for (const char* path : {"/", "/livez/", "//livez", "/Livez", "/admin/v1", "/admin/v1/streams/",
                           "/v1/streams/orders/events", "/livez/x", "/admin/v1/jobs/"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
  EXPECT_EQ(Get("/livez?x=1").status, 400);
  EXPECT_EQ(Ask(&ingest_, {"GET", "/livez", {}, ""}).status, 404);
}

}  // namespace
}  // namespace oncegate::testing
