#include "dedupe/types/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace oncegate {
namespace {

std::vector<Verdict> AllVerdicts() {
  std::vector<Verdict> verdicts;
  for (int i = 0; i < kVerdictCount; ++i) verdicts.push_back(static_cast<Verdict>(i));
  return verdicts;
}

std::vector<Code> AllCodes() {
  return {
#define ONCEGATE_LISTED(name, text) Code::name,
      ONCEGATE_CODES(ONCEGATE_LISTED)
#undef ONCEGATE_LISTED
  };
}

template <typename T>
bool AreWireNamesDistinct(const std::vector<T>& values) {
  std::set<std::string> names;
  for (const T value : values) names.insert(std::string(ToString(value)));
  return names.size() == values.size() && !names.contains("") &&
         std::all_of(names.begin(), names.end(), [](const std::string& name) {
           return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                  std::string::npos;
         });
}

TEST(Verdict, WireNamesAreDistinctLowerCaseWords) {
  EXPECT_TRUE(AreWireNamesDistinct(AllVerdicts()));
}

TEST(Verdict, ExactlyFourAreSettled) {
  std::set<std::string> settled;
  for (const Verdict verdict : AllVerdicts()) {
    if (IsSettled(verdict)) settled.insert(std::string(ToString(verdict)));
  }
  EXPECT_EQ(settled,
            (std::set<std::string>{"applied", "duplicate", "superseded", "dead_lettered"}));
}

TEST(Verdict, NoSettledVerdictIsTheDefault) {
  EXPECT_EQ(EventResult{}.verdict, Verdict::kRetry);
  EXPECT_FALSE(IsSettled(Verdict{}));
}

TEST(Code, WireNamesAreDistinctLowerCaseWords) { EXPECT_TRUE(AreWireNamesDistinct(AllCodes())); }

TEST(Code, SettledVerdictsHaveTheCodeOfTheirName) {
  EXPECT_EQ(ToString(Code::kApplied), ToString(Verdict::kApplied));
  EXPECT_EQ(ToString(Code::kDuplicate), ToString(Verdict::kDuplicate));
  EXPECT_EQ(ToString(Code::kSuperseded), ToString(Verdict::kSuperseded));
  EXPECT_EQ(ToString(Code::kDeadLettered), ToString(Verdict::kDeadLettered));
  EXPECT_EQ(ToString(Code::kAccepted), ToString(Verdict::kAccepted));
}

}  // namespace
}  // namespace oncegate
