// The statuses of the events route, and what is settled under each.
//
// 202 needs ack = "journal" (journal_test.cc); 401 and 403 need tokens, which this version has not.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class Status : public ContractTest {
 protected:
  std::string Good(std::int64_t sequence) { return Record("p", sequence, "1"); }
  const std::string invalid_ = R"({"producer":"p","seq":9,"vaule":1})";
};
ONCEGATE_ON_BOTH_SINKS(Status);

TEST_P(Status, Is200WhenEverythingIsSettled) {
  const Answer answer = Post(Name(), Array({Good(1), Good(2)}));
  EXPECT_THAT(answer, Settles(200, {{"applied", 2}}));
  EXPECT_EQ(answer.Header("Content-Type"), "application/json");
  EXPECT_EQ(answer.Member("stream"), "\"" + Name() + "\"");
  EXPECT_EQ(answer.Member("items"), "[]");
  EXPECT_THAT(Post(Name(), Array({Good(2), Good(3)})),
              Settles(200, {{"applied", 1}, {"duplicate", 1}}));
}

TEST_P(Status, Is207WhenSomeAreSettledAndSomeAreNot) {
  const Answer answer = Post(Name(), Array({Good(1), invalid_}));
  EXPECT_THAT(answer, Settles(207, {{"applied", 1}, {"invalid", 1}}));
  EXPECT_EQ(answer.Header("Content-Type"), "application/json");
  EXPECT_FALSE(answer.reply.HasHeader("Retry-After"));
  EXPECT_THAT(answer.Items(), SizeIs(1));
}

TEST_P(Status, Is422WhenNothingIsSettledForMixedReasons) {
  ASSERT_EQ(Post(Name(), Good(1)).status, 200);
  const Answer answer = Post(Name(), Array({Record("p", 1, "2"), invalid_}));
  EXPECT_THAT(answer, Settles(422, {{"conflict", 1}, {"invalid", 1}}));
  EXPECT_THAT(answer, IsProblem(422, "mixed"));
  EXPECT_THAT(answer.Items(), SizeIs(2));
  EXPECT_THAT(Post(Name(), invalid_), IsProblem(422, "invalid"));
}

TEST_P(Status, Is409WhenTheStateRefusesEverything) {
  ASSERT_EQ(Post(Name(), Record("p", 1, "1", R"("epoch":5)")).status, 200);
  const Answer answer = Post(Name(), Array({Record("p", 1, "2", R"("epoch":5)"), Good(1)}));
  EXPECT_THAT(answer, Settles(409, {{"conflict", 1}, {"fenced", 1}}));
  EXPECT_THAT(answer, IsProblem(409, "mixed"));
}

TEST_P(Status, Is410OnlyWhenEverythingIsTooOld) {
  const auto at = [&](int position) { return Record(Name(), position, "1"); };
  ASSERT_EQ(Post(kMonotonicStream, at(10)).status, 200);
  EXPECT_THAT(Post(kMonotonicStream, Array({at(4), at(5)})), IsProblem(410, "too_old"));
  EXPECT_THAT(Post(kMonotonicStream,
                   Array({at(4), R"({"producer":")" + Name() + R"(","seq":11,"vaule":1})"})),
              IsProblem(422, "mixed"));
  EXPECT_THAT(Post(kMonotonicStream, Array({at(4), at(10)})),
              Settles(207, {{"too_old", 1}, {"duplicate", 1}}));
}

TEST_P(Status, NoRecordsAreSettledRecords) {
  for (const auto& [type, body] :
       std::vector<std::pair<std::string, std::string>>{{"application/json", "[]"},
                                                        {"application/json", " [ ] "},
                                                        {"application/x-ndjson", ""},
                                                        {"application/x-ndjson", "\n \r\n\t\n"}}) {
    const Answer answer = Post(Name(), body, {.query = "", .type = type, .headers = {}});
    EXPECT_THAT(answer, Settles(200, {})) << body;
    EXPECT_EQ(answer.Member("counts"), "{}");
    EXPECT_EQ(answer.Member("items"), "[]");
  }
}

TEST_P(Status, ABodyThatCanNotBeReadAppliesNothing) {
  const auto refuse = [&](const std::string& body, const std::string& code) {
    const Answer answer = Post(Name(), body);
    EXPECT_THAT(answer, IsProblem(400, code)) << body;
    EXPECT_FALSE(answer.Has("counts")) << body;
  };
  refuse("", "empty_body");
  refuse("  \n", "empty_body");
  refuse("[" + Good(1) + ",", "malformed_json");
  refuse("[" + Good(1) + "] x", "malformed_json");
  refuse(Good(1) + Good(2), "malformed_json");
  refuse("[" + Good(1) + R"(,{"producer":"p","seq":2,"value":tru}])", "malformed_json");
  refuse("[" + Good(1) + R"(,{"producer":"p","seq":02,"value":1}])", "malformed_json");
  refuse("[" + Good(1) + ",]", "malformed_json");
  refuse("\xEF\xBB\xBF" + Good(1), "malformed_json");
  refuse("[" + Good(1) + ",{\"producer\":\"p\",\"seq\":2,\"value\":\"\xFF\"}]", "invalid_utf8");
  refuse("17", "not_an_object");
  refuse("null", "not_an_object");
  refuse("\"text\"", "not_an_object");
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
}

