// The other ways to tell events apart: strict, monotonic, id, version, off.
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class Strict : public ContractTest {
 protected:
  Answer Send(const std::vector<std::int64_t>& sequences, const std::string& value = "1") {
    std::vector<std::string> records;
    for (const std::int64_t sequence : sequences) {
      records.push_back(Record(Name(), sequence, value));
    }
    return Post(kStrictStream, Array(records), kAll);
  }
  std::size_t RowCount() { return sink().Rows(kStrictStream, Name() + "/").size(); }
};
ONCEGATE_ON_BOTH_SINKS(Strict);

TEST_P(Strict, AnythingButTheNextIsAGap) {
  ASSERT_THAT(Send({0, 1, 2}), Settles(200, {{"applied", 3}}));
  const Answer answer = Send({4, 5});
  EXPECT_THAT(answer, Settles(409, {{"gap", 2}}));
  EXPECT_THAT(answer, IsProblem(409, "gap"));
  ASSERT_THAT(answer.Items(), SizeIs(2));
  EXPECT_EQ(Text(answer.Items().at(0), "expected_seq"), "3");
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"sequence_gap\"");
  EXPECT_EQ(RowCount(), 3U);
  EXPECT_THAT(Send({3, 4, 5}), Settles(200, {{"applied", 3}}));
}

TEST_P(Strict, WhatFollowsAGapInABatchIsAGapToo) {
  const Answer answer = Send({0, 2, 3, 1});
  EXPECT_THAT(answer.Verdicts(), ElementsAre("applied", "gap", "gap", "applied"));
  EXPECT_EQ(answer.status, 207);
  EXPECT_FALSE(answer.reply.HasHeader("Retry-After"));
}

TEST_P(Strict, AnEpochStartsAtZero) {
  const Answer answer = Send({1});
  EXPECT_THAT(answer, Settles(409, {{"gap", 1}}));
  EXPECT_EQ(Text(answer.Items().at(0), "expected_seq"), "0");
  EXPECT_THAT(Send({0}), Settles(200, {{"applied", 1}}));
}

TEST_P(Strict, AResendIsADuplicateAndAnotherPayloadAConflict) {
  ASSERT_THAT(Send({0, 1}), Settles(200, {{"applied", 2}}));
  EXPECT_THAT(Send({0, 1}), Settles(200, {{"duplicate", 2}}));
  EXPECT_THAT(Send({1}, "2"), Settles(409, {{"conflict", 1}}));
}

TEST_P(Strict, AnInvalidRecordMakesAGapOfWhatFollows) {
  const std::string batch =
      Array({Record(Name(), 0, "1"), R"({"producer":")" + Name() + R"(","seq":1,"vaule":1})",
             Record(Name(), 2, "1")});
  const Answer answer = Post(kStrictStream, batch, kAll);
  EXPECT_THAT(answer.Verdicts(), ElementsAre("applied", "invalid", "gap"));
}

class Monotonic : public ContractTest {
 protected:
  Answer Send(std::int64_t position, const std::string& more = "") {
    return Post(kMonotonicStream, Record(Name(), position, "1", more));
  }
};
ONCEGATE_ON_BOTH_SINKS(Monotonic);

TEST_P(Monotonic, HigherIsNewEqualIsSeenLowerIsTooOld) {
  EXPECT_THAT(Send(100), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send(250), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send(250), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Send(100), Settles(410, {{"too_old", 1}}));
  EXPECT_THAT(Send(249), Settles(410, {{"too_old", 1}}));
  EXPECT_THAT(Send(251), Settles(200, {{"applied", 1}}));
}

TEST_P(Monotonic, AnUnsettledPredecessorIsAGap) {
  ASSERT_THAT(Send(100), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send(200, R"("after":100)"), Settles(200, {{"applied", 1}}));
  const Answer answer = Send(300, R"("after":250)");
  EXPECT_THAT(answer, Settles(409, {{"gap", 1}}));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"predecessor_not_settled\"");
  EXPECT_THAT(Send(250, R"("after":200)"), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Send(300, R"("after":250)"), Settles(200, {{"applied", 1}}));
}

TEST_P(Monotonic, AfterIsRefusedElsewhere) {
  const Answer answer = Post(Name(), Record("p", 1, "1", R"("after":0)"));
  EXPECT_THAT(answer, Settles(422, {{"invalid", 1}}));
  EXPECT_EQ(Text(answer.Items().at(0), "pointer"), "\"/after\"");
}

class Ids : public ContractTest {
 protected:
  std::string With(const std::string& id, const std::string& value = "1",
                   const std::string& more = "") {
    return R"({"id":")" + Name() + id + R"(","value":)" + value + (more.empty() ? "" : ",") + more +
           "}";
  }
  std::size_t RowCount() { return sink().Rows(kIdStream, Name()).size(); }
};
ONCEGATE_ON_BOTH_SINKS(Ids);

