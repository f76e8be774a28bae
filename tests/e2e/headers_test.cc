// Headers as defaults for what a record leaves out.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class Defaults : public ContractTest {
 protected:
  Answer Send(const Headers& headers, const std::string& body,
              const std::string& type = "application/json") {
    return Post(Name(), body, {.query = "results=all", .type = type, .headers = headers});
  }
};
ONCEGATE_ON_BOTH_SINKS(Defaults);

TEST_P(Defaults, ProducerEpochAndSequenceComeFromHeaders) {
  EXPECT_THAT(Send({{"Producer-Id", "head"}, {"Producer-Epoch", "2"}, {"Producer-Seq", "10"}},
                   R"([{"value":1},{"value":2},{"value":3}])"),
              Settles(200, {{"applied", 3}}));
  const auto rows = sink().Rows(Name());
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].key, "head/2/10");
  EXPECT_EQ(rows[2].key, "head/2/12");
  EXPECT_EQ(rows[2].value, "3");
}

TEST_P(Defaults, ARecordsOwnFieldsWin) {
  const Answer answer =
      Send({{"Producer-Id", "head"}, {"Producer-Epoch", "2"}, {"Producer-Seq", "10"}},
           R"([{"producer":"own","value":1},{"epoch":7,"value":1},{"seq":99,"epoch":7,"value":1},)"
           R"({"epoch":7,"value":1}])");
  EXPECT_THAT(answer, Settles(200, {{"applied", 4}}));
  const auto rows = sink().Rows(Name());
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(rows[0].key, "head/7/11");
  EXPECT_EQ(rows[1].key, "head/7/13");
  EXPECT_EQ(rows[2].key, "head/7/99");
  EXPECT_EQ(rows[3].key, "own/2/10");
}

TEST_P(Defaults, AMalformedLineUsesUpItsNumberABlankOneDoesNot) {
  const Answer answer = Send({{"Producer-Id", "p"}, {"Producer-Seq", "5"}},
                             "{\"value\":0}\n\nbroken\n   \n{\"value\":2}\n{\"vaule\":3}\n"
                             "{\"value\":4}\n",
                             "application/x-ndjson");
  EXPECT_THAT(answer.Verdicts(),
              ElementsAre("applied", "invalid", "applied", "invalid", "applied"));
  const auto rows = sink().Rows(Name());
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].key, "p/0/5");
  EXPECT_EQ(rows[1].key, "p/0/7");
  EXPECT_EQ(rows[2].key, "p/0/9");
}

TEST_P(Defaults, ANumberBeyondTheLastIsInvalidForItsRecordAlone) {
  const Answer answer = Send({{"Producer-Id", "p"}, {"Producer-Seq", "9223372036854775807"}},
                             R"([{"value":1},{"value":2}])");
  EXPECT_THAT(answer.Verdicts(), ElementsAre("applied", "invalid"));
  EXPECT_EQ(Text(answer.Items().at(1), "code"), "\"out_of_range\"");
}

TEST_P(Defaults, AHeaderThatSaysNothingSensibleIsRefused) {
  for (const Headers& headers : std::vector<Headers>{{{"Producer-Seq", "-1"}},
                                                     {{"Producer-Seq", "1.0"}},
                                                     {{"Producer-Seq", "one"}},
                                                     {{"Producer-Seq", ""}},
                                                     {{"Producer-Seq", "9223372036854775808"}},
                                                     {{"Producer-Seq", "1"}, {"Producer-Seq", "2"}},
                                                     {{"Producer-Epoch", "0x1"}},
                                                     {{"Producer-Id", ""}},
                                                     {{"Producer-Id", std::string(256, 'p')}},
                                                     {{"Producer-Id", "a"}, {"Producer-Id", "b"}},
                                                     {{"Producer-Id", "\xFF"}}}) {
    EXPECT_THAT(Send(headers, Record("p", 1, "1")), IsProblem(400, "invalid_header"))
        << headers[0].first << ": " << headers[0].second;
  }
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
}

TEST_P(Defaults, AProducerMayBeAnyText) {
  EXPECT_THAT(Send({{"Producer-Id", "käse/1"}, {"Producer-Seq", "0"}}, R"({"value":1})"),
              Settles(200, {{"applied", 1}}));
  EXPECT_EQ(service().Producer(Name(), "k%C3%A4se%2F1").Member("highest_seq"), "0");
}

class IdempotencyKey : public ContractTest {
 protected:
  Answer Send(const std::string& key, const std::string& body,
              const std::string& stream = kIdStream) {
    return Post(stream, body,
                {.query = "results=all",
                 .type = "application/json",
                 .headers = {{"Idempotency-Key", key}}});
  }
};
ONCEGATE_ON_BOTH_SINKS(IdempotencyKey);

TEST_P(IdempotencyKey, IsTheIdQuotedOrNot) {
  EXPECT_THAT(Send(Name(), R"({"value":1})"), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send("\"" + Name() + "\"", R"({"value":1})"), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Send("\"" + Name() + "\"", R"([{"value":1}])"), Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(sink().Row(kIdStream, Name()).value().id, Name());
}

TEST_P(IdempotencyKey, ARecordsOwnIdWins) {
  EXPECT_THAT(Send(Name() + "head", R"({"id":")" + Name() + R"(own","value":1})"),
              Settles(200, {{"applied", 1}}));
  EXPECT_TRUE(sink().Row(kIdStream, Name() + "own"));
}

TEST_P(IdempotencyKey, NamesOneRecordOnly) {
  EXPECT_THAT(Send(Name(), R"([{"value":1},{"value":2}])"),
              IsProblem(400, "idempotency_key_with_several_records"));
  EXPECT_FALSE(sink().Row(kIdStream, Name()));
}

TEST_P(IdempotencyKey, MustBeAnId) {
  for (const std::string& key :
       {std::string("\"open"), std::string("\"a\"b"), std::string("\"\""), std::string(256, 'k')}) {
    EXPECT_THAT(Send(key, R"({"value":1})"), IsProblem(400, "invalid_header")) << key;
  }
}

TEST_P(IdempotencyKey, MeansNothingWhereEventsHaveSequences) {
  EXPECT_THAT(Send("whatever", Array({Record("p", 1, "1"), Record("p", 2, "1")}), Name()),
              Settles(200, {{"applied", 2}}));
  EXPECT_EQ(sink().Row(Name(), "p/0/1").value().id, std::nullopt);
}

}  // namespace
}  // namespace oncegate::e2e
