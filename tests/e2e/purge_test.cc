// Purge: a plan first, then sealing or forgetting, in ledger and index together.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

class Purge : public ContractTest {
 protected:
  Answer Ask(const std::string& body, const std::string& stream = "") {
    return service().OpsPost("/admin/v1/streams/" + (stream.empty() ? Name() : stream) + "/purge",
                             body);
  }
  /// Settles 0 … 9.
  void Settle(const std::string& producer, const std::string& stream = "") {
    ASSERT_THAT(Send(producer, 0, 10, stream), Settles(200, {{"applied", 10}}));
  }
  Answer Send(const std::string& producer, int first, int count, const std::string& stream = "") {
    std::vector<std::string> records;
    for (int i = first; i < first + count; ++i) records.push_back(Record(producer, i, "1"));
    return Post(stream.empty() ? Name() : stream, Array(records));
  }
  Answer State(const std::string& producer) { return service().Producer(Name(), producer); }
};
ONCEGATE_ON_BOTH_SINKS(Purge);

TEST_P(Purge, IsAPlanUnlessToldOtherwise) {
  Settle("pos-1");
  Settle("pos-2");
  Settle("web-1");
  for (const char* body : {R"({"producer_prefix":"pos-"})",
                           R"({"producer_prefix":"pos-","mode":"seal","dry_run":true})"}) {
    const Answer plan = Ask(body);
    EXPECT_EQ(plan.status, 200);
    EXPECT_EQ(plan.Member("producers"), "2");
    EXPECT_EQ(plan.Member("ids"), "0");
    EXPECT_EQ(plan.Member("sample"), R"(["pos-1","pos-2"])");
    EXPECT_EQ(plan.Member("mode"), "\"seal\"");
    EXPECT_EQ(plan.Member("dry_run"), "true");
    EXPECT_FALSE(plan.Has("job"));
  }
  EXPECT_THAT(Send("pos-1", 0, 10), Settles(200, {{"duplicate", 10}}));
}

