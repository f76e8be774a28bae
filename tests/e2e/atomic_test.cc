// atomic=true: all records of a request, or none.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class Atomic : public ContractTest {
 protected:
  Answer Send(const std::vector<std::string>& records, const std::string& stream = "") {
    return Post(stream.empty() ? Name() : stream, Array(records),
                {.query = "atomic=true&results=all", .type = "application/json", .headers = {}});
  }
};
ONCEGATE_ON_BOTH_SINKS(Atomic);

TEST_P(Atomic, AllRecordsAreApplied) {
  EXPECT_THAT(Send({Record("p", 1, "1"), Record("p", 2, "1")}), Settles(200, {{"applied", 2}}));
  EXPECT_THAT(Send({Record("p", 2, "1"), Record("p", 3, "1")}),
              Settles(200, {{"applied", 1}, {"duplicate", 1}}));
}

TEST_P(Atomic, OneInvalidRecordTakesAllBack) {
  const Answer answer =
      Send({Record("p", 1, "1"), R"({"producer":"p","seq":2,"vaule":1})", Record("p", 3, "1")});
  EXPECT_THAT(answer, Settles(422, {{"invalid", 1}, {"retry", 2}}));
  EXPECT_THAT(answer, IsProblem(422, "invalid"));
  EXPECT_THAT(answer.Verdicts(), ElementsAre("retry", "invalid", "retry"));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"atomic_aborted\"");
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
  EXPECT_THAT(Send({Record("p", 1, "1"), Record("p", 3, "1")}), Settles(200, {{"applied", 2}}));
}

TEST_P(Atomic, OneConflictTakesAllBackButDuplicatesStay) {
  ASSERT_THAT(Post(Name(), Array({Record("p", 1, "1"), Record("p", 2, "1")})),
              Settles(200, {{"applied", 2}}));
  const Answer answer = Send({Record("p", 1, "1"), Record("p", 2, "2"), Record("p", 3, "1")});
  EXPECT_THAT(answer.Verdicts(), ElementsAre("duplicate", "conflict", "retry"));
  EXPECT_THAT(answer, IsProblem(409, "conflict"));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(2));
  EXPECT_EQ(service().Producer(Name(), "p").Member("highest_seq"), "2");
}

TEST_P(Atomic, AGapTakesAllBack) {
  const Answer answer = Send({Record(Name(), 0, "1"), Record(Name(), 2, "1")}, kStrictStream);
  EXPECT_THAT(answer.Verdicts(), ElementsAre("retry", "gap"));
  EXPECT_THAT(answer, IsProblem(409, "gap"));
  EXPECT_EQ(service().Producer(kStrictStream, Name()).status, 404);
  EXPECT_THAT(sink().Rows(kStrictStream, Name() + "/"), SizeIs(0));
}

TEST_P(Atomic, ARowThatTheSinkRefusesTakesAllBack) {
  ASSERT_EQ(Post(Name(), Record("p", 0, "1", R"("key":"first")")).status, 200);
  sink().RefuseKey(Name(), "bad");
  const std::vector<std::string> records{Record("p", 1, "1", R"("key":"good")"),
                                         Record("p", 2, "1", R"("key":"bad")"),
                                         Record("p", 3, "1", R"("key":"fine")")};
  const Answer answer = Send(records);
  EXPECT_THAT(answer.Verdicts(), ElementsAre("retry", "rejected", "retry"));
  EXPECT_THAT(answer, IsProblem(422, "rejected"));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(1));
  sink().RefuseNothing(Name());
  EXPECT_THAT(Send(records), Settles(200, {{"applied", 3}}));
}

TEST_P(Atomic, SeveralProducersAre400) {
  EXPECT_THAT(Send({Record("p", 1, "1"), Record("q", 1, "1")}),
              IsProblem(400, "several_producers"));
  EXPECT_EQ(service().Producer(Name(), "p").status, 404);
}

TEST_P(Atomic, IdStreamsHaveNone) {
  EXPECT_THAT(Send({R"({"id":")" + Name() + R"(","value":1})"}, kIdStream),
              IsProblem(400, "atomic_not_allowed"));
}

TEST_P(Atomic, OtherRequestsOfTheGroupAreNotTakenBack) {
  // Sent at the same time, they may share a group.
  std::vector<std::unique_ptr<testing::RawConnection>> connections;
  for (int i = 0; i < 20; ++i) {
    const std::string producer = "p" + std::to_string(i);
    const bool breaks = i % 2 == 1;
    const std::string second =
        breaks ? R"({"producer":")" + producer + R"(","seq":2})" : Record(producer, 2, "1");
    connections.push_back(
        std::make_unique<testing::RawConnection>(service().process().ingest_port()));
    connections.back()->Send(testing::Serialize({"POST",
                                                 "/v1/streams/" + Name() + "/events?atomic=true",
                                                 {{"Content-Type", "application/json"}},
                                                 Array({Record(producer, 1, "1"), second})}));
  }
  for (int i = 0; i < 20; ++i) {
    const Answer answer = ReadAnswer(connections[static_cast<std::size_t>(i)]->Read());
    EXPECT_EQ(answer.status, i % 2 == 1 ? 422 : 200);
  }
  EXPECT_THAT(sink().Rows(Name()), SizeIs(20));
}

}  // namespace
}  // namespace oncegate::e2e