TEST_P(Ids, AnIdIsAppliedOnceWhoeverSendsIt) {
  EXPECT_THAT(Post(kIdStream, With("a")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(kIdStream, With("a")), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Post(kIdStream, With("a", "1", R"("producer":"somebody","seq":7)")),
              Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(RowCount(), 1U);
}

TEST_P(Ids, AnotherPayloadUnderAnIdIsAConflict) {
  ASSERT_THAT(Post(kIdStream, With("a")), Settles(200, {{"applied", 1}}));
  const Answer answer = Post(kIdStream, With("a", "2"));
  EXPECT_THAT(answer, Settles(409, {{"conflict", 1}}));
  EXPECT_EQ(Text(answer.Items().at(0), "id"), "\"" + Name() + "a\"");
}

TEST_P(Ids, OneRequestMayHoldAnIdTwice) {
  const Answer answer =
      Post(kIdStream, Array({With("a"), With("b"), With("a"), With("b", "2")}), kAll);
  EXPECT_THAT(answer.Verdicts(), ElementsAre("applied", "applied", "duplicate", "conflict"));
  EXPECT_EQ(RowCount(), 2U);
}

TEST_P(Ids, IdsThatDifferInBytesAreDifferent) {
  EXPECT_THAT(
      Post(kIdStream, Array({With("K"), With("k"), With("k "), With("\\u00e9"), With("e\\u0301")})),
      Settles(200, {{"applied", 5}}));
  EXPECT_EQ(RowCount(), 5U);
}

TEST_P(Ids, ARecordWithoutAnIdIsInvalid) {
  const Answer answer = Post(kIdStream, R"({"value":1,"key":"k"})");
  EXPECT_THAT(answer, Settles(422, {{"invalid", 1}}));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"missing_field\"");
  EXPECT_EQ(Text(answer.Items().at(0), "pointer"), "\"/id\"");
}

TEST_P(Ids, TheKeyMayDifferFromTheId) {
  const std::string key = R"("key":")" + Name() + R"(key")";
  EXPECT_THAT(Post(kIdStream, Array({With("a", "1", key), With("b", "2", key)})),
              Settles(200, {{"applied", 2}}));
  EXPECT_EQ(RowCount(), 1U);
}

class Versions : public ContractTest {
 protected:
  Answer Put(std::int64_t version, const std::string& value) {
    return Post(kVersionStream, R"({"key":")" + Name() + R"(","version":)" +
                                    std::to_string(version) + R"(,"value":)" + value + "}");
  }
  Answer Delete(std::int64_t version) {
    return Post(kVersionStream, R"({"key":")" + Name() + R"(","op":"delete","version":)" +
                                    std::to_string(version) + "}");
  }
  DocumentRow Row() { return sink().Rows(kVersionStream, Name()).at(0); }
};
ONCEGATE_ON_BOTH_SINKS(Versions);

TEST_P(Versions, OnlyAHigherVersionWrites) {
  EXPECT_THAT(Put(20, "\"twenty\""), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Put(15, "\"fifteen\""), Settles(200, {{"superseded", 1}}));
  EXPECT_THAT(Put(20, "\"twenty\""), Settles(200, {{"duplicate", 1}}));
  EXPECT_EQ(Row().value, "\"twenty\"");
  EXPECT_THAT(Put(21, "\"more\""), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(Row().value, "\"more\"");
}

TEST_P(Versions, ADeleteGuardsItsKey) {
  ASSERT_THAT(Put(10, "1"), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Delete(20), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Put(15, "2"), Settles(200, {{"superseded", 1}}));
  EXPECT_TRUE(Row().deleted);
  EXPECT_THAT(Delete(20), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Put(30, "3"), Settles(200, {{"applied", 1}}));
  EXPECT_FALSE(Row().deleted);
}

TEST_P(Versions, AnotherPayloadAtTheSameVersionIsAConflict) {
  ASSERT_THAT(Put(5, "1"), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Put(5, "2"), Settles(409, {{"conflict", 1}}));
  EXPECT_EQ(Row().value, "1");
}

TEST_P(Versions, TheHighestOfOneRequestWins) {
  std::vector<std::string> records;
  for (const int version : {3, 9, 1, 7}) {
    records.push_back(R"({"key":")" + Name() + R"(","version":)" + std::to_string(version) +
                      R"(,"value":)" + std::to_string(version) + "}");
  }
  const Answer answer = Post(kVersionStream, Array(records), kAll);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.Verdicts(), ElementsAre("applied", "applied", "superseded", "superseded"));
  EXPECT_EQ(Row().value, "9");
}

TEST_P(Versions, KeyAndVersionAreRequired) {
  const Answer without_key = Post(kVersionStream, R"({"version":1,"value":1})");
  EXPECT_EQ(Text(without_key.Items().at(0), "pointer"), "\"/key\"");
  const Answer without_version = Post(kVersionStream, R"({"key":"k","value":1})");
  EXPECT_THAT(without_version, Settles(422, {{"invalid", 1}}));
  EXPECT_EQ(Text(without_version.Items().at(0), "pointer"), "\"/version\"");
}

class Off : public ContractTest {};
ONCEGATE_ON_BOTH_SINKS(Off);

TEST_P(Off, EveryEventIsWrittenAgain) {
  const auto put = [&](int value) {
    return Post(kOffStream, R"({"key":")" + Name() + R"(","value":)" + std::to_string(value) + "}");
  };
  EXPECT_THAT(put(1), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(put(1), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(put(2), Settles(200, {{"applied", 1}}));
  const auto rows = sink().Rows(kOffStream, Name());
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].value, "2");
}

TEST_P(Off, ARecordWithoutAnyNameIsInvalid) {
  const Answer answer = Post(kOffStream, R"({"value":1})");
  EXPECT_THAT(answer, Settles(422, {{"invalid", 1}}));
  EXPECT_EQ(Text(answer.Items().at(0), "code"), "\"missing_field\"");
  EXPECT_EQ(Text(answer.Items().at(0), "pointer"), "\"/key\"");
}

TEST_P(Off, AnIdOrASequenceStandsInForTheKey) {
  EXPECT_THAT(Post(kOffStream, R"({"id":")" + Name() + R"(-id","value":1})"),
              Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(kOffStream, R"({"producer":")" + Name() + R"(","seq":4,"value":1})"),
              Settles(200, {{"applied", 1}}));
  EXPECT_TRUE(sink().Row(kOffStream, Name() + "-id"));
  EXPECT_TRUE(sink().Row(kOffStream, Name() + "/0/4"));
}

}  // namespace
}  // namespace oncegate::e2e
