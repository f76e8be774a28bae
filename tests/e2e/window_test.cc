// Window streams: every verdict, and the row that is left in the sink.
#include "tests/e2e/service_test.h"
#include "tests/support/canonical_json.h"

namespace oncegate::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class Window : public ContractTest {
 protected:
  /// Settles 0 … 10 in epoch 3.
  void SettleThroughTen() {
    std::vector<std::string> records;
    for (int i = 0; i <= 10; ++i) records.push_back(At(i, "\"old\""));
    ASSERT_THAT(Post(Name(), Array(records)), Settles(200, {{"applied", 11}}));
  }
  std::string At(std::int64_t sequence, const std::string& value, std::int64_t epoch = 3) {
    return Record("p", sequence, value, "\"epoch\":" + std::to_string(epoch));
  }
  std::string ValueOf(std::int64_t sequence, std::int64_t epoch = 3) {
    const auto row =
        sink().Row(Name(), "p/" + std::to_string(epoch) + "/" + std::to_string(sequence));
    return row ? row->value.value() : "absent";
  }
};
ONCEGATE_ON_BOTH_SINKS(Window);

TEST_P(Window, AnEventIsAppliedOnceHoweverOftenItIsSent) {
  SettleThroughTen();
  EXPECT_THAT(Post(Name(), At(11, R"({"n":1})")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), At(11, R"({"n":1})")), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Post(Name(), Array({At(11, R"({"n":1})"), At(11, R"({"n":1})")})),
              Settles(200, {{"duplicate", 2}}));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(12));
}

TEST_P(Window, TheSameEventTwiceInOneRequestIsAppliedOnce) {
  EXPECT_THAT(Post(Name(), Array({At(0, "1"), At(0, "1")}), kAll),
              Settles(200, {{"applied", 1}, {"duplicate", 1}}));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(1));
}

TEST_P(Window, TheRowHoldsWhatTheRecordSaid) {
  const std::string record =
      R"({"producer":"pos-17","epoch":2,"seq":5,"id":"order-1","key":"k","value":{"a":[1,null]},)"
      R"("time":"2026-01-31T13:00:00.25+01:00"})";
  ASSERT_THAT(Post(Name(), record), Settles(200, {{"applied", 1}}));
  const auto rows = sink().Rows(Name());
  ASSERT_THAT(rows, SizeIs(1));
  const DocumentRow& row = rows.front();
  EXPECT_EQ(row.key, "k");
  EXPECT_EQ(test::CanonicalJson(*row.value), R"({"a":[1e0,null]})");
  EXPECT_EQ(row.producer, "pos-17");
  EXPECT_EQ(row.epoch, "2");
  EXPECT_EQ(row.sequence, "5");
  EXPECT_EQ(row.id, "order-1");
  EXPECT_EQ(row.version, std::nullopt);
  EXPECT_EQ(row.event_time, "2026-01-31T12:00:00.250000Z");
  EXPECT_FALSE(row.deleted);
  EXPECT_TRUE(row.applied_at.has_value());
}

TEST_P(Window, EventsArriveInAnyOrder) {
  SettleThroughTen();
  for (const int sequence : {13, 12, 11}) {
    EXPECT_THAT(Post(Name(), At(sequence, "1")), Settles(200, {{"applied", 1}}));
  }
  const Answer state = service().Producer(Name(), "p");
  EXPECT_EQ(state.Member("contiguous_through"), "13");
  EXPECT_EQ(state.Member("missing"), "[]");
}

TEST_P(Window, ALateFirstArrivalIsNotTakenForADuplicate) {
  SettleThroughTen();
  ASSERT_THAT(Post(Name(), At(20, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), At(15, "2")), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(ValueOf(15), "2");
}

TEST_P(Window, AnotherPayloadUnderASettledSequenceIsAConflict) {
  SettleThroughTen();
  ASSERT_THAT(Post(Name(), At(11, "\"x\"")), Settles(200, {{"applied", 1}}));
  const Answer answer = Post(Name(), At(11, "\"y\""));
  EXPECT_THAT(answer, Settles(409, {{"conflict", 1}}));
  EXPECT_THAT(answer, IsProblem(409, "conflict"));
  ASSERT_THAT(answer.Items(), SizeIs(1));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"payload_mismatch\"");
  EXPECT_EQ(ValueOf(11), "\"x\"");
}

TEST_P(Window, AnotherKeyOrOperationUnderASettledSequenceIsAConflict) {
  const std::string key = R"("key":"a")";
  ASSERT_THAT(Post(Name(), Record("p", 1, "1", key)), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 1, "1", R"("key":"b")")), Settles(409, {{"conflict", 1}}));
  EXPECT_THAT(Post(Name(), R"({"producer":"p","seq":1,"key":"a","op":"delete"})"),
              Settles(409, {{"conflict", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 1, "1", key + R"(,"version":1)")),
              Settles(409, {{"conflict", 1}}));
}