TEST_P(Status, ParametersAreKnownSingleAndValid) {
  const auto refuse = [&](const std::string& query, const std::string& code) {
    EXPECT_THAT(Post(Name(), Good(1), {.query = query, .type = "application/json", .headers = {}}),
                IsProblem(400, code))
        << query;
  };
  refuse("result=all", "unknown_parameter");
  refuse("results=all&results=all", "repeated_parameter");
  refuse("results=some", "invalid_parameter");
  refuse("results=", "invalid_parameter");
  refuse("ack=maybe", "invalid_parameter");
  refuse("ack=journal", "ack_not_allowed");
  refuse("atomic=yes", "invalid_parameter");
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
  EXPECT_THAT(Post(Name(), Good(1),
                   {.query = "ack=sink&atomic=true&results=none",
                    .type = "application/json",
                    .headers = {}}),
              Settles(200, {{"applied", 1}}));
}

TEST_P(Status, NamesOfStreamsAreRestricted) {
  const auto post = [&](const std::string& stream) { return Post(stream, Record("p", 1, "1")); };
  for (const std::string& name :
       {std::string("Orders"), std::string("1orders"), std::string("or-ders"),
        std::string("or.ders"), std::string("or__ders"), std::string("oncegate_orders"),
        std::string("sqlite_orders"), std::string("pg_orders"), std::string("%C3%B6rders"),
        std::string("orders%00"), std::string("a%2Fb"), std::string(64, 'a')}) {
    EXPECT_THAT(post(name), IsProblem(404, "unknown_stream")) << name;
  }
  for (const std::string& name : {"_" + Name(), Name() + "_2", Name() + std::string(60, 'x')}) {
    EXPECT_EQ(post(name.substr(0, 63)).status, 200) << name;
  }
  EXPECT_EQ(post("pgorders" + Name()).status, 200);
}

TEST_P(Status, AMethodThatIsNotServedIs405WithAllow) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "PATCH"}) {
    const Answer answer = service().Ingest({method, "/v1/streams/" + Name() + "/events", {}, ""});
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.Header("Allow"), "POST, OPTIONS");
    if (std::string(method) != "HEAD") {
      EXPECT_THAT(answer, IsProblem(405, "method_not_allowed"));
    }
  }
}

TEST_P(Status, OptionsIs204WithAllow) {
  const Answer answer = service().Ingest({"OPTIONS", "/v1/streams/" + Name() + "/events", {}, ""});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.Header("Allow"), "POST, OPTIONS");
  EXPECT_THAT(answer.reply.body, IsEmpty());
  EXPECT_FALSE(answer.reply.HasHeader("Access-Control-Allow-Origin"));
  EXPECT_EQ(service().Ingest({"OPTIONS", "/v1/version", {}, ""}).Header("Allow"),
            "GET, HEAD, OPTIONS");
}

TEST_P(Status, TypesAreTheListedOnes) {
  const auto status = [&](const std::string& type) {
    return Post(Name(), "[]", {.query = "", .type = type, .headers = {}});
  };
  for (const char* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"", "application/x-ndjson; charset=UTF-8"}) {
    const std::string body = std::string(type).find("ndjson") == std::string::npos ? "[]" : "";
    EXPECT_EQ(Post(Name(), body, {.query = "", .type = type, .headers = {}}).status, 200) << type;
  }
  for (const char* type : {"", "text/plain", "application/xml", "application/json5", "json",
                           "multipart/form-data; boundary=x", "*/*"}) {
    EXPECT_THAT(status(type), IsProblem(415, "unsupported_media_type")) << type;
  }
  EXPECT_THAT(status("application/json; charset=iso-8859-1"),
              IsProblem(415, "unsupported_charset"));
}

TEST_P(Status, CloudEventsInBinaryModeAreNeverParsedAsPlainJson) {
  const Answer answer =
      Post(Name(), Record("p", 1, "1"),
           {.query = "",
            .type = "application/json",
            .headers = {
                {"ce-id", "1"}, {"ce-source", "a"}, {"ce-type", "t"}, {"ce-specversion", "1.0"}}});
  EXPECT_EQ(answer.status, 415);
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
}

TEST_P(Status, EveryAnswerCarriesARequestId) {
  const auto ask = [&](const std::string& target, const Headers& headers) {
    return service().Ingest({"GET", target, headers, ""}).Header("X-Request-Id");
  };
  const std::string first = ask("/v1/version", {});
  EXPECT_NE(first, "");
  EXPECT_NE(first, ask("/v1/version", {}));
  EXPECT_EQ(ask("/v1/version", {{"X-Request-Id", "mine-17"}}), "mine-17");
  EXPECT_EQ(ask("/nowhere", {{"X-Request-Id", "mine-18"}}), "mine-18");
  EXPECT_EQ(
      Post(Name(), "[]",
           {.query = "", .type = "application/json", .headers = {{"x-request-id", "mine-19"}}})
          .Header("X-Request-Id"),
      "mine-19");
}

TEST_P(Status, ARequestIdThatIsNoneIsReplaced) {
  for (const std::string& id : {std::string(129, 'x'), std::string("two words")}) {
    const std::string given =
        service().Ingest({"GET", "/v1/version", {{"X-Request-Id", id}}, ""}).Header("X-Request-Id");
    EXPECT_NE(given, "");
    EXPECT_NE(given, id);
  }
}

TEST_P(Status, SegmentsAreDecoded) {
  EXPECT_EQ(service().Ingest({"GET", "/v1/%76ersion", {}, ""}).status, 200);
  ASSERT_EQ(Post("%74" + Name().substr(1), Good(1)).status, 200);
  EXPECT_EQ(service().Producer(Name(), "p").status, 200);
}

TEST_P(Status, AnUnknownPathIs404) {
  for (const char* target : {"/", "/v1", "/v1/streams", "/v1/streams/orders", "/v1/streams/orders/",
                             "/v1/streams/orders/events/", "//v1/version", "/v1/version/",
                             "/metrics", "/admin/v1/streams"}) {
    EXPECT_THAT(service().Ingest({"GET", target, {}, ""}), IsProblem(404, "not_found")) << target;
  }
}

}  // namespace
}  // namespace oncegate::e2e
