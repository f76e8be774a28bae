#include "server/cli/send_answer.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

SendAnswer Interpret(int status, const std::string& body, std::uint32_t records) {
  return InterpretAnswer({status, {}, body}, records);
}

TEST(SendAnswer, SettledIsWhatAccountsForEveryRecord) {
  const SendAnswer answer = Interpret(
      200, R"({"counts":{"applied":3,"duplicate":1,"superseded":1,"dead_lettered":1},"items":[]})",
      6);
  EXPECT_EQ(answer.decision, SendDecision::kSettled);
  EXPECT_EQ(answer.settled, 6U);
  EXPECT_EQ(Interpret(202, R"({"counts":{"applied":1,"accepted":1}})", 2).decision,
            SendDecision::kSettled);
}

TEST(SendAnswer, ASuccessThatDoesNotAccountForEveryRecordIsSentAgain) {
  EXPECT_EQ(Interpret(200, R"({"counts":{"applied":3}})", 4).decision, SendDecision::kRetry);
  EXPECT_EQ(Interpret(200, "", 1).decision, SendDecision::kRetry);
  EXPECT_EQ(Interpret(200, "<html>", 1).decision, SendDecision::kRetry);
  EXPECT_EQ(Interpret(200, R"({"counts":{"applied":-1,"duplicate":2}})", 1).decision,
            SendDecision::kRetry);
}

TEST(SendAnswer, AnythingToRetryMeansTheWholeBatchAgain) {
  EXPECT_EQ(Interpret(207, R"({"counts":{"applied":3,"retry":1},"items":[]})", 4).decision,
            SendDecision::kRetry);
  EXPECT_EQ(Interpret(503, R"({"counts":{"retry":4}})", 4).decision, SendDecision::kRetry);
}

TEST(SendAnswer, OverloadAndPassingFaultsAreSentAgain) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(Interpret(status, R"({"code":"queue_full"})", 4).decision, SendDecision::kRetry);
  }
}

TEST(SendAnswer, RefusedRecordsAreNamed) {
  const SendAnswer answer =
      Interpret(207,
                R"({"counts":{"applied":1,"invalid":1},"items":[{"index":1,"verdict":"invalid",)"
                R"("code":"unknown_field","detail":"unknown field \"vaule\""}]})",
                2);
  EXPECT_EQ(answer.decision, SendDecision::kRefused);
  EXPECT_EQ(answer.settled, 1U);
  ASSERT_EQ(answer.problems.size(), 1U);
  EXPECT_EQ(answer.problems[0].index, 1U);
  EXPECT_EQ(answer.problems[0].text, "invalid (unknown_field): unknown field \"vaule\"");
}

TEST(SendAnswer, ARequestThatIsRefusedAsAWholeIsHopeless) {
  for (const int status : {400, 401, 403, 404, 405, 413, 415}) {
    EXPECT_EQ(Interpret(status, R"({"code":"x","detail":"y"})", 2).decision,
              SendDecision::kHopeless);
  }
  EXPECT_EQ(Interpret(404, R"({"code":"unknown_stream","detail":"no"})", 2).detail,
            "status 404, unknown_stream: no");
}

TEST(SendAnswer, AConflictOfEveryRecordIsFinalButNotHopeless) {
  EXPECT_EQ(Interpret(409, R"({"code":"conflict","counts":{"conflict":2},"items":[]})", 2).decision,
            SendDecision::kRefused);
}

ResumePoint Resume(const std::string& body, std::int64_t first_sequence) {
  return InterpretProducer({200, {}, body}, first_sequence);
}

TEST(ResumePoint, AnUnknownProducerStartsAtTheBeginning) {
  const ResumePoint point = InterpretProducer({404, {}, R"({"code":"unknown_producer"})"}, 5);
  EXPECT_FALSE(point.known);
  EXPECT_EQ(point.next_sequence, 5);
}

TEST(ResumePoint, WithoutGapsItIsBehindTheHighest) {
  const ResumePoint point = Resume(
      R"({"epoch":3,"contiguous_through":9,"highest_seq":9,"missing":[],"floor":-1,"next_seq":10})",
      0);
  EXPECT_TRUE(point.known);
  EXPECT_EQ(point.epoch, 3);
  EXPECT_EQ(point.next_sequence, 10);
}

TEST(ResumePoint, BehindTheLastSequenceThereIsNothing) {
  const ResumePoint point = Resume(
      R"({"epoch":3,"contiguous_through":9223372036854775807,"highest_seq":9223372036854775807,)"
      R"("missing":[],"floor":-1,"next_seq":9223372036854775808})",
      0);
  EXPECT_TRUE(point.known);
  EXPECT_EQ(point.epoch, 3);
  EXPECT_EQ(point.next_sequence, 9223372036854775807);
}

TEST(ResumePoint, TheLowestGapIsWhereItGoesOn) {
  constexpr const char* kBody =
      R"({"epoch":0,"highest_seq":50,"missing":[[0,9],[20,29],[40,41]],"floor":-1,"next_seq":51})";
  EXPECT_EQ(Resume(kBody, 0).next_sequence, 0);
  EXPECT_EQ(Resume(kBody, 10).next_sequence, 20);
  EXPECT_EQ(Resume(kBody, 25).next_sequence, 25);
  EXPECT_EQ(Resume(kBody, 30).next_sequence, 40);
  EXPECT_EQ(Resume(kBody, 42).next_sequence, 51);
  EXPECT_EQ(Resume(kBody, 60).next_sequence, 60);
}

TEST(ResumePoint, AListThatMayBeCutProvesNothingBehindIt) {
  std::string missing;
  for (int i = 0; i < 100; ++i) {
    missing += (i == 0 ? "[" : ",[") + std::to_string(i * 2) + "," + std::to_string(i * 2) + "]";
  }
  const std::string body =
      R"({"epoch":0,"highest_seq":900,"floor":-1,"next_seq":901,"missing":[)" + missing + "]}";
  EXPECT_EQ(Resume(body, 300).next_sequence, 300);
}

TEST(ResumePoint, WhatLiesAtOrBelowTheFloorIsSentToFindOut) {
  EXPECT_EQ(Resume(R"({"epoch":0,"contiguous_through":60,"highest_seq":80,"missing":[[61,79]],)"
                   R"("floor":50,"next_seq":81})",
                   0)
                .next_sequence,
            0);
  EXPECT_EQ(Resume(R"({"epoch":0,"contiguous_through":60,"highest_seq":60,"missing":[],)"
                   R"("floor":50,"next_seq":61})",
                   51)
                .next_sequence,
            61);
}

TEST(ResumePoint, AMonotonicStreamGoesOnBehindItsLastPosition) {
  EXPECT_EQ(Resume(R"({"epoch":0,"contiguous_through":60,"highest_seq":60,"missing":[],)"
                   R"("floor":59,"next_seq":61})",
                   0)
                .next_sequence,
            61);
}

}  // namespace
}  // namespace oncegate
