#include "sinks/webhook/answer_rules.h"

#include <gtest/gtest.h>

namespace oncegate::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

TEST(AnswerRules, EveryStatusHasItsRuling) {
  for (const int status : {200, 201, 202, 204, 299}) EXPECT_EQ(RuleOn(status), Ruling::kDelivered);
  for (const int status : {408, 409, 425, 429}) EXPECT_EQ(RuleOn(status), Ruling::kBusy);
  for (const int status : {400, 406, 411, 413, 415, 418, 422, 451, 499}) {
    EXPECT_EQ(RuleOn(status), Ruling::kRefused) << status;
  }
  EXPECT_EQ(RuleOn(410), Ruling::kGone);
}

TEST(AnswerRules, WhatBlamesAddressOrCredentialsIsNotAboutTheEvent) {
  for (const int status : {300, 301, 302, 304, 307, 308, 401, 403, 404, 405, 407, 500, 501, 502,
                           503, 504, 599, 600, 0}) {
    EXPECT_EQ(RuleOn(status), Ruling::kUnavailable) << status;
  }
}

TEST(AnswerRules, RetryAfterIsSecondsOrADate) {
  const auto now = system_clock::from_time_t(1'614'265'330);  // 2021-02-25T15:02:10Z
  EXPECT_EQ(ParseRetryAfter("7", now), seconds(7));
  EXPECT_EQ(ParseRetryAfter("Thu, 25 Feb 2021 15:02:40 GMT", now), seconds(30));
  EXPECT_EQ(ParseRetryAfter("Thu, 25 Feb 2021 15:00:00 GMT", now), seconds(0));
  EXPECT_EQ(ParseRetryAfter("-3", now), seconds(0));
  EXPECT_EQ(ParseRetryAfter("86400", now), seconds(300));
  EXPECT_EQ(ParseRetryAfter("99999999999999999999999", now), seconds(300));
  EXPECT_EQ(ParseRetryAfter("-99999999999999999999999", now), seconds(0));
  EXPECT_EQ(ParseRetryAfter("Thu, 25 Feb 9021 15:02:40 GMT", now), seconds(300));
  for (const char* const nonsense :
       {"", "soon", "7s", "7 ", "Thu, 25 Feb 2021", "1e3", "99999999999999999999999s"}) {
    EXPECT_FALSE(ParseRetryAfter(nonsense, now)) << nonsense;
  }
}

TEST(AnswerRules, TheObsoleteFormsOfDatesAreDatesToo) {
  const auto now = system_clock::from_time_t(1'614'265'330);  // 2021-02-25T15:02:10Z
  EXPECT_EQ(ParseRetryAfter("Thursday, 25-Feb-21 15:02:40 GMT", now), seconds(30));
  EXPECT_EQ(ParseRetryAfter("Thu Feb 25 15:02:40 2021", now), seconds(30));
}

TEST(AnswerRules, DelaysDoubleWithEqualJitterUpToABound) {
  EXPECT_EQ(RetryDelay(1, 0.0), milliseconds(50));
  EXPECT_EQ(RetryDelay(1, 0.5), milliseconds(75));
  EXPECT_EQ(RetryDelay(2, 0.0), milliseconds(100));
  EXPECT_LE(RetryDelay(2, 0.999), milliseconds(200));
  EXPECT_EQ(RetryDelay(40, 0.0), milliseconds(5'000));
  EXPECT_LE(RetryDelay(4'000'000'000U, 0.999), milliseconds(10'000));
}

}  // namespace
}  // namespace oncegate::webhook
