#include "sinks/common/options.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

using std::chrono::milliseconds;

SinkOptions Options(std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.type = "sqlite";
  options.settings = std::move(settings);
  return options;
}

TEST(SinkSettings, EveryUnknownSettingIsReportedWithTheKnownOnes) {
  std::vector<OptionFault> faults;
  CheckKnownSettings(Options({{"a", ""}, {"path", ""}, {"z", ""}}), {"path", "url"}, &faults);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].key, "a");
  EXPECT_EQ(faults[1].key, "z");
  EXPECT_NE(faults[0].message.find("path, url"), std::string::npos) << faults[0].message;
  EXPECT_NE(faults[0].message.find("\"sqlite\""), std::string::npos) << faults[0].message;
}

TEST(SinkSettings, ASettingIsFoundAlsoWhereItIsEmpty) {
  EXPECT_EQ(FindSetting(Options({}), "path"), std::nullopt);
  EXPECT_EQ(FindSetting(Options({{"path", ""}}), "path"), "");
  EXPECT_EQ(FindSetting(Options({{"path", "x"}}), "path"), "x");
}

milliseconds Wait(const std::string& text, std::vector<OptionFault>* faults) {
  return DurationSetting(Options({{"wait", text}}), "wait", {milliseconds{10}, milliseconds{99}},
                         milliseconds{50}, faults);
}

TEST(SinkSettings, ADurationIsReadWithinItsRange) {
  std::vector<OptionFault> faults;
  EXPECT_EQ(Wait("10", &faults), milliseconds{10});
  EXPECT_EQ(Wait("99", &faults), milliseconds{99});
  EXPECT_EQ(DurationSetting(Options({}), "wait", {}, milliseconds{50}, &faults), milliseconds{50});
  EXPECT_TRUE(faults.empty());
}

TEST(SinkSettings, AFaultyDurationGivesTheFallbackAndTheRange) {
  for (const char* text :
       {"", "9", "100", "-10", "+10", " 10", "10 ", "0x10", "1e1", "10ms", "9223372036854775808"}) {
    std::vector<OptionFault> faults;
    EXPECT_EQ(Wait(text, &faults), milliseconds{50}) << text;
    ASSERT_EQ(faults.size(), 1U) << text;
    EXPECT_EQ(faults[0].key, "wait");
    EXPECT_NE(faults[0].message.find("10ms to 99ms"), std::string::npos) << faults[0].message;
  }
}

}  // namespace
}  // namespace oncegate
