// Events that the sink refuses, in a stream that keeps them: settled, listed, replayed, discarded.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeadLetters : public ServiceTest {
 protected:
  void SetUp() override {
    Start(
        "[streams.orders]\non_reject = \"dead_letter\"\n[streams.strict]\n"
        "dedupe = \"strict\"\non_reject = \"dead_letter\"\n");
    ASSERT_EQ(Post(kStream, Keyed(0, "first")).status, 200);
    sink().RefuseKey(kStream, "bad");
  }
  static std::string Keyed(int sequence, const std::string& key) {
    return Record("p", sequence, R"({"n": )" + std::to_string(sequence) + "}",
                  R"("key":")" + key + "\"");
  }
  Answer Listed(const std::string& query = "") {
    return service().Ops({"GET", "/admin/v1/dead-letters" + query, {}, ""});
  }
  std::size_t Kept() { return Listed().json.at("dead_letters").as_array().size(); }
  Answer Call(const std::string& action, const std::string& body) {
    return service().OpsPost("/admin/v1/dead-letters/" + action, body);
  }
};
ONCEGATE_ON_BOTH_SINKS(DeadLetters);

constexpr char kPlan[] = R"({"stream":"orders"})";
constexpr char kDo[] = R"({"stream":"orders","dry_run":false})";

TEST_P(DeadLetters, OneOfABatchIsKeptAndTheBatchIsSettled) {
  const std::string batch = Array({Keyed(1, "a"), Keyed(2, "bad"), Keyed(3, "b")});
  EXPECT_THAT(Post(kStream, batch), Settles(200, {{"applied", 2}, {"dead_lettered", 1}}));
  EXPECT_THAT(Post(kStream, batch), Settles(200, {{"duplicate", 3}}));
  EXPECT_EQ(service().Producer(kStream, "p").Member("contiguous_through"), "3");
  EXPECT_EQ(service().Metric("oncegate_dead_letters{stream=\"orders\"}"), 1);

  const Answer listed = Listed("?stream=orders");
  ASSERT_EQ(listed.status, 200);
  const auto& letters = listed.json.at("dead_letters").as_array();
  ASSERT_THAT(letters, SizeIs(1));
  const boost::json::object& letter = letters.front().as_object();
  EXPECT_EQ(Text(letter, "producer"), "\"p\"");
  EXPECT_EQ(Text(letter, "seq"), "2");
  EXPECT_EQ(Text(letter, "key"), "\"bad\"");
  EXPECT_EQ(Text(letter, "value"), R"({"n":2})");
  EXPECT_EQ(Text(letter, "verdict"), "\"rejected\"");
  EXPECT_NE(Text(letter, "detail"), "absent");
  EXPECT_EQ(listed.Member("next"), "null");
  EXPECT_THAT(Listed("?stream=strict").json.at("dead_letters").as_array(), IsEmpty());
}

TEST_P(DeadLetters, AReplayIsPlannedThenDoneThenNothingIsLeft) {
  ASSERT_EQ(Post(kStream, Keyed(2, "bad")).status, 200);
  const Answer refused = Call("replay", kPlan);
  EXPECT_EQ(refused.Member("applied"), "0");
  EXPECT_THAT(refused.json.at("refused").as_array(), SizeIs(1));
  EXPECT_EQ(Call("replay", kDo).Member("applied"), "0");
  EXPECT_EQ(Kept(), 1U);

  sink().RefuseNothing(kStream);
  const Answer plan = Call("replay", kPlan);
  EXPECT_EQ(plan.status, 200);
  EXPECT_EQ(plan.Member("applied"), "1");
  EXPECT_EQ(plan.Member("dry_run"), "true");
  EXPECT_FALSE(sink().Row(kStream, "bad").has_value());
  EXPECT_EQ(Call("replay", kDo).Member("applied"), "1");
  EXPECT_EQ(Kept(), 0U);
  const auto row = sink().Row(kStream, "bad");
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->sequence, "2");
  EXPECT_EQ(Call("replay", kDo).Member("dead_letters"), "0");
  EXPECT_THAT(Post(kStream, Keyed(2, "bad")), Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(service().Metric("oncegate_dead_letters{stream=\"orders\"}"), 0);
}

TEST_P(DeadLetters, OutliveTheServiceAndAreReplayedByTheNextOne) {
  ASSERT_EQ(Post(kStream, Keyed(2, "bad")).status, 200);
  process().Kill();
  process().Restart();
  EXPECT_THAT(Post(kStream, Keyed(2, "bad")), Settles(200, {{"duplicate", 1}}));
  ASSERT_EQ(Kept(), 1U);
  sink().RefuseNothing(kStream);
  const auto letters = Listed().json.at("dead_letters").as_array();
  const std::string id = Text(letters.front().as_object(), "id");
  EXPECT_EQ(Call("replay", R"({"dry_run":false,"ids":[)" + id + "]}").Member("applied"), "1");
  process().Kill();
  process().Restart();
  EXPECT_EQ(Kept(), 0U);
  EXPECT_TRUE(sink().Row(kStream, "bad").has_value());
}

TEST_P(DeadLetters, ADiscardedOneIsGoneAndItsEventStaysSettled) {
  ASSERT_EQ(Post(kStream, Array({Keyed(2, "bad"), Keyed(3, "bad")})).status, 200);
  EXPECT_EQ(Call("discard", kPlan).Member("dead_letters"), "2");
  EXPECT_EQ(Kept(), 2U);
  EXPECT_EQ(Call("discard", kDo).Member("dead_letters"), "2");
  EXPECT_EQ(Kept(), 0U);
  EXPECT_THAT(Post(kStream, Keyed(2, "bad")), Settles(200, {{"duplicate", 1}}));
}

TEST_P(DeadLetters, WhatIsForgottenIsNotReplayed) {
  ASSERT_EQ(Post(kStream, Keyed(2, "bad")).status, 200);
  const Answer purged = service().OpsPost("/admin/v1/streams/orders/purge",
                                          R"({"producer":"p","mode":"forget","dry_run":false})");
  EXPECT_EQ(purged.status, 200);
  EXPECT_EQ(Kept(), 0U);
  EXPECT_THAT(Post(kStream, Keyed(2, "bad")), Settles(200, {{"dead_lettered", 1}}));
  EXPECT_EQ(Kept(), 1U);
}

TEST_P(DeadLetters, AStrictProducerGoesOnBehindOne) {
  ASSERT_EQ(Post("strict", Record("p", 0, "0")).status, 200);
  sink().RefuseKey("strict", "p/0/1");
  EXPECT_THAT(Post("strict", Array({Record("p", 1, "1"), Record("p", 2, "2")})),
              Settles(200, {{"applied", 1}, {"dead_lettered", 1}}));
}

TEST_P(DeadLetters, AnAtomicBatchIsSettledWithOne) {
  const PostOptions atomic{.query = "atomic=true", .type = "application/json", .headers = {}};
  EXPECT_THAT(Post(kStream, Array({Keyed(1, "a"), Keyed(2, "bad")}), atomic),
              Settles(200, {{"applied", 1}, {"dead_lettered", 1}}));
}

TEST_P(DeadLetters, AMalformedRecordIsInvalidAndNotKept) {
  EXPECT_THAT(Post(kStream, Record("p", 1, "1", R"("vaule":1)")), IsProblem(422, "invalid"));
  EXPECT_EQ(Kept(), 0U);
}

}  // namespace
}  // namespace oncegate::e2e