TEST_P(Window, TheSameValueInAnotherSpellingIsADuplicate) {
  ASSERT_THAT(Post(Name(), Record("p", 1, R"({"name":"Käse","list":[1,2.5],"sub":{"a":1,"b":2}})")),
              Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), R"( { "value" : { "sub":{"b":2,"a":1}, "list":[ 1 , 2.5 ],)"
                           R"( "\u006eame":"K\u00e4se" }, "seq":1, "producer":"\u0070" } )"),
              Settles(200, {{"duplicate", 1}}));
}

TEST_P(Window, AProducerThatLostItsStateIsToldSo) {
  SettleThroughTen();
  std::vector<std::string> records;
  for (int i = 0; i < 5; ++i) records.push_back(At(i, "\"after the loss\""));
  EXPECT_THAT(Post(Name(), Array(records)), Settles(409, {{"conflict", 5}}));
  EXPECT_EQ(ValueOf(0), "\"old\"");
}

TEST_P(Window, AnOlderEpochIsFencedWhateverItSends) {
  SettleThroughTen();
  ASSERT_THAT(Post(Name(), At(0, "1", 4)), Settles(200, {{"applied", 1}}));
  const Answer answer = Post(Name(), Array({At(11, "1"), At(5, "\"old\"")}));
  EXPECT_THAT(answer, Settles(409, {{"fenced", 2}}));
  EXPECT_THAT(answer, IsProblem(409, "fenced"));
  ASSERT_THAT(answer.Items(), SizeIs(2));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"stale_epoch\"");
  EXPECT_EQ(Text(answer.Items().at(0), "current_epoch"), "4");
  EXPECT_EQ(ValueOf(11), "absent");
}

TEST_P(Window, AHigherEpochStartsAFreshSequence) {
  SettleThroughTen();
  EXPECT_THAT(Post(Name(), At(5, "\"new\"", 4)), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(ValueOf(5, 4), "\"new\"");
  EXPECT_EQ(ValueOf(5, 3), "\"old\"");
}

TEST_P(Window, AnInvalidEventDoesNotAdvanceTheEpoch) {
  SettleThroughTen();
  EXPECT_THAT(Post(Name(), R"({"producer":"p","epoch":9,"seq":0,"vaule":1})"),
              Settles(422, {{"invalid", 1}}));
  EXPECT_THAT(Post(Name(), At(11, "1")), Settles(200, {{"applied", 1}}));
}

TEST_P(Window, ABatchOfAllKindsIsJudgedInOrder) {
  SettleThroughTen();
  ASSERT_THAT(Post(Name(), At(11, "1")), Settles(200, {{"applied", 1}}));
  const Answer answer =
      Post(Name(), Array({At(11, "1"), At(12, "1"), At(12, "2"), At(14, "1")}), kAll);
  EXPECT_THAT(answer, Settles(207, {{"applied", 2}, {"duplicate", 1}, {"conflict", 1}}));
  EXPECT_THAT(answer.Verdicts(), ElementsAre("duplicate", "applied", "conflict", "applied"));
  EXPECT_EQ(ValueOf(12), "1");
}

TEST_P(Window, BeyondTheLastRangeTheFloorRises) {
  // 256 ranges of one sequence each, with a hole in front of every one.
  std::vector<std::string> records;
  for (int i = 0; i < 256; ++i) records.push_back(Record("p", 2 * i + 1, "1"));
  ASSERT_THAT(Post(Name(), Array(records)), Settles(200, {{"applied", 256}}));
  EXPECT_EQ(service().Producer(Name(), "p").Member("floor"), "-1");

  ASSERT_THAT(Post(Name(), Record("p", 2 * 256 + 1, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(service().Producer(Name(), "p").Member("floor"), "1");
  const Answer below = Post(Name(), Record("p", 0, "1"));
  EXPECT_THAT(below, Settles(410, {{"too_old", 1}}));
  EXPECT_THAT(below, IsProblem(410, "too_old"));
  EXPECT_EQ(Text(below.Items().at(0), "code"), "\"below_floor\"");
  EXPECT_THAT(Post(Name(), Record("p", 3, "1")), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 2, "1")), Settles(200, {{"applied", 1}}));
  EXPECT_FALSE(sink().Row(Name(), "p/0/0"));
}

TEST_P(Window, AFirstEventBelowAFullWindowIsNeitherWrittenNorVouchedFor) {
  std::vector<std::string> records;
  for (int i = 0; i < 256; ++i) records.push_back(Record("p", 10 + 2 * i, "1"));
  ASSERT_THAT(Post(Name(), Array(records)), Settles(200, {{"applied", 256}}));
  // It would be the oldest range itself, which is the one that is given up.
  EXPECT_THAT(Post(Name(), Record("p", 3, "1")), Settles(410, {{"too_old", 1}}));
  EXPECT_FALSE(sink().Row(Name(), "p/0/3"));
}

TEST_P(Window, ALateEventDoesNotOverwriteANewerRowOfItsProducer) {
  const std::string key = R"("key":"k")";
  ASSERT_THAT(Post(Name(), Record("p", 20, "\"newer\"", key)), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 10, "\"older\"", key)), Settles(200, {{"superseded", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 10, "\"older\"", key)), Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(sink().Rows(Name(), "k").at(0).value, "\"newer\"");
}

TEST_P(Window, AnEventWithoutAVersionNeverOverwritesARowThatHasOne) {
  ASSERT_THAT(Post(Name(), Record("p", 1, "1", R"("key":"k","version":7)")),
              Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 2, "2", R"("key":"k")")), Settles(200, {{"superseded", 1}}));
  EXPECT_THAT(Post(Name(), Record("p", 3, "3", R"("key":"k","version":8)")),
              Settles(200, {{"applied", 1}}));
  EXPECT_EQ(sink().Rows(Name(), "k").at(0).value, "3");
}

