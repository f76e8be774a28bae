// What an answer tells about its records: the modes of results, items, and compressed bodies.
#include "tests/e2e/bodies.h"
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

class Results : public ContractTest {
 protected:
  /// applied, invalid, applied, conflict, applied with a settled 1 before it.
  std::string MixedBatch() {
    return Array({Record("p", 2, "1"), R"({"producer":"p","seq":3,"vaule":1})", Record("p", 4, "1"),
                  Record("p", 1, "2"), Record("p", 1, "1")});
  }
  Answer Ask(const std::string& results) {
    EXPECT_EQ(Post(Name(), Record("p", 1, "1")).status, 200);
    return Post(Name(), MixedBatch(),
                {.query = results, .type = "application/json", .headers = {}});
  }
  const Counts counts_{{"applied", 2}, {"duplicate", 1}, {"conflict", 1}, {"invalid", 1}};
};
ONCEGATE_ON_BOTH_SINKS(Results);

TEST_P(Results, ListWhatIsNotSettledByDefault) {
  for (const char* query : {"", "results=problems"}) {
    const Answer answer = Post(Name() + (*query == '\0' ? "a" : "b"), MixedBatch(),
                               {.query = query, .type = "application/json", .headers = {}});
    ASSERT_THAT(answer.Items(), SizeIs(2)) << query;
    EXPECT_EQ(Text(answer.Items().at(0), "index"), "1");
    EXPECT_EQ(Text(answer.Items().at(0), "verdict"), "\"invalid\"");
    EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"unknown_field\"");
    EXPECT_EQ(Text(answer.Items().at(0), "detail"), R"("unknown field \"vaule\"")");
    EXPECT_EQ(Text(answer.Items().at(0), "pointer"), "\"/vaule\"");
    EXPECT_EQ(Text(answer.Items().at(1), "index"), "4");
    EXPECT_EQ(Text(answer.Items().at(1), "verdict"), "\"conflict\"");
    EXPECT_EQ(Text(answer.Items().at(1), "producer"), "\"p\"");
    EXPECT_EQ(Text(answer.Items().at(1), "seq"), "1");
  }
}

TEST_P(Results, ListEverythingInRequestOrderIfAsked) {
  const Answer answer = Ask("results=all");
  EXPECT_THAT(answer, Settles(207, counts_));
  EXPECT_THAT(answer.Verdicts(),
              ::testing::ElementsAre("applied", "invalid", "applied", "conflict", "duplicate"));
  for (std::size_t i = 0; i < answer.Items().size(); ++i) {
    const auto item = answer.Items().at(i);
    EXPECT_EQ(Text(item, "index"), std::to_string(i));
    for (const char* member : {"code", "detail"}) EXPECT_NE(Text(item, member), "absent");
  }
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"applied\"");
  EXPECT_EQ(Text(answer.Items().at(4), "code"), "\"duplicate\"");
}

TEST_P(Results, AreCountsAloneIfAsked) {
  const Answer answer = Ask("results=none");
  EXPECT_THAT(answer, Settles(207, counts_));
  EXPECT_FALSE(answer.Has("items"));
}

TEST_P(Results, ProblemsFollowTheSameModes) {
  const std::string bad = R"({"producer":"p","seq":1})";
  const auto ask = [&](const std::string& query) {
    return Post(Name(), bad, {.query = query, .type = "application/json", .headers = {}});
  };
  EXPECT_THAT(ask("").Items(), SizeIs(1));
  EXPECT_THAT(ask("results=all").Items(), SizeIs(1));
  const Answer none = ask("results=none");
  EXPECT_THAT(none, Settles(422, {{"invalid", 1}}));
  EXPECT_FALSE(none.Has("items"));
  EXPECT_EQ(none.Member("stream"), "\"" + Name() + "\"");
}

