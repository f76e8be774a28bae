// What is forgotten after its time, and how.
#include "tests/e2e/service_test.h"
#include "tests/support/deadline.h"

namespace oncegate::e2e {
namespace {

class Retention : public ServiceTest {};
ONCEGATE_ON_BOTH_SINKS(Retention);

TEST_P(Retention, AnIdleProducerLeavesATombstone) {
  Start("[streams.orders]\nproducer_retention = \"1s\"\n");
  const auto at = [](std::int64_t sequence, std::int64_t epoch) {
    return Record("p", sequence, "1", "\"epoch\":" + std::to_string(epoch));
  };
  ASSERT_EQ(Post("orders", Array({at(7, 3), at(8, 3), at(10, 3)})).status, 200);
  ASSERT_TRUE(
      test::Eventually([&] { return service().Producer("orders", "p").Member("floor") == "10"; }));
  EXPECT_EQ(service().Producer("orders", "p").Member("epoch"), "3");
  EXPECT_THAT(Post("orders", at(9, 3)), Settles(410, {{"too_old", 1}}));
  EXPECT_THAT(Post("orders", at(8, 3)), Settles(410, {{"too_old", 1}}));
  EXPECT_THAT(Post("orders", at(11, 2)), Settles(409, {{"fenced", 1}}));
  EXPECT_THAT(Post("orders", at(11, 3)), Settles(200, {{"applied", 1}}));
}

TEST_P(Retention, AnIdIsNewAgainAfterItsTimeAndADuplicateDoesNotRefreshIt) {
  Start("[streams.messages]\ndedupe = \"id\"\nid_retention = \"2s\"\n");
  const auto send = [&] { return Post("messages", R"({"id":"a","value":1})").VerdictCounts(); };
  ASSERT_EQ(send(), (Counts{{"applied", 1}}));
  EXPECT_EQ(send(), (Counts{{"duplicate", 1}}));
  EXPECT_TRUE(test::Eventually(
      [&] {
        return send() == Counts{{"applied", 1}};
      },
      std::chrono::seconds(20)));
}

TEST_P(Retention, AtTheCapNewIdsAreRefusedAndKnownOnesAnswered) {
  Start("[streams.messages]\ndedupe = \"id\"\nids_max = 3\n");
  const auto send = [&](const std::string& id) {
    return Post("messages", R"({"id":")" + id + R"(","value":1})");
  };
  for (const char* id : {"a", "b", "c"}) EXPECT_EQ(send(id).status, 200);
  ASSERT_TRUE(test::Eventually([&] { return send("d").status == 429; }));
  const Answer refused = send("e");
  EXPECT_THAT(refused, IsProblem(429, "id_capacity"));
  EXPECT_NE(refused.Header("Retry-After"), "");
  EXPECT_THAT(send("a"), Settles(200, {{"duplicate", 1}}));
}

}  // namespace
}  // namespace oncegate::e2e
