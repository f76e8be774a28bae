// Where a producer resumes, and how its epoch is bumped.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

class ProducerState : public ContractTest {
 protected:
  void Settle(const std::string& stream, const std::string& producer,
              const std::vector<std::int64_t>& sequences, std::int64_t epoch = 0) {
    std::vector<std::string> records;
    for (const std::int64_t sequence : sequences) {
      records.push_back(Record(producer, sequence, "1", "\"epoch\":" + std::to_string(epoch)));
    }
    const auto count = static_cast<std::int64_t>(sequences.size());
    ASSERT_THAT(Post(stream, Array(records)), Settles(200, {{"applied", count}}));
  }
  Answer State(const std::string& stream, const std::string& producer = "p") {
    return service().Producer(stream, producer);
  }
};
ONCEGATE_ON_BOTH_SINKS(ProducerState);

TEST_P(ProducerState, TellsGapsAndWhereToResume) {
  Settle(Name(), "p", {0, 1, 2, 3, 5, 6, 9}, 3);
  const Answer state = State(Name());
  EXPECT_EQ(state.status, 200);
  EXPECT_EQ(state.Header("Content-Type"), "application/json");
  EXPECT_EQ(state.Member("stream"), "\"" + Name() + "\"");
  EXPECT_EQ(state.Member("producer"), "\"p\"");
  EXPECT_EQ(state.Member("epoch"), "3");
  EXPECT_EQ(state.Member("contiguous_through"), "3");
  EXPECT_EQ(state.Member("highest_seq"), "9");
  EXPECT_EQ(state.Member("missing"), "[[4,4],[7,8]]");
  EXPECT_EQ(state.Member("floor"), "-1");
  EXPECT_EQ(state.Member("next_seq"), "10");
  EXPECT_THAT(state.Member("updated_at"),
              ::testing::MatchesRegex("\"20..-..-..T..:..:..(\\.[0-9]+)?Z\""));
  EXPECT_FALSE(state.Has("accepted_through"));
}

TEST_P(ProducerState, AWindowThatBeginsLateMissesWhatCameBefore) {
  Settle(Name(), "p", {100});
  const Answer state = State(Name());
  EXPECT_EQ(state.Member("floor"), "-1");
  EXPECT_EQ(state.Member("missing"), "[[0,99]]");
  EXPECT_EQ(state.Member("contiguous_through"), "null");
  EXPECT_EQ(state.Member("next_seq"), "101");
}

TEST_P(ProducerState, AtMostTheLowestHundredGapsAreTold) {
  std::vector<std::int64_t> sequences;
  for (int i = 0; i < 150; ++i) sequences.push_back(2 * i);
  Settle(Name(), "p", sequences);
  const Answer state = State(Name());
  const auto& missing = state.json.at("missing").as_array();
  EXPECT_EQ(missing.size(), 100U);
  EXPECT_EQ(state.Member("missing").substr(0, 13), "[[1,1],[3,3],");
}

TEST_P(ProducerState, AStrictEpochStartsAtZero) {
  Settle(kStrictStream, Name(), {0, 1, 2});
  const Answer state = State(kStrictStream, Name());
  EXPECT_EQ(state.Member("floor"), "-1");
  EXPECT_EQ(state.Member("contiguous_through"), "2");
  EXPECT_EQ(state.Member("missing"), "[]");
}

TEST_P(ProducerState, AMonotonicProducerHasAFloorBelowItsLast) {
  Settle(kMonotonicStream, Name(), {1000});
  const Answer state = State(kMonotonicStream, Name());
  EXPECT_EQ(state.Member("floor"), "999");
  EXPECT_EQ(state.Member("contiguous_through"), "1000");
  EXPECT_EQ(state.Member("highest_seq"), "1000");
  EXPECT_EQ(state.Member("missing"), "[]");
  EXPECT_EQ(state.Member("next_seq"), "1001");
}

