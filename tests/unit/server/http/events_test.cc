// POST /v1/streams/{stream}/events through the router, with a steered engine behind it.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

#include "server/http/ingest_routes.h"
#include "tests/unit/server/http/fake_ingest.h"

namespace oncegate::testing {
namespace {

namespace json = boost::json;

class Events : public ::testing::Test {
 protected:
  Events() {
    limits_.body_bytes = 10'000;
    limits_.records_per_request = 5;
    Rebuild();
  }

  void Rebuild() {
    router_.emplace(MakeIngestRoutes({&door_, &control_, &clock_}, limits_), &observer_);
  }

  HttpResponse Post(const std::string& body, const std::string& query = "",
                    std::vector<std::pair<std::string, std::string>> headers = {}) {
    bool typed = false;
    for (const auto& header : headers) typed = typed || header.first == "Content-Type";
    if (!typed) headers.emplace_back("Content-Type", "application/json");
    return Ask(&*router_, {"POST", "/v1/streams/" + stream_ + "/events" + query, headers, body});
  }

  static json::object Parse(const HttpResponse& response) {
    return json::parse(response.body).as_object();
  }
  static std::string CodeOf(const HttpResponse& response) {
    return std::string(Parse(response).at("code").as_string());
  }

  std::string stream_ = "orders";
  FakeDoor door_;
  FakeControl control_;
  SteadyTestClock clock_;
  NullHttpObserver observer_;
  LimitsConfig limits_;
  std::optional<Router> router_;
};

const std::string kOne = R"({"producer":"p","seq":1,"value":1})";
const std::string kThree =
    R"([{"producer":"p","seq":1,"value":1},{"producer":"p","seq":2,"value":2},)"
    R"({"producer":"p","seq":3,"value":3}])";

TEST_F(Events, SettledRecordsAre200WithEmptyItems) {
  const HttpResponse response = Post(kThree);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({"stream":"orders","counts":{"applied":3},"items":[]})");
}

TEST_F(Events, AnEmptyArrayIsSettled) {
  EXPECT_EQ(Post("[]").body, R"({"stream":"orders","counts":{},"items":[]})");
  const HttpResponse blank = Post("\n \n", "", {{"Content-Type", "application/x-ndjson"}});
  EXPECT_EQ(blank.status, 200);
  EXPECT_EQ(blank.body, R"({"stream":"orders","counts":{},"items":[]})");
  const HttpResponse nothing = Post("");
  EXPECT_EQ(nothing.status, 400);
  EXPECT_EQ(CodeOf(nothing), "empty_body");
}

TEST_F(Events, ItemsTellWhatIsNotSettled) {
  door_.judge = [](const Event& event) {
    return event.index == 1 ? Judged(Verdict::kRetry, Code::kSinkUnavailable)
                            : Judged(Verdict::kDuplicate, Code::kDuplicate);
  };
  const HttpResponse response = Post(
      R"([{"producer":"p","seq":1,"value":1},{"producer":"p","seq":2,"value":2},{"vaule":3}])");
  EXPECT_EQ(response.status, 207);
  EXPECT_EQ(HeaderOf(response, "Retry-After"), "1");
  const json::object body = Parse(response);
  EXPECT_EQ(json::serialize(body.at("counts")), R"({"retry":1,"duplicate":1,"invalid":1})");
  const json::array& items = body.at("items").as_array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("index"), 1);
  EXPECT_EQ(items[0].at("producer"), "p");
  EXPECT_EQ(items[0].at("seq"), 2);
  EXPECT_EQ(items[1].at("index"), 2);
  EXPECT_EQ(items[1].at("code"), "unknown_field");
  EXPECT_EQ(items[1].at("pointer"), "/vaule");
  EXPECT_FALSE(items[1].as_object().contains("seq"));
}

TEST_F(Events, ResultsAllAndNone) {
  door_.judge = [](const Event&) {
    EventResult result = Judged(Verdict::kDuplicate, Code::kDuplicate);
    result.verified = false;
    return result;
  };
  const json::object all = Parse(Post(kOne, "?results=all"));
  ASSERT_EQ(all.at("items").as_array().size(), 1U);
  EXPECT_EQ(all.at("items").at(0).at("verified"), false);
  EXPECT_EQ(all.at("items").at(0).at("detail"), "settled before");
  EXPECT_EQ(Post(kOne, "?results=none").body, R"({"stream":"orders","counts":{"duplicate":1}})");
  EXPECT_EQ(Parse(Post(kOne, "?results=problems")).at("items").as_array().size(), 0U);
}

TEST_F(Events, HintsGoWithTheirVerdicts) {
  door_.judge = [](const Event&) { return Judged(Verdict::kGap, Code::kSequenceGap, 11); };
  json::object problem = Parse(Post(kOne));
  EXPECT_EQ(problem.at("status"), 409);
  EXPECT_EQ(problem.at("code"), "gap");
  EXPECT_EQ(problem.at("title"), "Conflict");
  EXPECT_EQ(problem.at("stream"), "orders");
  EXPECT_EQ(problem.at("items").at(0).at("expected_seq"), 11);
  door_.judge = [](const Event&) { return Judged(Verdict::kFenced, Code::kStaleEpoch, 4); };
  problem = Parse(Post(kOne));
  EXPECT_EQ(problem.at("items").at(0).at("current_epoch"), 4);
}

TEST_F(Events, JudgedRefusalsAreProblemsWithCounts) {
  door_.judge = [](const Event&) { return Judged(Verdict::kTooOld, Code::kBelowFloor); };
  HttpResponse response = Post(kOne);
  EXPECT_EQ(response.status, 410);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(Parse(response).at("counts").at("too_old"), 1);
  door_.judge = [](const Event&) { return Judged(Verdict::kRetry, Code::kSinkUnavailable); };
  response = Post(kOne, "?results=none");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(HeaderOf(response, "Retry-After"), "1");
  EXPECT_EQ(CodeOf(response), "retry");
  EXPECT_FALSE(Parse(response).contains("items"));
  door_.judge = [](const Event& event) {
    return event.index == 0 ? Judged(Verdict::kRejected, Code::kSinkRejected)
                            : Judged(Verdict::kConflict, Code::kPayloadMismatch);
  };
  response = Post(kThree);
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(CodeOf(response), "mixed");
}

TEST_F(Events, HeadersAreDefaults) {
  Post(R"([{"value":1},{"value":2,"seq":90}])", "",
       {{"producer-id", "h"}, {"Producer-Epoch", "7"}, {"Producer-Seq", "41"}});
  ASSERT_TRUE(door_.last);
  const std::vector<Event>& events = door_.last->events;
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].producer, "h");
  EXPECT_EQ(events[0].epoch.value, 7);
  EXPECT_EQ(events[0].sequence->value, 41);
  EXPECT_EQ(events[1].sequence->value, 90);
}