TEST_P(Purge, SealMakesEverythingTooOldAndKeepsTheRows) {
  Settle("p");
  const Answer done = Ask(R"({"producer":"p","dry_run":false})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.Member("dry_run"), "false");
  EXPECT_EQ(done.Member("mode"), "\"seal\"");
  EXPECT_EQ(done.Member("producers"), "1");
  EXPECT_EQ(State("p").Member("floor"), "9");
  EXPECT_EQ(State("p").Member("contiguous_through"), "9");
  EXPECT_THAT(Send("p", 0, 10), Settles(410, {{"too_old", 10}}));
  EXPECT_THAT(Send("p", 10, 1), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(11));
}

TEST_P(Purge, SealThroughASequenceKeepsWhatLiesAbove) {
  Settle("p");
  EXPECT_EQ(Ask(R"({"producer":"p","through_seq":4,"dry_run":false})").status, 200);
  EXPECT_THAT(Send("p", 0, 10), Settles(207, {{"too_old", 5}, {"duplicate", 5}}));
}

TEST_P(Purge, ForgetMakesEverythingNewAndKeepsTheEpoch) {
  Settle("p");
  ASSERT_EQ(Post(Name(), Record("p", 0, "1", R"("epoch":3)")).status, 200);
  const Answer done = Ask(R"({"producer":"p","mode":"forget","dry_run":false})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.Member("mode"), "\"forget\"");
  EXPECT_EQ(State("p").Member("epoch"), "3");
  EXPECT_EQ(State("p").Member("highest_seq"), "-1");
  EXPECT_THAT(Post(Name(), Record("p", 0, "2", R"("epoch":3)")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send("p", 0, 1), Settles(409, {{"fenced", 1}}));
}

TEST_P(Purge, ForgetThroughASequenceIsForWindows) {
  Settle("p");
  EXPECT_EQ(Ask(R"({"producer":"p","mode":"forget","through_seq":4,"dry_run":false})").status, 200);
  EXPECT_THAT(Send("p", 0, 10), Settles(200, {{"applied", 5}, {"duplicate", 5}}));
  for (const char* stream : {kStrictStream, kMonotonicStream}) {
    EXPECT_THAT(Ask(R"({"producer":"p","mode":"forget","through_seq":4,"dry_run":false})", stream),
                IsProblem(400, "bad_selector"))
        << stream;
  }
}

TEST_P(Purge, AStrictProducerThatWasForgottenStartsAtZero) {
  Settle(Name(), kStrictStream);
  EXPECT_EQ(
      Ask(R"({"producer":")" + Name() + R"(","mode":"forget","dry_run":false})", kStrictStream)
          .status,
      200);
  EXPECT_THAT(Send(Name(), 10, 1, kStrictStream), Settles(409, {{"gap", 1}}));
  EXPECT_THAT(Send(Name(), 0, 2, kStrictStream), Settles(200, {{"applied", 2}}));
}

TEST_P(Purge, AStrictProducerThatWasSealedGoesOn) {
  Settle(Name(), kStrictStream);
  EXPECT_EQ(Ask(R"({"producer":")" + Name() + R"(","dry_run":false})", kStrictStream).status, 200);
  EXPECT_THAT(Send(Name(), 10, 1, kStrictStream), Settles(200, {{"applied", 1}}));
}

TEST_P(Purge, AForgottenProducerMayWriteItsRowsAgain) {
  Settle("p");
  ASSERT_EQ(Ask(R"({"producer":"p","mode":"forget","dry_run":false})").status, 200);
  EXPECT_THAT(Post(Name(), Record("p", 5, "\"again\"")), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(sink().Row(Name(), "p/0/5").value().value, "\"again\"");
}

TEST_P(Purge, IdleProducersAreSelectedByTheirLastWrite) {
  Settle("p");
  EXPECT_EQ(Ask(R"({"idle_longer_than":"1h"})").Member("producers"), "0");
  EXPECT_EQ(Ask(R"({"idle_longer_than":"0s"})").Member("producers"), "1");
}

TEST_P(Purge, IdsAreForgottenByAge) {
  const auto send = [&](const std::string& id) {
    return Post(kIdStream, R"({"id":")" + Name() + id + R"(","value":1})");
  };
  ASSERT_EQ(send("a").status, 200);
  ASSERT_EQ(send("b").status, 200);
  EXPECT_EQ(Ask(R"({"ids_older_than":"1h"})", kIdStream).Member("ids"), "0");
  const Answer plan = Ask(R"({"ids_older_than":"0s"})", kIdStream);
  EXPECT_GE(plan.json.at("ids").to_number<int>(), 2);
  EXPECT_EQ(plan.Member("mode"), "\"forget\"");
  EXPECT_THAT(send("a"), Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(Ask(R"({"ids_older_than":"0s","mode":"forget","dry_run":false})", kIdStream).status,
            200);
  EXPECT_THAT(send("a"), Settles(200, {{"applied", 1}}));
}

TEST_P(Purge, ExactlyOneSelectorIsGiven) {
  Settle("p");
  for (const char* body :
       {"{}", R"({"dry_run":false})", R"({"producer":"p","producer_prefix":"p"})",
        R"({"producer":"p","idle_longer_than":"1h"})", R"({"through_seq":5,"mode":"seal"})",
        R"({"producer":""})", R"({"producer":17})", R"({"idle_longer_than":"soon"})",
        R"({"idle_longer_than":3600})", R"({"ids_older_than":"1h"})",
        R"({"producer":"p","mode":"erase"})", R"({"producer":"p","through_seq":-1})",
        R"({"producer":"p","through_seq":"5"})", R"({"producer":"p","dry_run":"no"})",
        R"({"producer":"p","more":1})", R"({"producer":"p","producer":"q"})", "[]", "", "{"}) {
    const Answer answer = Ask(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.Header("Content-Type"), "application/problem+json") << body;
  }
  EXPECT_EQ(Ask(R"({"ids_older_than":"1h","mode":"seal"})", kIdStream).status, 400);
  EXPECT_EQ(Ask(R"({"producer":"p"})", kIdStream).status, 400);
  EXPECT_THAT(Send("p", 0, 10), Settles(200, {{"duplicate", 10}}));
}

TEST_P(Purge, NeedsAJsonTypeAndAKnownStream) {
  Settle("p");
  const std::string target = "/admin/v1/streams/" + Name() + "/purge";
  EXPECT_EQ(service().Ops({"POST", target, {}, R"({"producer":"p"})"}).status, 415);
  EXPECT_EQ(service().Ops({"POST", target, {{"Content-Type", "text/plain"}}, "{}"}).status, 415);
  EXPECT_EQ(service().Ops({"GET", target, {}, ""}).status, 405);
  EXPECT_THAT(Ask(R"({"producer":"p"})", "never_seen"), IsProblem(404, "unknown_stream"));
  EXPECT_EQ(Ask(R"({"producer":"p"})", "Bad-Name").status, 404);
}

TEST_P(Purge, AnUnknownProducerIsNothingToPurge) {
  Settle("p");
  const Answer answer = Ask(R"({"producer":"q","dry_run":false})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Member("producers"), "0");
}

TEST_P(Purge, TheSampleIsBounded) {
  std::vector<std::string> records;
  for (int i = 100; i < 200; ++i) records.push_back(Record("p" + std::to_string(i), 0, "1"));
  ASSERT_THAT(Post(Name(), Array(records)), Settles(200, {{"applied", 100}}));
  const Answer plan = Ask(R"({"producer_prefix":"p"})");
  EXPECT_EQ(plan.Member("producers"), "100");
  EXPECT_LE(plan.json.at("sample").as_array().size(), 100U);
  EXPECT_GE(plan.json.at("sample").as_array().size(), 1U);
}

}  // namespace
}  // namespace oncegate::e2e