TEST_P(ProducerState, ProducersAreNamedByOneEncodedSegment) {
  Settle(Name(), "kafka:orders/3", {0});
  EXPECT_EQ(State(Name(), "kafka:orders%2F3").Member("producer"), "\"kafka:orders/3\"");
  EXPECT_EQ(State(Name(), "kafka%3Aorders%2f3").status, 200);
  EXPECT_EQ(State(Name(), "kafka:orders/3").status, 404);
  Settle(Name(), "100% +\u00e4", {0});
  EXPECT_EQ(State(Name(), "100%25%20+%C3%A4").status, 200);
}

TEST_P(ProducerState, WhatIsNotKnownIs404) {
  Settle(Name(), "p", {0});
  EXPECT_THAT(State(Name(), "q"), IsProblem(404, "unknown_producer"));
  EXPECT_THAT(State("never_seen"), IsProblem(404, "unknown_stream"));
  EXPECT_EQ(State("Bad-Name").status, 404);
  EXPECT_EQ(State(Name(), "%FF").status, 404);
  ASSERT_EQ(
      Post(kIdStream, R"({"id":")" + Name() + R"(","producer":"p","seq":1,"value":1})").status,
      200);
  EXPECT_EQ(State(kIdStream).status, 404);
}

TEST_P(ProducerState, HeadHasNoBody) {
  Settle(Name(), "p", {0});
  const Answer head = service().Ingest({"HEAD", "/v1/streams/" + Name() + "/producers/p", {}, ""});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.reply.body, "");
  EXPECT_EQ(head.Header("Content-Type"), "application/json");
}

class EpochBump : public ProducerState {
 protected:
  Answer Bump(std::int64_t expected, const std::string& sequence, const std::string& key = "") {
    testing::HttpCall call{
        "POST",
        "/v1/streams/" + stream_ + "/producers/" + producer_ + "/epoch",
        {{"Content-Type", "application/json"}},
        R"({"expected_epoch":)" + std::to_string(expected) + R"(,"sequence":")" + sequence + "\"}"};
    if (!key.empty()) call.headers.emplace_back("Idempotency-Key", key);
    return service().Ingest(call);
  }
  Answer Send(std::int64_t sequence, std::int64_t epoch, const std::string& value = "1") {
    return Post(stream_, Record(producer_, sequence, value, "\"epoch\":" + std::to_string(epoch)));
  }
  void Use(const std::string& stream) { stream_ = stream; }

  std::string stream_ = Name();
  const std::string producer_ = Name();
};
ONCEGATE_ON_BOTH_SINKS(EpochBump);

TEST_P(EpochBump, ResetEmptiesTheWindow) {
  Settle(stream_, producer_, {0, 1, 2}, 3);
  const Answer bumped = Bump(3, "reset");
  EXPECT_EQ(bumped.status, 200);
  EXPECT_EQ(bumped.Member("epoch"), "4");
  EXPECT_EQ(bumped.Member("next_seq"), "0");
  EXPECT_EQ(bumped.Member("highest_seq"), "-1");
  EXPECT_EQ(bumped.Member("missing"), "[]");
  EXPECT_THAT(Send(3, 3), Settles(409, {{"fenced", 1}}));
  EXPECT_THAT(Send(1, 4, "2"), Settles(200, {{"applied", 1}}));
}

TEST_P(EpochBump, ContinueKeepsTheWindow) {
  Settle(stream_, producer_, {0, 1, 2, 5}, 3);
  const Answer bumped = Bump(3, "continue");
  EXPECT_EQ(bumped.status, 200);
  EXPECT_EQ(bumped.Member("epoch"), "4");
  EXPECT_EQ(bumped.Member("next_seq"), "6");
  EXPECT_EQ(bumped.Member("missing"), "[[3,4]]");
  EXPECT_EQ(Send(2, 4).VerdictCounts(), (Counts{{"duplicate", 1}}));
  EXPECT_THAT(Send(3, 4), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send(4, 3), Settles(409, {{"fenced", 1}}));
}