TEST_F(Events, BadDefaultsAre400) {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  for (const Headers& headers :
       {Headers{{"Producer-Seq", "-1"}}, Headers{{"Producer-Seq", "1.0"}},
        Headers{{"Producer-Seq", "+1"}}, Headers{{"Producer-Seq", ""}},
        Headers{{"Producer-Epoch", "9223372036854775808"}}, Headers{{"Producer-Epoch", "0x1"}},
        Headers{{"Producer-Id", ""}}, Headers{{"Producer-Id", std::string(256, 'p')}},
        Headers{{"Producer-Id", "\xff"}}, Headers{{"Producer-Id", "a"}, {"Producer-Id", "a"}},
        Headers{{"Producer-Seq", "1"}, {"Producer-Seq", "1"}}}) {
    const HttpResponse response = Post(kOne, "", headers);
    EXPECT_EQ(response.status, 400) << headers.front().second;
    EXPECT_EQ(CodeOf(response), "invalid_header") << headers.front().second;
  }
  EXPECT_EQ(Post(kOne, "", {{"Producer-Epoch", "9223372036854775807"}}).status, 200);
}

TEST_F(Events, TheIdempotencyKeyIsTheIdOfOneRecord) {
  stream_ = "ids";
  door_.Add("ids", DedupeMode::kId);
  for (const std::string key : {"k-1", "\"k-1\""}) {
    EXPECT_EQ(Post(R"({"value":1})", "", {{"Idempotency-Key", key}}).status, 200);
    EXPECT_EQ(door_.last->events[0].id, "k-1");
  }
  EXPECT_EQ(Post(R"({"value":1})", "", {{"Idempotency-Key", R"("a\"b\\c")"}}).status, 200);
  EXPECT_EQ(door_.last->events[0].id, R"(a"b\c)");
  const HttpResponse several =
      Post(R"([{"id":"a","value":1},{"value":2}])", "", {{"Idempotency-Key", "k"}});
  EXPECT_EQ(several.status, 400);
  EXPECT_EQ(CodeOf(several), "idempotency_key_with_several_records");
  for (const char* bad : {"\"open", "\"a\"b", "", "\"\""}) {
    EXPECT_EQ(Post(R"({"value":1})", "", {{"Idempotency-Key", bad}}).status, 400) << bad;
  }
}

TEST_F(Events, TheIdempotencyKeyMeansNothingInOtherStreams) {
  EXPECT_EQ(Post(kThree, "", {{"Idempotency-Key", "\"open"}}).status, 200);
  EXPECT_TRUE(door_.last->events[0].id.empty());
}

TEST_F(Events, UnknownRepeatedAndBadParametersAre400) {
  EXPECT_EQ(CodeOf(Post(kOne, "?x=1")), "unknown_parameter");
  EXPECT_EQ(CodeOf(Post(kOne, "?ack=sink&ack=sink")), "repeated_parameter");
  EXPECT_EQ(CodeOf(Post(kOne, "?ack=journal")), "ack_not_allowed");
  EXPECT_EQ(CodeOf(Post(kOne, "?ack=")), "invalid_parameter");
  EXPECT_EQ(CodeOf(Post(kOne, "?atomic=yes")), "invalid_parameter");
  EXPECT_EQ(CodeOf(Post(kOne, "?results")), "invalid_parameter");
  EXPECT_EQ(CodeOf(Post(kOne, "?Ack=sink")), "unknown_parameter");
  EXPECT_EQ(Post(kOne, "?ack=sink&atomic=true&results=all").status, 200);
}

TEST_F(Events, AtomicHasOneProducerAndNoIds) {
  EXPECT_EQ(
      CodeOf(Post(R"([{"producer":"a","seq":1,"value":1},{"producer":"b","seq":1,"value":1}])",
                  "?atomic=true")),
      "several_producers");
  door_.Add("ids", DedupeMode::kId);
  stream_ = "ids";
  EXPECT_EQ(CodeOf(Post(R"({"id":"a","value":1})", "?atomic=true")), "atomic_not_allowed");
  EXPECT_EQ(Post(R"({"id":"a","value":1})", "?atomic=false").status, 200);
}

TEST_F(Events, AtomicHasOneSink) {
  door_.Add("copied", DedupeMode::kWindow).further_sinks = {{"search", TargetKind::kDocument}};
  stream_ = "copied";
  EXPECT_EQ(CodeOf(Post(kOne, "?atomic=true")), "atomic_not_allowed");
  EXPECT_EQ(Post(kOne, "?atomic=false").status, 200);
}

TEST_F(Events, AtomicBeyondAGroupIs413) {
  limits_.group_events = 2;
  Rebuild();
  const HttpResponse response = Post(kThree, "?atomic=true");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(CodeOf(response), "group_too_large");
  EXPECT_EQ(Post(kThree).status, 200);
}

TEST_F(Events, TypesCharsetsAndCodings) {
  EXPECT_EQ(Post(kOne, "", {{"Content-Type", "text/json"}}).status, 415);
  EXPECT_EQ(Post(kOne, "", {{"Content-Type", "application/cloudevents+json"}}).status, 415);
  EXPECT_EQ(Post(kOne, "", {{"Content-Type", "application/json; charset=ascii"}}).status, 415);
  EXPECT_EQ(Post(kOne, "", {{"Content-Encoding", "br"}}).status, 415);
  EXPECT_EQ(Post(kOne, "", {{"ce-id", "1"}}).status, 415);
  EXPECT_EQ(Post(kOne, "", {{"Ce-SpecVersion", "1.0"}}).status, 415);
  EXPECT_EQ(CodeOf(Post(kOne, "", {{"Content-Encoding", "gzip"}})), "malformed_content_encoding");
}

// 20,000 zeros in 54 bytes of gzip.
TEST_F(Events, TheDecompressedSizeCountsAndOutranksTheType) {
  const std::string_view packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0"
      "\xf5\x4f\x6d\x0d\x0f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x78\x30\x02\x53\x2f\x97\x20\x4e\x00\x00",
      54);
  const HttpResponse response =
      Post(std::string(packed), "", {{"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}});
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(CodeOf(response), "body_too_large");
}

TEST_F(Events, NamesThatNoStreamCanHaveAre404) {
  for (const char* name : {"Orders", "a__b", "sqlite_x", "a.b", "%20", "1a"}) {
    stream_ = name;
    const HttpResponse response = Post(kOne);
    EXPECT_EQ(response.status, 404) << name;
    EXPECT_EQ(CodeOf(response), "unknown_stream");
  }
}

TEST_F(Events, RefusalsOfTheEngineHaveTheirStatus) {
  const std::vector<std::tuple<SubmitOutcome, int, std::string>> cases{
      {SubmitOutcome::kQueueFull, 429, "queue_full"},
      {SubmitOutcome::kIdCapacity, 429, "id_capacity"},
      {SubmitOutcome::kGroupTooLarge, 413, "group_too_large"},
      {SubmitOutcome::kShuttingDown, 503, "draining"}};
  for (const auto& [outcome, status, code] : cases) {
    door_.outcome = outcome;
    const HttpResponse response = Post(kOne);
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(CodeOf(response), code);
    EXPECT_EQ(HeaderOf(response, "Retry-After"), status == 413 ? "" : "1");
    EXPECT_FALSE(Parse(response).contains("counts"));
  }
  door_.unknown_streams = StreamLookup::kLimitReached;
  stream_ = "another";
  EXPECT_EQ(CodeOf(Post(kOne)), "too_many_streams");
  door_.unknown_streams = StreamLookup::kUnknown;
  EXPECT_EQ(CodeOf(Post(kOne)), "unknown_stream");
  EXPECT_EQ(Ask(&*router_, {"GET", "/v1/streams/another/events", {}, ""}).status, 404);
}

// Every fault at once, taken away one by one from the first in order to the last.
TEST_F(Events, FaultsComeInTheOrderOfTheContract) {
  door_.unknown_streams = StreamLookup::kLimitReached;
  TestRequest request{"PATCH", "/v1/streams/NO/events?x=1", {{"Content-Type", "text/plain"}}, ""};
  for (int i = 0; i < 6; ++i) request.body += kOne + "\n";
  EXPECT_EQ(Ask(&*router_, request).status, 404);
  request.target = "/v1/streams/unheard_of/events?x=1";
  EXPECT_EQ(Ask(&*router_, request).status, 405);
  EXPECT_EQ(HeaderOf(Ask(&*router_, request), "Allow"), "POST, OPTIONS");
  request.method = "POST";
  EXPECT_EQ(Ask(&*router_, request).status, 415);
  request.headers = {{"Content-Type", "application/x-ndjson"}};
  EXPECT_EQ(Ask(&*router_, request).status, 429);
  door_.unknown_streams = StreamLookup::kFound;
  EXPECT_EQ(Ask(&*router_, request).status, 413);
  request.body = kOne + "\n" + "{\"seq\":\n";
  EXPECT_EQ(Ask(&*router_, request).status, 400);
  request.target = "/v1/streams/unheard_of/events";
  EXPECT_EQ(Ask(&*router_, request).status, 207);
}

TEST_F(Events, AHungEngineIsAnsweredForAtTheDeadline) {
  door_.judge = nullptr;
  const auto answer =
      Send(&*router_,
           {"POST", "/v1/streams/orders/events", {{"Content-Type", "application/json"}}, kOne});
  EXPECT_FALSE(answer->response);
  EXPECT_EQ(answer->overdue_deadline, clock_.now + std::chrono::seconds(10));
  ASSERT_TRUE(answer->overdue_action);
  answer->overdue_action();
  ASSERT_TRUE(answer->response);
  EXPECT_EQ(answer->response->status, 503);
  EXPECT_EQ(Parse(*answer->response).at("items").at(0).at("code"), "deadline_exceeded");
}

TEST_F(Events, NothingKeepsABatchAliveBehindItsAnswer) {
  Post(kOne);
  EXPECT_EQ(door_.last.use_count(), 1);
  door_.outcome = SubmitOutcome::kQueueFull;
  Post(kOne);
  EXPECT_EQ(door_.last.use_count(), 1);
}

TEST_F(Events, AFullQueueIsToldBeforeABodyThatCanNotBeRead) {
  door_.has_room = false;
  const HttpResponse refused = Post("[{");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(Parse(refused).at("code"), "queue_full");
}

}  // namespace
}  // namespace oncegate::testing