TEST_P(Results, AreNeverTruncated) {
  std::string lines;
  for (int i = 0; i < 10'000; ++i) lines += "{\"bad\":" + std::to_string(i) + "}\n";
  const Answer answer = Post(Name(), lines, kNdjson);
  EXPECT_THAT(answer, Settles(422, {{"invalid", 10'000}}));
  ASSERT_THAT(answer.Items(), SizeIs(10'000));
  EXPECT_EQ(Text(answer.Items().back(), "index"), "9999");
}

TEST_P(Results, ABrokenLineIsOneInvalidRecord) {
  const std::string lines = Lines({Record("p", 1, "1"), "{\"producer\":", "not JSON", "[1]",
                                   Record("p", 2, "1") + " " + Record("p", 3, "1"), "\"\xFF\"", "",
                                   Record("p", 4, "1")}) +
                            Record("p", 5, "1");
  const Answer answer =
      Post(Name(), lines, {.query = "results=all", .type = "application/x-ndjson", .headers = {}});
  EXPECT_THAT(answer.Verdicts(),
              ::testing::ElementsAre("applied", "invalid", "invalid", "invalid", "invalid",
                                     "invalid", "applied", "applied"));
  EXPECT_EQ(Text(answer.Items().at(1), "code"), "\"malformed_json\"");
  EXPECT_EQ(Text(answer.Items().at(3), "code"), "\"not_an_object\"");
  EXPECT_EQ(Text(answer.Items().at(5), "code"), "\"invalid_utf8\"");
  EXPECT_THAT(sink().Rows(Name()), SizeIs(3));
}

TEST_P(Results, LinesMayEndInCarriageReturns) {
  EXPECT_THAT(Post(Name(), Record("p", 1, "1") + "\r\n" + Record("p", 2, "1") + "\r\n", kNdjson),
              Settles(200, {{"applied", 2}}));
}

class Compression : public ContractTest {
 protected:
  Answer Send(const std::string& coding, const std::string& body) {
    return Post(
        Name(), body,
        {.query = "", .type = "application/json", .headers = {{"Content-Encoding", coding}}});
  }
};
ONCEGATE_ON_BOTH_SINKS(Compression);

TEST_P(Compression, GzipAndZstdAreRead) {
  EXPECT_THAT(Send("gzip", Gzip(Record("p", 1, "1"))), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send("GZIP", Gzip(Record("p", 1, "1"))), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Send("zstd", Zstd(Record("p", 2, "1"))), Settles(200, {{"applied", 1}}));
  const std::string members =
      Gzip("[" + Record("p", 3, "1") + ",") + Gzip(Record("p", 4, "1") + "]");
  EXPECT_THAT(Send("gzip", members), Settles(200, {{"applied", 2}}));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(4));
}

TEST_P(Compression, OtherCodingsAndStacksAre415) {
  for (const char* coding : {"br", "deflate", "gzip, zstd", "gzip, gzip", "compress"}) {
    const Answer answer = Send(coding, Gzip(Record("p", 1, "1")));
    EXPECT_THAT(answer, IsProblem(415, "unsupported_content_encoding")) << coding;
    EXPECT_EQ(answer.Header("Accept-Encoding"), "gzip, zstd");
  }
}

TEST_P(Compression, ABrokenBodyIs400AndAppliesNothing) {
  const std::string whole = Gzip(Record("p", 1, "1"));
  for (const std::string& body :
       {whole.substr(0, whole.size() - 3), std::string("plain text"), whole + "garbage"}) {
    EXPECT_THAT(Send("gzip", body), IsProblem(400, "malformed_content_encoding"));
  }
  EXPECT_THAT(Send("zstd", Zstd(Record("p", 1, "1")).substr(0, 10)),
              IsProblem(400, "malformed_content_encoding"));
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
}

TEST_P(Compression, ABombIsRefusedInBoundedMemory) {
  const std::string bomb = Zstd(std::string(256U << 20, ' '));
  const std::size_t before = service().process().ResidentBytes();
  EXPECT_THAT(Send("zstd", bomb), IsProblem(413, "body_too_large"));
  EXPECT_LT(service().process().ResidentBytes(), before + (100U << 20));
}

}  // namespace
}  // namespace oncegate::e2e