TEST_P(EpochBump, AStrictStreamGoesOnWhereABumpContinuedIt) {
  Use(kStrictStream);
  Settle(stream_, producer_, {0, 1, 2});
  EXPECT_EQ(Bump(0, "continue").status, 200);
  EXPECT_THAT(Send(0, 1), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Send(3, 1), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(Bump(1, "reset").status, 200);
  const Answer gap = Send(4, 2);
  EXPECT_THAT(gap, Settles(409, {{"gap", 1}}));
  EXPECT_EQ(Text(gap.Items().at(0), "expected_seq"), "0");
}

TEST_P(EpochBump, IsRefusedUnlessTheEpochIsTheExpectedOne) {
  Settle(stream_, producer_, {0}, 3);
  for (const std::int64_t expected : {2, 4}) {
    EXPECT_THAT(Bump(expected, "reset"), IsProblem(409, "epoch_mismatch"));
  }
  EXPECT_EQ(State(stream_, producer_).Member("epoch"), "3");
}

TEST_P(EpochBump, IsRepeatedWithItsKeyWithoutEffect) {
  Settle(stream_, producer_, {0, 1}, 3);
  const Answer first = Bump(3, "continue", "bump-1");
  ASSERT_EQ(first.status, 200);
  const Answer again = Bump(3, "continue", "\"bump-1\"");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.Member("epoch"), "4");
  EXPECT_EQ(again.Member("next_seq"), first.Member("next_seq"));
  EXPECT_EQ(Bump(3, "continue", "bump-2").status, 409);
  EXPECT_EQ(Bump(3, "continue").status, 409);
  EXPECT_EQ(Bump(4, "continue", "bump-2").Member("epoch"), "5");
  EXPECT_EQ(Bump(3, "continue", "bump-1").status, 409);
}

TEST_P(EpochBump, ARepeatAnswersTheResultEvenAfterFurtherEvents) {
  Settle(stream_, producer_, {0, 1}, 3);
  ASSERT_EQ(Bump(3, "reset", "bump-1").status, 200);
  EXPECT_THAT(Send(0, 4), Settles(200, {{"applied", 1}}));
  const Answer again = Bump(3, "reset", "bump-1");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.Member("epoch"), "4");
}

TEST_P(EpochBump, UnknownProducersAndStreamsAre404) {
  EXPECT_EQ(Bump(0, "reset").status, 404);
  Settle(stream_, "other", {0});
  EXPECT_THAT(Bump(0, "reset"), IsProblem(404, "unknown_producer"));
  Use(kIdStream);
  EXPECT_EQ(Bump(0, "reset").status, 404);
}

TEST_P(EpochBump, ItsBodyIsChecked) {
  Settle(stream_, producer_, {0});
  const auto status = [&](const std::string& body, const std::string& type = "application/json") {
    Headers headers;
    if (!type.empty()) headers.emplace_back("Content-Type", type);
    return service()
        .Ingest({"POST", "/v1/streams/" + stream_ + "/producers/" + producer_ + "/epoch", headers,
                 body})
        .status;
  };
  for (const char* body :
       {"", "[]", "{}", "{", R"({"expected_epoch":0})", R"({"sequence":"reset"})",
        R"({"expected_epoch":"0","sequence":"reset"})",
        R"({"expected_epoch":0.0,"sequence":"reset"})",
        R"({"expected_epoch":-1,"sequence":"reset"})",
        R"({"expected_epoch":0,"sequence":"rewind"})",
        R"({"expected_epoch":0,"sequence":"reset","more":1})",
        R"({"expected_epoch":0,"expected_epoch":0,"sequence":"reset"})"}) {
    EXPECT_EQ(status(body), 400) << body;
  }
  EXPECT_EQ(status(R"({"expected_epoch":0,"sequence":"reset"})", "text/plain"), 415);
  EXPECT_EQ(status(R"({"expected_epoch":0,"sequence":"reset"})", ""), 415);
  EXPECT_EQ(State(stream_, producer_).Member("epoch"), "0");
}

TEST_P(EpochBump, WaitsForNobodyAndFencesWhatComesAfterItsAnswer) {
  Settle(stream_, producer_, {0}, 3);
  ASSERT_EQ(Bump(3, "continue").status, 200);
  std::vector<std::string> records;
  for (int i = 1; i <= 100; ++i) records.push_back(Record(producer_, i, "1", "\"epoch\":3"));
  EXPECT_THAT(Post(stream_, Array(records)), Settles(409, {{"fenced", 100}}));
  EXPECT_EQ(sink().Rows(stream_).size(), 1U);
}

}  // namespace
}  // namespace oncegate::e2e