TEST_P(Window, ADeleteKeepsTheKeyWithoutAValue) {
  ASSERT_THAT(Post(Name(), Record("p", 1, "1", R"("key":"k")")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), R"({"producer":"p","seq":2,"key":"k","op":"delete"})"),
              Settles(200, {{"applied", 1}}));
  const auto rows = sink().Rows(Name());
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_TRUE(rows[0].deleted);
  EXPECT_EQ(rows[0].value, std::nullopt);
  EXPECT_EQ(rows[0].sequence, "2");
}

TEST_P(Window, EventsOfOneKeyInOneRequestAreFolded) {
  const auto remove = [](int sequence, const std::string& key) {
    return R"({"producer":"p","seq":)" + std::to_string(sequence) + R"(,"key":")" + key +
           R"(","op":"delete"})";
  };
  std::vector<std::string> records{Record("p", 1, "1", R"("key":"gone")"), remove(2, "gone"),
                                   remove(3, "back"), Record("p", 4, "4", R"("key":"back")")};
  for (int i = 5; i < 10; ++i) {
    records.push_back(Record("p", i, std::to_string(i), R"("key":"many")"));
  }
  EXPECT_THAT(Post(Name(), Array(records)), Settles(200, {{"applied", 9}}));
  EXPECT_TRUE(sink().Rows(Name(), "gone").at(0).deleted);
  EXPECT_FALSE(sink().Rows(Name(), "back").at(0).deleted);
  EXPECT_EQ(sink().Rows(Name(), "many").at(0).value, "9");
  EXPECT_THAT(sink().Rows(Name()), SizeIs(3));
}

TEST_P(Window, KeysThatDifferInBytesAreDifferentRows) {
  std::vector<std::string> records;
  const std::vector<std::string> keys{"K", "k", "k ", "\\u00e9", "e\\u0301", "ß", "ss", "k%", "k_"};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    records.push_back(Record("p", static_cast<int>(i), "1", R"("key":")" + keys[i] + "\""));
  }
  EXPECT_THAT(Post(Name(), Array(records)),
              Settles(200, {{"applied", static_cast<std::int64_t>(keys.size())}}));
  EXPECT_THAT(sink().Rows(Name()), SizeIs(keys.size()));
}

TEST_P(Window, ProducersThatDifferInBytesAreDifferentProducers) {
  for (const char* producer : {"P", "p", "p ", "p/0", "\\u00e9", "e\\u0301"}) {
    EXPECT_THAT(Post(Name(), Record(producer, 0, "1")), Settles(200, {{"applied", 1}})) << producer;
  }
}

TEST_P(Window, AnIdIsTheDefaultOfTheKey) {
  EXPECT_THAT(Post(Name(), Record("p", 1, "1", R"("id":"order-1")")),
              Settles(200, {{"applied", 1}}));
  EXPECT_EQ(sink().Row(Name(), "order-1").value().id, "order-1");
}

TEST_P(Window, TheLargestNumbersAreNumbersLikeOthers) {
  const std::string largest = "9223372036854775807";
  const std::string record = R"({"producer":"p","epoch":)" + largest + R"(,"seq":)" + largest +
                             R"(,"value":1,"version":)" + largest + R"(,"key":"k"})";
  EXPECT_THAT(Post(Name(), record), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(Name(), record), Settles(200, {{"duplicate", 1}}));
  const auto rows = sink().Rows(Name());
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].sequence, largest);
  EXPECT_EQ(rows[0].epoch, largest);
  EXPECT_EQ(rows[0].version, largest);
  const Answer state = service().Producer(Name(), "p");
  EXPECT_EQ(state.Member("highest_seq"), largest);
  EXPECT_EQ(state.Member("missing"), "[[0,9223372036854775806]]");
}

}  // namespace
}  // namespace oncegate::e2e
