#include "server/decode/json_number.h"

#include <gtest/gtest.h>

#include <string>

namespace oncegate {
namespace {

std::string Canonical(std::string_view token) {
  std::string scratch;
  const CanonicalNumber number = Canonicalize(token, &scratch);
  return (number.negative ? "-" : "") + std::string(number.digits) + "e" +
         (number.huge_exponent.empty() ? std::to_string(number.exponent) : number.huge_exponent);
}

TEST(JsonNumber, FollowsTheGrammar) {
  for (const char* good : {"0", "-0", "1", "10", "-1", "0.0", "0.10", "1.5", "1e1", "1E1", "1e+1",
                           "1e-1", "1.5e10", "0e0", "-0.0e-0", "1e400", "1e00"}) {
    EXPECT_TRUE(IsJsonNumber(good)) << good;
  }
  for (const char* bad :
       {"",      "-",     "+1",  "01",   "-01",      "00",        "1.", ".5",        "-.5",
        "1e",    "1e+",   "1e-", "1.e1", "0x1",      "1_0",       "1 ", " 1",        "1.5.5",
        "1e1.5", "1e1e1", "--1", "NaN",  "Infinity", "-Infinity", "1f", "1\xC2\xA0", "1,"}) {
    EXPECT_FALSE(IsJsonNumber(bad)) << bad;
  }
}

TEST(JsonNumber, EqualValuesHaveOneSpelling) {
  for (const char* hundred :
       {"100", "1e2", "1E+2", "100.0", "0.1e3", "1000e-1", "0.00001e7", "100.000e000", "10e01"}) {
    EXPECT_EQ(Canonical(hundred), "1e2") << hundred;
  }
  for (const char* zero : {"0", "-0", "0.0", "-0.000e99", "0e99999999999999999999999"}) {
    EXPECT_EQ(Canonical(zero), "e0") << zero;
  }
  EXPECT_EQ(Canonical("-12.50"), "-125e-1");
  EXPECT_EQ(Canonical("1234567890123456789012345678901234567890"),
            "123456789012345678901234567890123456789e1");
}

TEST(JsonNumber, ExponentsOfAnySizeAreExact) {
  EXPECT_EQ(Canonical("1e999999999999999999"), "1e999999999999999999");
  EXPECT_EQ(Canonical("10e999999999999999999"), "1e1000000000000000000");
  EXPECT_EQ(Canonical("0.1e1000000000000000001"), "1e1000000000000000000");
  EXPECT_EQ(Canonical("1e1000000000000000000"), "1e1000000000000000000");
  EXPECT_EQ(Canonical("0.1e1000000000000000000"), "1e999999999999999999");
  EXPECT_EQ(Canonical("10e-1000000000000000000"), "1e-999999999999999999");
  EXPECT_EQ(Canonical("0.1e-999999999999999999"), "1e-1000000000000000000");
  EXPECT_EQ(Canonical("10e99999999999999999999999999"), "1e100000000000000000000000000");
  EXPECT_EQ(Canonical("1.5e-99999999999999999999999999"), "15e-100000000000000000000000000");
  EXPECT_EQ(Canonical("1e0000000000000000000000000000005"), "1e5");
  EXPECT_EQ(Canonical("1e9223372036854775808"), "1e9223372036854775808");
}

TEST(JsonNumber, IntegersAreExactAtTheEdges) {
  std::int64_t value = 0;
  EXPECT_EQ(ParseInteger("9223372036854775807", &value), IntegerOutcome::kInteger);
  EXPECT_EQ(value, 9223372036854775807);
  EXPECT_EQ(ParseInteger("-9223372036854775808", &value), IntegerOutcome::kInteger);
  EXPECT_EQ(ParseInteger("9223372036854775808", &value), IntegerOutcome::kOutOfRange);
  EXPECT_EQ(ParseInteger("-0", &value), IntegerOutcome::kNotAnInteger);
  EXPECT_EQ(ParseInteger("1.0", &value), IntegerOutcome::kNotAnInteger);
  EXPECT_EQ(ParseInteger("1e0", &value), IntegerOutcome::kNotAnInteger);
}

}  // namespace
}  // namespace oncegate
