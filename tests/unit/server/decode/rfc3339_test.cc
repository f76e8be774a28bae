#include "server/decode/rfc3339.h"

#include <gtest/gtest.h>

#include <string>

namespace oncegate {
namespace {

std::string InUtc(std::string_view text) {
  const auto time = ParseRfc3339(text);
  return time ? ToRfc3339(*time) : "refused";
}

TEST(Rfc3339, IsReadAsUtc) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z")->microseconds, 0);
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59.999999Z")->microseconds, -1);
  EXPECT_EQ(InUtc("2026-01-31T12:00:00Z"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(InUtc("2026-01-31t12:00:00z"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(InUtc("2026-01-31T12:00:00+02:30"), "2026-01-31T09:30:00Z");
  EXPECT_EQ(InUtc("2026-01-31T23:00:00-23:59"), "2026-02-01T22:59:00Z");
  EXPECT_EQ(InUtc("2026-01-31T12:00:00-00:00"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(InUtc("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
}

TEST(Rfc3339, FractionsAreCutToMicroseconds) {
  EXPECT_EQ(InUtc("2026-01-31T12:00:00.5Z"), "2026-01-31T12:00:00.5Z");
  EXPECT_EQ(InUtc("2026-01-31T12:00:00.000001Z"), "2026-01-31T12:00:00.000001Z");
  EXPECT_EQ(InUtc("2026-01-31T12:00:00.9999999999999999999999Z"), "2026-01-31T12:00:00.999999Z");
  EXPECT_EQ(InUtc("1969-12-31T23:59:59.25Z"), "1969-12-31T23:59:59.25Z");
}

TEST(Rfc3339, YearsRunFrom0001To9999AsWrittenAndInUtc) {
  EXPECT_EQ(InUtc("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(InUtc("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(InUtc("0000-12-31T23:59:59Z"), "refused");
  EXPECT_EQ(InUtc("0001-01-01T00:00:00+00:01"), "refused");
  EXPECT_EQ(InUtc("0000-12-31T23:59:59-00:01"), "refused");
  EXPECT_EQ(InUtc("9999-12-31T23:59:59-00:01"), "refused");
  EXPECT_EQ(InUtc("10000-01-01T00:00:00Z"), "refused");
}

TEST(Rfc3339, ALeapSecondIsTheFirstSecondOfTheNextDay) {
  EXPECT_EQ(InUtc("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z");
  EXPECT_EQ(InUtc("2016-12-31T23:59:60.5Z"), "2017-01-01T00:00:00.5Z");
  EXPECT_EQ(InUtc("1990-12-31T15:59:60-08:00"), "1991-01-01T00:00:00Z");
  EXPECT_EQ(InUtc("2016-12-31T23:58:60Z"), "refused");
  EXPECT_EQ(InUtc("2016-12-30T23:59:60Z"), "refused");
  EXPECT_EQ(InUtc("2016-12-31T23:59:60+01:00"), "refused");
  EXPECT_EQ(InUtc("9999-12-31T23:59:60Z"), "refused");
}

TEST(Rfc3339, AnythingElseIsRefused) {
  for (const char* text : {"",
                           "2026",
                           "2026-01-31",
                           "2026-01-31T12:00:00",
                           "2026-01-31 12:00:00Z",
                           "2026-01-31T12:00Z",
                           "2026-01-31T12:00:00.Z",
                           "2026-01-31T12:00:00,5Z",
                           "2026-1-31T12:00:00Z",
                           "2026-01-31T12:00:00+0100",
                           "2026-01-31T12:00:00+01",
                           "2026-01-31T12:00:00+24:00",
                           "2026-01-31T12:00:00+01:60",
                           "2026-01-31T12:00:00 Z",
                           " 2026-01-31T12:00:00Z",
                           "2026-01-31T12:00:00Z ",
                           "2026-01-31T12:00:00ZZ",
                           "2026-02-29T12:00:00Z",
                           "2026-02-30T12:00:00Z",
                           "2026-04-31T12:00:00Z",
                           "2026-00-01T12:00:00Z",
                           "2026-13-01T12:00:00Z",
                           "2026-01-00T12:00:00Z",
                           "2026-01-32T12:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T12:60:00Z",
                           "2026-01-31T12:00:61Z",
                           "+026-01-31T12:00:00Z",
                           "-001-01-31T12:00:00Z",
                           "2026-01-31T12:00:0aZ",
                           "2026-01-31T12:00:00.5",
                           "2026-01-31T12:00:00.-5Z",
                           "1767225600",
                           "2026-W05-6T12:00:00Z"}) {
    EXPECT_EQ(InUtc(text), "refused") << text;
  }
}

}  // namespace
}  // namespace oncegate
